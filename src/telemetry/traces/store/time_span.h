// Lengths of time between instants that strangers made up.
#pragma once

#include <cstdint>
#include <limits>

namespace aloft::telemetry::traces {

// end - begin, as close as 64 bits can count.
inline std::int64_t time_between(std::int64_t begin, std::int64_t end) {
  std::int64_t length = 0;
  if (!__builtin_sub_overflow(end, begin, &length)) return length;
  return end > begin ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

}  // namespace aloft::telemetry::traces
