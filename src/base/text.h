// ASCII text: what a character is, small letters, and text without what surrounds it.
#pragma once

#include <string>
#include <string_view>

namespace aloft {

// What C's isspace() names, whatever the locale.
inline constexpr std::string_view ascii_whitespace = " \t\n\v\f\r";
// What may stand around the values of HTTP's headers.
inline constexpr std::string_view spaces_and_tabs = " \t";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The text without the characters of `cut` at both of its ends.
constexpr std::string_view trim(std::string_view text, std::string_view cut) {
  const std::size_t begin = text.find_first_not_of(cut);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(cut) - begin + 1);
}

// Capital letters of ASCII become small ones; other bytes stay.
inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace aloft
