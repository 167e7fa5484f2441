// Delta points added up to cumulative ones, which is what series hold. The state is bounded: series that fall
// silent are forgotten, and beyond the limit new ones are refused by name.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "base/result.h"
#include "base/time.h"
#include "io/guarded.h"
#include "telemetry/otlp/codec/messages.h"

namespace aloft::telemetry::otlp {

struct DeltaLimits {
  std::size_t series = 100'000;
  Duration stale = 5min;  // silent for so long: forgotten
};

// Any thread.
class DeltaState {
 public:
  explicit DeltaState(DeltaLimits limits) : limits_(limits) {}

  // Adds the point to what its series holds and turns it into the cumulative one. `series` are the encoded
  // labels. Error: invalid for a point that is not newer than the last one; too_many_requests beyond the
  // limit.
  Result<> accumulate(std::string_view series, WallTime now, double& value, std::uint64_t time_ns);
  Result<> accumulate(std::string_view series, WallTime now, HistogramPoint& point);
  Result<> accumulate(std::string_view series, WallTime now, ExponentialPoint& point);
  std::size_t size();

 private:
  struct Held {
    std::uint64_t time_ns = 0;
    WallTime seen{};
    std::variant<std::monostate, double, HistogramPoint, ExponentialPoint> total;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Shard = std::unordered_map<std::string, Held, Hash, std::equal_to<>>;
  static constexpr std::size_t shards = 16;

  Result<> with_held(std::string_view series, WallTime now, std::uint64_t time_ns, auto&& add);

  DeltaLimits limits_;
  std::array<io::Guarded<Shard>, shards> shards_;
};

}  // namespace aloft::telemetry::otlp
