// UTF-8, one code point at a time: taking text apart and putting it together.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aloft {

// What stands for a byte that is no UTF-8, as in Go.
constexpr char32_t replacement_character = 0xfffd;

// The code point at `at`, which moves behind it. A byte that begins no well-formed sequence (RFC 3629: no
// overlong forms, no surrogates) counts alone, as U+FFFD; the sequence of U+FFFD itself has three bytes.
char32_t next_code_point(std::string_view text, std::size_t& at);

// Surrogates and numbers beyond U+10FFFF, which no UTF-8 stands for, are written as U+FFFD.
void append_utf8(std::string& out, char32_t code_point);

// Whether UTF-8 has a sequence for the number: it is no surrogate and at most U+10FFFF.
constexpr bool is_code_point(char32_t number) {
  return number < 0xd800 || (number >= 0xe000 && number <= 0x10ffff);
}

}  // namespace aloft
