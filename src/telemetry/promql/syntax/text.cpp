// Numbers, durations and quoted strings in Go's forms.
#include "telemetry/promql/syntax/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/go_quote.h"

namespace aloft::telemetry::promql {
namespace {

// Underscores stand only between digits, and once behind a base prefix.
bool underscores_fit(std::string_view text) {
  char saw = '^';
  std::size_t i = 0;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) i = 1;
  bool hex = false;
  if (text.size() >= i + 2 && text[i] == '0') {
    const char c = static_cast<char>(text[i + 1] | 0x20);
    if (c == 'x' || c == 'o' || c == 'b') {
      hex = c == 'x';
      i += 2;
      saw = '0';
    }
  }
  for (; i < text.size(); ++i) {
    const char c = text[i];
    const char low = static_cast<char>(c | 0x20);
    if ((c >= '0' && c <= '9') || (hex && low >= 'a' && low <= 'f')) {
      saw = '0';
    } else if (c == '_') {
      if (saw != '0') return false;
      saw = '_';
    } else {
      if (saw == '_') return false;
      saw = '!';
    }
  }
  return saw != '_';
}

bool parse_integer(std::string_view text, double& value) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  int base = 10;
  if (text.size() >= 2 && text[0] == '0') {
    const char c = static_cast<char>(text[1] | 0x20);
    base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
    text.remove_prefix(base == 8 && c != 'o' ? 1 : 2);
  }
  std::int64_t parsed = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed, base);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || text.empty() || text[0] == '-')
    return false;
  value = static_cast<double>(negative ? -parsed : parsed);
  return true;
}

bool parse_decimal(std::string_view text, double& value, bool& range) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  const bool hex = text.size() > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
  if (hex) text.remove_prefix(2);
  // Go wants an exponent on hexadecimal floats; from_chars does not.
  if (hex && text.find_first_of("pP") == std::string_view::npos) return false;
  if (text.empty() || text[0] == '-' || text[0] == '+') return false;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value,
                                      hex ? std::chars_format::hex : std::chars_format::general);
  if (result.ptr != text.data() + text.size()) return false;
  if (result.ec == std::errc::result_out_of_range) {
    // Too small is zero or a denormal; too large is an error.
    value = std::strtod(std::string(text).c_str(), nullptr);
    range = std::isinf(value);
    if (range) return false;
  } else if (result.ec != std::errc()) {
    return false;
  }
  if (negative) value = -value;
  return true;
}

}  // namespace

std::string quote(std::string_view text) { return go_quote(text); }

bool unquote(std::string_view literal, std::string& text) {
  if (literal.size() < 2 || literal.front() != literal.back()) return false;
  const char delimiter = literal.front();
  std::string_view inside = literal.substr(1, literal.size() - 2);
  text.clear();
  if (delimiter == '`') {
    if (inside.find('`') != std::string_view::npos) return false;
    text = inside;
    return true;
  }
  if ((delimiter != '"' && delimiter != '\'') || inside.find('\n') != std::string_view::npos) return false;
  while (!inside.empty()) {
    const char c = inside.front();
    inside.remove_prefix(1);
    if (c == delimiter || (c == '\\' && !go_unescape(inside, literal.substr(0, 1), text))) return false;
    if (c != '\\') text += c;
  }
  return true;
}

std::string format_g(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  std::array<char, 400> buffer;
  const auto scientific =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(scientific.ptr - buffer.data()));
  const std::size_t e = text.find('e');
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  if (exponent < -4 || exponent >= 6) return std::string(text);
  const auto fixed =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return std::string(buffer.data(), fixed.ptr);
}

std::string format_fixed(double value, int decimals) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{:.{}f}", value, decimals);
}

std::string format_open_metrics(double value) {
  std::string text = format_g(value);
  if (std::isfinite(value) && text.find_first_of("e.") == std::string::npos) text += ".0";
  return text;
}

Result<double> parse_number(std::string_view text) {
  double value = 0;
  bool range = false;
  std::string digits;
  const bool separated = text.find('_') != std::string_view::npos;
  if (!separated || underscores_fit(text)) {
    for (const char c : text)
      if (c != '_') digits += c;
    if (parse_integer(digits, value) || parse_decimal(digits, value, range)) return value;
  }
  return fail(Code::bad_request, fmt::format("error parsing number: strconv.ParseFloat: parsing {}: {}",
                                             quote(text), range ? "value out of range" : "invalid syntax"));
}

Result<Millis> parse_millis(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t millis;
  };
  static constexpr std::array<Unit, 7> units{{{"y", 365ULL * 86400000},
                                              {"w", 7ULL * 86400000},
                                              {"d", 86400000},
                                              {"h", 3600000},
                                              {"m", 60000},
                                              {"s", 1000},
                                              {"ms", 1}}};
  if (text == "0") return Millis{0};
  if (text.empty()) return fail(Code::bad_request, "empty duration string");
  const auto invalid = [&] { return fail(Code::bad_request, "not a valid duration string: " + quote(text)); };
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max() / 1'000'000;
  std::uint64_t total = 0;
  std::size_t from = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::uint64_t count = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (parsed.ec != std::errc()) return invalid();
    rest.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest.data()));
    std::size_t width = 0;
    while (width < rest.size() && (rest[width] < '0' || rest[width] > '9')) ++width;
    if (width == 0) return invalid();
    const std::string_view name = rest.substr(0, width);
    rest.remove_prefix(width);
    std::size_t unit = 0;
    while (unit < units.size() && units[unit].name != name) ++unit;
    if (unit == units.size())
      return fail(Code::bad_request, fmt::format("unknown unit {} in duration {}", quote(name), quote(text)));
    if (unit < from) return invalid();
    from = unit + 1;
    if (count > most / units[unit].millis || total + count * units[unit].millis > most)
      return fail(Code::bad_request, "duration out of range");
    total += count * units[unit].millis;
  }
  return static_cast<Millis>(total);
}

std::string format_millis(Millis millis) {
  if (millis == 0) return "0s";
  std::string out;
  if (millis < 0) {
    out = "-";
    millis = -millis;
  }
  const auto take = [&](std::string_view unit, Millis size, bool exact) {
    if (exact && millis % size != 0) return;
    if (const Millis count = millis / size; count > 0) {
      out += fmt::format("{}{}", count, unit);
      millis -= count * size;
    }
  };
  take("y", Millis{365} * 86400000, true);
  take("w", Millis{7} * 86400000, true);
  take("d", 86400000, false);
  take("h", 3600000, false);
  take("m", 60000, false);
  take("s", 1000, false);
  take("ms", 1, false);
  return out;
}

}  // namespace aloft::telemetry::promql
