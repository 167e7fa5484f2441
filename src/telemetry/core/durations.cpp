// Durations and numbers in the spelling of the Prometheus world.
#include "telemetry/core/durations.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace aloft::telemetry {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t millis;
};

// In falling order, which is the order in which a text may use them.
constexpr Unit units[] = {{"y", 365LL * 24 * 3600 * 1000},
                          {"w", 7LL * 24 * 3600 * 1000},
                          {"d", 24LL * 3600 * 1000},
                          {"h", 3600LL * 1000},
                          {"m", 60LL * 1000},
                          {"s", 1000},
                          {"ms", 1}};

std::unexpected<Error> no_duration(std::string_view text) {
  return fail(Code::invalid, fmt::format("not a valid duration string: \"{}\"", text));
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equals_lower(std::string_view text, std::string_view wanted) {
  if (text.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != wanted[i]) return false;
  }
  return true;
}

}  // namespace

Result<Duration> parse_prometheus_duration(std::string_view text) {
  if (text == "0") return Duration(0);
  if (text.empty()) return fail(Code::invalid, "empty duration string");
  std::int64_t total = 0;
  std::size_t at = 0;
  std::size_t next_unit = 0;
  while (at < text.size()) {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data() + at, text.data() + text.size(), number);
    if (parsed.ec != std::errc() || number < 0 || text[at] == '-') return no_duration(text);
    at = static_cast<std::size_t>(parsed.ptr - text.data());
    std::size_t end = at;
    while (end < text.size() && (text[end] < '0' || text[end] > '9')) ++end;
    const std::string_view unit = text.substr(at, end - at);
    std::size_t found = next_unit;
    while (found < std::size(units) && units[found].name != unit) ++found;
    if (found == std::size(units)) return no_duration(text);
    std::int64_t part = 0;
    if (__builtin_mul_overflow(number, units[found].millis, &part) ||
        __builtin_add_overflow(total, part, &total) ||
        total > std::numeric_limits<std::int64_t>::max() / 1'000'000)
      return fail(Code::invalid, "duration out of range");
    next_unit = found + 1;
    at = end;
  }
  return Duration(total * 1'000'000);
}

std::string format_prometheus_duration(Duration duration) {
  std::int64_t millis = duration.count() / 1'000'000;
  if (millis == 0) return "0s";
  std::string out;
  if (millis < 0) {
    out = "-";
    millis = -millis;
  }
  for (const Unit& unit : units) {
    // Years and weeks only where they fit exactly: 8d is better than 1w1d.
    const bool whole_only = unit.name == "y" || unit.name == "w";
    if (whole_only && millis % unit.millis != 0) continue;
    if (const std::int64_t count = millis / unit.millis; count > 0) {
      out += fmt::format("{}{}", count, unit.name);
      millis -= count * unit.millis;
    }
  }
  return out;
}

namespace {

void append_large(std::string& out, double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(end.ptr - buffer));
  const std::size_t e = text.find('e');
  std::size_t exponent = 0;
  std::from_chars(text.data() + e + 2, end.ptr, exponent);
  std::size_t digits = 0;
  for (const char c : text.substr(0, e)) {
    if (c == '.') continue;
    out += c;
    if (c != '-') ++digits;
  }
  out.append(exponent + 1 - digits, '0');
}

}  // namespace

void append_float(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  // Of whole numbers that size to_chars gives every digit; the shortest ones that tell it from its neighbours
  // are followed by zeros.
  if (std::abs(value) >= 0x1p53) return append_large(out, value);
  // The smallest double has 1,074 digits behind the point.
  char buffer[1100];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  out.append(buffer, end.ptr);
}

std::string format_float(double value) {
  std::string out;
  append_float(out, value);
  return out;
}

bool parse_float(std::string_view text, double& value) {
  bool negative = false;
  std::string_view rest = text;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest.empty()) return false;
  const char first = rest[0];
  double magnitude = 0;
  if (equals_lower(rest, "inf") || equals_lower(rest, "infinity")) {
    magnitude = std::numeric_limits<double>::infinity();
  } else if (equals_lower(rest, "nan")) {
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
  } else {
    if ((first < '0' || first > '9') && first != '.') return false;
    const bool hex = rest.size() > 2 && first == '0' && lower(rest[1]) == 'x';
    if (hex) rest.remove_prefix(2);
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), magnitude,
                                        hex ? std::chars_format::hex : std::chars_format::general);
    if (parsed.ptr != rest.data() + rest.size()) return false;
    if (parsed.ec == std::errc::result_out_of_range) {
      // Too small is zero, too large is infinite, as in Go.
      const std::string copy(text);
      magnitude = std::abs(std::strtod(copy.c_str(), nullptr));
    } else if (parsed.ec != std::errc()) {
      return false;
    }
  }
  value = negative ? -magnitude : magnitude;
  return true;
}

}  // namespace aloft::telemetry
