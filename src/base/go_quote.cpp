// Quoting and its reverse.
#include "base/go_quote.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include "base/utf8.h"

namespace aloft {
namespace {

constexpr std::string_view escape_letters = "abfnrtv\\";
constexpr std::string_view escape_meanings = "\a\b\f\n\r\t\v\\";

struct Span {
  char32_t first, last;
};

// Controls, spaces other than U+0020, separators, format characters and private use (Unicode's C and Z but
// for what is unassigned), in order.
constexpr std::array unprintable = std::to_array<Span>({
    {0x0000, 0x001f},   {0x007f, 0x00a0},    {0x00ad, 0x00ad},   {0x0600, 0x0605},   {0x061c, 0x061c},
    {0x06dd, 0x06dd},   {0x070f, 0x070f},    {0x0890, 0x0891},   {0x08e2, 0x08e2},   {0x1680, 0x1680},
    {0x180e, 0x180e},   {0x2000, 0x200f},    {0x2028, 0x202f},   {0x205f, 0x206f},   {0x3000, 0x3000},
    {0xd800, 0xf8ff},   {0xfdd0, 0xfdef},    {0xfeff, 0xfeff},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},
    {0x110bd, 0x110bd}, {0x110cd, 0x110cd},  {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
    {0xe0000, 0xe00ff}, {0xe01f0, 0x10ffff},
});

bool is_printable(char32_t point) {
  if (point >= ' ' && point < 0x7f) return true;
  const auto* const span = std::lower_bound(std::begin(unprintable), std::end(unprintable), point,
                                            [](const Span& one, char32_t value) { return one.last < value; });
  return span == std::end(unprintable) || point < span->first;
}

void append_escaped(std::string& out, char32_t point) {
  const auto to = std::back_inserter(out);
  const auto number = static_cast<std::uint32_t>(point);
  if (point < 0x80) {
    const std::size_t known = escape_meanings.find(static_cast<char>(point));
    if (known != std::string_view::npos) {
      out.append({'\\', escape_letters[known]});
    } else {
      fmt::format_to(to, "\\x{:02x}", number);
    }
  } else if (point < 0x10000) {
    fmt::format_to(to, "\\u{:04x}", number);
  } else {
    fmt::format_to(to, "\\U{:08x}", number);
  }
}

}  // namespace

std::string go_quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const char32_t point = next_code_point(text, at);
    if (point == replacement_character && at == from + 1) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[from]));
    } else if (point == '"') {
      out += "\\\"";
    } else if (point == '\\' || !is_printable(point)) {
      append_escaped(out, point);
    } else {
      out += text.substr(from, at - from);
    }
  }
  return out += '"';
}

bool go_unescape(std::string_view& rest, std::string_view quotes, std::string& out) {
  if (rest.empty()) return false;
  const char c = rest.front();
  const std::size_t known = escape_letters.find(c);
  if (known != std::string_view::npos || quotes.find(c) != std::string_view::npos) {
    out += known != std::string_view::npos ? escape_meanings[known] : c;
    rest.remove_prefix(1);
    return true;
  }
  const bool octal = c >= '0' && c <= '7';
  const std::size_t count = octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (count == 0) return false;
  if (!octal) rest.remove_prefix(1);
  if (rest.size() < count) return false;
  std::uint32_t value = 0;
  const char* const end = rest.data() + count;
  const auto [stop, error] = std::from_chars(rest.data(), end, value, octal ? 8 : 16);
  if (error != std::errc() || stop != end) return false;
  rest.remove_prefix(count);
  if (count <= 3) {
    if (value > 0xff) return false;
    out += static_cast<char>(static_cast<unsigned char>(value));
    return true;
  }
  if (!is_code_point(value)) return false;
  append_utf8(out, value);
  return true;
}

}  // namespace aloft
