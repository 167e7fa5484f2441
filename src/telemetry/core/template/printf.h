// Go's fmt verbs over template values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "telemetry/core/template/value.h"

namespace aloft::telemetry::templates {

// fmt.Sprintf; wrong verbs and missing or extra arguments show in the text as Go shows them (%!d(string=hi),
// %!s(MISSING), %!(EXTRA int=1)). Widths and precisions are cut at 1,000; the output at `limit` bytes.
std::string format_go(std::string_view format, std::span<const Value> arguments, std::size_t limit = 1 << 20);
// fmt.Sprint: spaces between operands when neither is a string. fmt.Sprintln: always.
std::string print_go(std::span<const Value> arguments);
std::string println_go(std::span<const Value> arguments);

}  // namespace aloft::telemetry::templates
