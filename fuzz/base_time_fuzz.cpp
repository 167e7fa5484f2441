// Times and durations come from every client: whatever is accepted must be written and read again unchanged.
#include "base/bytes.h"
#include "base/ensure.h"
#include "base/time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto time = aloft::parse_time(text)) {
    const auto again = aloft::parse_time(aloft::format_nanos(*time));
    aloft::ensure(again && *again == *time, "a time reads back as it was written");
  }
  if (const auto duration = aloft::parse_duration(text)) {
    const auto again = aloft::parse_duration(aloft::format_duration(*duration));
    aloft::ensure(again.has_value(), "a duration that was written is one");
    aloft::ensure(!aloft::format_age(*duration).empty(), "every duration is an age");
  }
  return 0;
}
