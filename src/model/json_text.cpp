// Spelling of strings and numbers as Go's encoding/json writes them, since that is what clients compare with.
#include "model/json_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/bytes.h"
#include "model/json.h"
#include "model/json_scanner.h"

namespace aloft::model {
namespace {

enum Class : std::uint8_t { plain, special, multibyte };

constexpr std::array<Class, 256> classes = [] {
  std::array<Class, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = special;
  for (std::size_t i = 0x80; i < 0x100; ++i) table[i] = multibyte;
  for (const char c : {'"', '\\', '<', '>', '&'}) table[static_cast<unsigned char>(c)] = special;
  return table;
}();

constexpr char hex_digits[] = "0123456789abcdef";

void append_special(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const char escape[] = {
      '\\', 'u', '0', '0', hex_digits[static_cast<unsigned char>(c) >> 4], hex_digits[c & 0xF]};
  out.append(escape, sizeof escape);
}

// U+2028 and U+2029 end a line in JavaScript.
const char* line_end_escape(const char* at, std::size_t length) {
  if (length != 3 || at[0] != '\xE2' || at[1] != '\x80') return nullptr;
  return at[2] == '\xA8' ? "\\u2028" : at[2] == '\xA9' ? "\\u2029" : nullptr;
}

template <class Integer>
void append_number(std::string& out, Integer value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* copied = at;
  while (at != end) {
    const Class kind = classes[static_cast<unsigned char>(*at)];
    if (kind == plain) [[likely]] {
      ++at;
      continue;
    }
    std::size_t length = 1;
    if (kind == multibyte) {
      length = utf8_length(at, end);
      const char* escape = length == 0 ? "\\ufffd" : line_end_escape(at, length);
      if (escape != nullptr) {
        out.append(copied, at).append(escape);
        copied = at + (length == 0 ? 1 : length);
      }
      at += length == 0 ? 1 : length;
      continue;
    }
    out.append(copied, at);
    append_special(out, *at);
    copied = ++at;
  }
  out.append(copied, end);
  out += '"';
}

void append_json_integer(std::string& out, std::int64_t value) { append_number(out, value); }

void append_json_unsigned(std::string& out, std::uint64_t value) { append_number(out, value); }

void append_json_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char scientific[40];
  const char* end =
      std::to_chars(scientific, scientific + sizeof scientific, value, std::chars_format::scientific).ptr;
  const char* at = scientific;
  if (*at == '-') out += *at++;
  std::string digits;
  for (; *at != 'e'; ++at) {
    if (*at != '.') digits += *at;
  }
  int exponent = 0;
  ++at;
  std::from_chars(at + (*at == '+' ? 1 : 0), end, exponent);
  const auto count = static_cast<int>(digits.size());
  if (value != 0 && (exponent < -6 || exponent >= 21)) {
    out += digits[0];
    if (count > 1) out.append(".").append(digits, 1);
    out += exponent < 0 ? "e-" : "e+";
    append_number(out, std::abs(exponent));
  } else if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else if (count <= exponent + 1) {
    out.append(digits).append(static_cast<std::size_t>(exponent) + 1 - static_cast<std::size_t>(count), '0');
  } else {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    out.append(digits, 0, whole).append(".").append(digits, whole);
  }
}

void append_raw_json(std::string& out, std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* copied = text.data();
  for (const char* at = copied; at != end; ++at) {
    if (*at == '<' || *at == '>' || *at == '&') {
      out.append(copied, at);
      append_special(out, *at);
      copied = at + 1;
    } else if (*at == '\xE2' && end - at >= 3) {
      if (const char* escape = line_end_escape(at, 3)) {
        out.append(copied, at).append(escape);
        copied = at + 3;
        at += 2;
      }
    }
  }
  out.append(copied, end);
}

void append_json_base64(std::string& out, std::string_view bytes) {
  out += '"';
  out += base64_encode(bytes);
  out += '"';
}

}  // namespace aloft::model
