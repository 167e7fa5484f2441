// Reading names and labels of the text formats.
#include "telemetry/scrape/exposition/series_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/bytes.h"
#include "telemetry/core/durations.h"

namespace aloft::telemetry::scrape {
namespace {

enum : std::uint8_t { starts_name = 1, in_name = 2 };

constexpr std::array<std::uint8_t, 256> name_bytes = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 32] = starts_name | in_name;
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = in_name;
  table['_'] = table[':'] = starts_name | in_name;
  return table;
}();

bool has(char c, std::uint8_t kind) { return (name_bytes[static_cast<unsigned char>(c)] & kind) != 0; }

void unescape(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      const char next = text[i + 1];
      if (next == '\\' || next == '"' || next == 'n') {
        out += next == 'n' ? '\n' : next;
        ++i;
        continue;
      }
    }
    out += text[i];
  }
}

}  // namespace

const char* SeriesText::read_quoted(const char*& at, const char* end, std::string_view& out) {
  const char* const begin = ++at;
  bool escaped = false;
  unsigned char high = 0;
  for (;; ++at) {
    if (at == end || *at == '\n') return "the closing quote is missing";
    if (*at == '"') break;
    high |= static_cast<unsigned char>(*at);
    if (*at == '\\') {
      escaped = true;
      ++at;
      if (at == end || *at == '\n') return "the closing quote is missing";
      high |= static_cast<unsigned char>(*at);
    }
  }
  out = std::string_view(begin, static_cast<std::size_t>(at - begin));
  if (high >= 0x80 && !is_utf8(out)) return "the text is not UTF-8";
  ++at;
  if (escaped) {
    std::string& text = unescaped_.emplace_back();
    unescape(out, text);
    out = text;
  }
  return nullptr;
}

const char* SeriesText::read_name(const char*& at, const char* end, std::string_view& out) {
  if (at != end && *at == '"') {
    if (const char* wrong = read_quoted(at, end, out)) return wrong;
    return out.empty() ? "the name is empty" : nullptr;
  }
  const char* const begin = at;
  if (at == end || !has(*at, starts_name)) return "expected a name";
  while (at != end && has(*at, in_name)) ++at;
  out = std::string_view(begin, static_cast<std::size_t>(at - begin));
  return nullptr;
}

const char* SeriesText::read_pair(const char*& at, const char* end, bool name_allowed, bool& was_name) {
  const bool quoted = at != end && *at == '"';
  const char* const begin = at;
  std::string_view name;
  if (const char* wrong = read_name(at, end, name)) return wrong;
  skip_blanks(at, end);
  if (quoted && name_allowed && (at == end || *at != '=')) {
    if (!name_.empty()) return "a second metric name";
    name_ = name;
    was_name = true;
    return nullptr;
  }
  if (!quoted && name.find(':') != std::string_view::npos) {
    at = begin;
    return "a label name holds no colon";
  }
  if (at == end || *at != '=') return "expected '=' behind the label name";
  ++at;
  skip_blanks(at, end);
  if (at == end || *at != '"') return "expected a label value in double quotes";
  std::string_view value;
  if (const char* wrong = read_quoted(at, end, value)) return wrong;
  if (name == metric_name_label) {
    if (!name_allowed || !name_.empty()) return "the label __name__ beside a metric name";
    name_ = value;
    was_name = true;
    return nullptr;
  }
  labels_.push_back({name, value});
  return nullptr;
}

const char* SeriesText::read_braces(const char*& at, const char* end, bool name_allowed) {
  ++at;
  skip_blanks(at, end);
  bool first = true;
  while (at != end && *at != '}') {
    if (!first) {
      if (*at != ',') return "expected ',' or '}' behind a label";
      ++at;
      skip_blanks(at, end);
      // Only the older format lets a comma stand last.
      if (at != end && *at == '}' && style_ == Style::prometheus) break;
    }
    first = false;
    bool was_name = false;
    if (const char* wrong = read_pair(at, end, name_allowed, was_name)) return wrong;
    skip_blanks(at, end);
  }
  if (at == end) return "the closing '}' is missing";
  ++at;
  return nullptr;
}

