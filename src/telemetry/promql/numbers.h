// The numbers that arithmetic over samples ends in, and an index of nothing. For this module's sources only.
#pragma once

#include <cstddef>
#include <limits>

namespace aloft::telemetry::promql {

inline constexpr double quiet_nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr auto no_index = static_cast<std::size_t>(-1);

}  // namespace aloft::telemetry::promql
