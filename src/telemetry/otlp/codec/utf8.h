// Text from outside as UTF-8. For this module's sources only.
#pragma once

#include <string>
#include <string_view>

namespace aloft::telemetry::otlp {

// `out` becomes `bytes`, with U+FFFD in the place of what is not UTF-8.
void assign_utf8(std::string& out, std::string_view bytes);

}  // namespace aloft::telemetry::otlp
