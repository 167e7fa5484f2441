// Letters and UTF-16 units.
#include "base/json_escape.h"

#include <charconv>
#include <cstdint>

namespace aloft {
namespace {

bool take_unit(std::string_view& rest, std::uint32_t& unit) {
  if (rest.size() < 5 || rest[0] != 'u') return false;
  const char* const end = rest.data() + 5;
  const auto [stop, error] = std::from_chars(rest.data() + 1, end, unit, 16);
  if (error != std::errc() || stop != end) return false;
  rest.remove_prefix(5);
  return true;
}

}  // namespace

bool json_unescape(std::string_view& rest, std::string& out, char32_t stray) {
  constexpr std::string_view letters = "\"\\/bfnrt";
  constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
  if (rest.empty()) return false;
  if (const std::size_t known = letters.find(rest[0]); known != std::string_view::npos) {
    out += meanings[known];
    rest.remove_prefix(1);
    return true;
  }
  std::uint32_t unit = 0;
  if (!take_unit(rest, unit)) return false;
  char32_t point = unit;
  if (unit >= 0xd800 && unit < 0xdc00 && rest.starts_with('\\')) {
    std::string_view behind = rest.substr(1);
    std::uint32_t low = 0;
    if (take_unit(behind, low) && low >= 0xdc00 && low < 0xe000) {
      point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      rest = behind;
    }
  }
  append_utf8(out, is_code_point(point) ? point : stray);
  return true;
}

}  // namespace aloft
