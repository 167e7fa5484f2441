// The table and the number formats of YAML 1.1 scalars (yaml.org/type), with the exceptions that go-yaml
// makes: numbers to base 60 are strings, 0o17 is an octal number like 017, and times stay text.
#include "model/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "base/text.h"

namespace aloft::model {
namespace {

using Tag = YamlScalar::Tag;

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<YamlScalar> resolve_word(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  if (one_of(text, {"", "~", "null", "Null", "NULL"})) return YamlScalar{Tag::null, {}};
  if (one_of(text, {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) {
    return YamlScalar{Tag::boolean, true};
  }
  if (one_of(text, {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) {
    return YamlScalar{Tag::boolean, false};
  }
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return YamlScalar{Tag::real, std::nan("")};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (one_of(text, {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"}))
    return YamlScalar{Tag::real, infinity};
  if (one_of(text, {"-.inf", "-.Inf", "-.INF"})) return YamlScalar{Tag::real, -infinity};
  if (text == "<<") return YamlScalar{Tag::merge, {}};
  return std::nullopt;
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool is_float(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - from;
  };
  const auto skip_sign = [&] {
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  };
  skip_sign();
  const std::size_t whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    skip_sign();
    if (digits() == 0) return false;
  }
  return at == text.size();
}

std::optional<double> parse_double(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    value = std::strtod(std::string(text).c_str(), nullptr);
    if (std::isinf(value)) return std::nullopt;
    return value;
  }
  if (error != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
  return value;
}

// 0x, 0o, 0b and a leading 0 name the base. What does not fit 64 bits becomes a double.
std::optional<Value> parse_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text[0] == '0') {
    switch (text[1]) {
      case 'x':
      case 'X':
        base = 16;
        break;
      case 'o':
      case 'O':
        base = 8;
        break;
      case 'b':
      case 'B':
        base = 2;
        break;
      default:
        base = 0;
    }
    text.remove_prefix(base == 0 ? 1 : 2);
    if (base == 0) base = 8;
  }
  if (text.empty()) return std::nullopt;
  std::uint64_t magnitude = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  if (stopped != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  constexpr auto limit = std::uint64_t{1} << 63;
  if (error == std::errc() && (magnitude < limit || (negative && magnitude == limit))) {
    return Value(static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude));
  }
  double large = 0;
  if (base == 10) {
    std::from_chars(text.data(), text.data() + text.size(), large);
    return Value(negative ? -large : large);
  }
  for (const char c : text) {
    const int digit = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    large = large * base + digit;
  }
  return Value(negative ? -large : large);
}

// Reads a number of one or two digits, or of exactly `width` when that is not 0.
bool take_number(std::string_view& text, std::size_t width, int low, int high) {
  std::size_t size = 0;
  int value = 0;
  while (size < text.size() && size < (width == 0 ? 2 : width) && is_digit(text[size]))
    value = value * 10 + (text[size++] - '0');
  if (size == 0 || (width != 0 && size != width) || value < low || value > high) return false;
  text.remove_prefix(size);
  return true;
}
bool take_char(std::string_view& text, std::string_view choices) {
  if (text.empty() || choices.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// A date, or a date and a time: these stay strings, but must be quoted when written.
bool is_timestamp(std::string_view text) {
  if (!take_number(text, 4, 0, 9999) || !take_char(text, "-") || !take_number(text, 0, 1, 12) ||
      !take_char(text, "-") || !take_number(text, 0, 1, 31)) {
    return false;
  }
  if (text.empty()) return true;
  const bool spaced = text.front() == ' ';
  if (!take_char(text, "Tt ") || !take_number(text, 0, 0, 23) || !take_char(text, ":") ||
      !take_number(text, 0, 0, 59) || !take_char(text, ":") || !take_number(text, 0, 0, 59)) {
    return false;
  }
  if (take_char(text, ".,")) {
    if (text.empty() || !is_digit(text.front())) return false;
    text.remove_prefix(std::min(text.find_first_not_of("0123456789"), text.size()));
  }
  if (spaced) return text.empty();
  if (text == "Z") return true;
  return take_char(text, "+-") && take_number(text, 2, 0, 24) && take_char(text, ":") &&
         take_number(text, 2, 0, 59) && text.empty();
}

YamlScalar resolve_number(std::string_view text) {
  if (is_timestamp(text)) return {Tag::timestamp, {}};
  std::string plain(text);
  std::erase(plain, '_');
  // 08 is no octal number, but a decimal fraction without a fraction.
  if (auto integer = parse_integer(plain)) {
    return {integer->is_int() ? Tag::integer : Tag::real, std::move(*integer)};
  }
  if (is_float(plain)) {
    if (const auto real = parse_double(plain)) return {Tag::real, *real};
  }
  return {};
}

}  // namespace

YamlScalar resolve_yaml_scalar(std::string_view text) {
  const char first = text.empty() ? '~' : text.front();
  constexpr std::string_view hints = "+-0123456789yYnNtTfFoO~.<";
  if (hints.find(first) == std::string_view::npos) return {};
  if (auto word = resolve_word(text)) return std::move(*word);
  if (is_digit(first) || first == '+' || first == '-') return resolve_number(text);
  if (first == '.' && is_float(text)) {
    if (const auto real = parse_double(text)) return {Tag::real, *real};
  }
  return {};
}

}  // namespace aloft::model