const char* SeriesText::sort() {
  const auto by_name = [](const Label& a, const Label& b) { return a.name < b.name; };
  if (!std::is_sorted(labels_.begin(), labels_.end(), by_name))
    std::sort(labels_.begin(), labels_.end(), by_name);
  for (std::size_t i = 1; i < labels_.size(); ++i) {
    if (labels_[i].name == labels_[i - 1].name) return "a label stands twice";
  }
  return nullptr;
}

const char* SeriesText::read_series(const char*& at, const char* end) {
  labels_.clear();
  unescaped_.clear();
  name_ = {};
  const char* const begin = at;
  if (at != end && *at != '{') {
    if (*at == '"') return "expected a metric name";
    if (const char* wrong = read_name(at, end, name_)) return wrong;
    skip_blanks(at, end);
  }
  if (at != end && *at == '{') {
    if (const char* wrong = read_braces(at, end, name_.empty())) return wrong;
  }
  if (name_.empty()) {
    at = begin;
    return "a series without a metric name";
  }
  labels_.push_back({metric_name_label, name_});
  if (const char* wrong = sort()) {
    at = begin;
    return wrong;
  }
  return nullptr;
}

const char* SeriesText::read_labels(const char*& at, const char* end) {
  labels_.clear();
  unescaped_.clear();
  name_ = {};
  const char* const begin = at;
  if (at == end || *at != '{') return "expected '{'";
  if (const char* wrong = read_braces(at, end, false)) return wrong;
  if (const char* wrong = sort()) {
    at = begin;
    return wrong;
  }
  return nullptr;
}

std::string_view SeriesText::get(std::string_view name) const {
  for (const Label& label : labels_) {
    if (label.name == name) return label.value;
  }
  return {};
}

void SeriesText::replace(std::string_view name, std::string value) {
  const std::string_view kept = unescaped_.emplace_back(std::move(value));
  for (Label& label : labels_) {
    if (label.name == name) label.value = kept;
  }
}

void SeriesText::encode(std::string& out) const {
  for (const Label& label : labels_) {
    if (!label.value.empty()) append_label(out, label.name, label.value);
  }
}

const char* end_of_series(const char* at, const char* end) {
  while (at != end && *at != '{' && !is_blank(*at) && *at != '\n') ++at;
  const char* behind_name = at;
  while (at != end && is_blank(*at)) ++at;
  if (at == end || *at != '{') return behind_name;
  bool quoted = false;
  for (++at; at != end && *at != '\n'; ++at) {
    if (*at == '"') quoted = !quoted;
    if (*at == '\\' && quoted && at + 1 != end && at[1] != '\n') ++at;
    if (*at == '}' && !quoted) return at + 1;
  }
  return nullptr;
}

std::string format_shortest(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[40];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string_view scientific(buffer, static_cast<std::size_t>(written.ptr - buffer));
  const std::size_t e = scientific.find('e');
  int exponent = 0;
  const char* digits = scientific.data() + e + (scientific[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits, written.ptr, exponent);
  if (exponent < -4 || exponent >= 6) return std::string(scientific);
  const auto plain = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return std::string(buffer, plain.ptr);
}

std::string format_bound(double value) {
  std::string out = format_shortest(value);
  if (std::isfinite(value) && out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::string normalize_bound(std::string_view text) {
  double value = 0;
  return parse_float(text, value) ? format_bound(value) : std::string(text);
}

std::string place_of(std::string_view page, const char* at) {
  const std::string_view before = page.substr(0, static_cast<std::size_t>(at - page.data()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column = start == std::string_view::npos ? before.size() + 1 : before.size() - start;
  return fmt::format("line {}, column {}", line, column);
}

}  // namespace aloft::telemetry::scrape
