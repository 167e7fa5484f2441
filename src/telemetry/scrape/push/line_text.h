// What the protocols of lines have in common. For this module's sources only.
#pragma once

#include <charconv>
#include <string_view>

namespace aloft::telemetry::scrape {

// As much of a line stands in the message that says what is wrong with it.
inline constexpr std::size_t shown_of_line = 80;

// Go's plus sign is allowed. False when the text is anything else than one number.
inline bool read_number(std::string_view text, double& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size();
}

}  // namespace aloft::telemetry::scrape
