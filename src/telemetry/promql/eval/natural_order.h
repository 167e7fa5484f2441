// The order in which people sort names with numbers in them.
#pragma once

#include <string_view>

namespace aloft::telemetry::promql {

// "a2" before "a10": runs of digits compare as numbers.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace aloft::telemetry::promql
