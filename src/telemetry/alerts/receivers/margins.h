// What stands around a value in a line that people wrote. For this module's sources only.
#pragma once

#include <string_view>

namespace aloft::telemetry::alerts {

// The text without blanks and control characters at both of its ends.
inline std::string_view without_margins(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

}  // namespace aloft::telemetry::alerts
