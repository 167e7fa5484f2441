// Translation of names and units.
#include "telemetry/otlp/translate/naming.h"

#include <algorithm>
#include <vector>

namespace aloft::telemetry::otlp {
namespace {

struct Unit {
  std::string_view symbol;
  std::string_view word;
};
// UCUM symbols that have a word in Prometheus.
constexpr Unit units[] = {
    {"d", "days"},          {"h", "hours"},
    {"min", "minutes"},     {"s", "seconds"},
    {"ms", "milliseconds"}, {"us", "microseconds"},
    {"ns", "nanoseconds"},  {"By", "bytes"},
    {"KiBy", "kibibytes"},  {"MiBy", "mebibytes"},
    {"GiBy", "gibibytes"},  {"TiBy", "tebibytes"},
    {"KBy", "kilobytes"},   {"kBy", "kilobytes"},
    {"MBy", "megabytes"},   {"GBy", "gigabytes"},
    {"TBy", "terabytes"},   {"m", "meters"},
    {"V", "volts"},         {"A", "amperes"},
    {"J", "joules"},        {"W", "watts"},
    {"g", "grams"},         {"Cel", "celsius"},
    {"Hz", "hertz"},        {"1", ""},
    {"%", "percent"},
};
constexpr Unit per_units[] = {
    {"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"},
    {"w", "week"},   {"mo", "month"}, {"y", "year"},
};

template <std::size_t N>
std::string_view word_of(const Unit (&table)[N], std::string_view symbol) {
  for (const Unit& unit : table) {
    if (unit.symbol == symbol) return unit.word;
  }
  return symbol;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool stands_in_metric(char c) { return is_letter(c) || is_digit(c) || c == ':'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The two halves of a unit: "By/s" -> "bytes", "per_second". Annotations in braces count for nothing.
struct UnitSuffixes {
  std::string main;
  std::string per;
};
UnitSuffixes suffixes_of(std::string_view unit) {
  UnitSuffixes out;
  const std::size_t slash = unit.find('/');
  const std::string_view main = trim(unit.substr(0, slash));
  if (!main.empty() && main.find_first_of("{}") == std::string_view::npos) out.main = word_of(units, main);
  if (slash == std::string_view::npos) return out;
  const std::string_view per = trim(unit.substr(slash + 1));
  if (!per.empty() && per.find_first_of("{}") == std::string_view::npos)
    out.per = "per_" + std::string(word_of(per_units, per));
  return out;
}

// What cannot stand in a name becomes an underscore; several become one; none leads.
std::string clean_unit(std::string_view unit) {
  std::string out;
  for (const char c : unit) {
    const char made = stands_in_metric(c) ? c : '_';
    if (made == '_' && (out.empty() || out.back() == '_')) continue;
    out += made;
  }
  return out;
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> out;
  bool inside = false;
  for (const char c : name) {
    if (!stands_in_metric(c)) {
      inside = false;
    } else {
      if (!inside) out.emplace_back();
      out.back() += c;
      inside = true;
    }
  }
  return out;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void drop_trailing_underscore(std::string& text) {
  if (text.ends_with('_')) text.pop_back();
}

void add_unit(std::vector<std::string>& words, UnitSuffixes suffixes) {
  suffixes.main = clean_unit(suffixes.main);
  suffixes.per = clean_unit(suffixes.per);
  if (contains(words, suffixes.main)) suffixes.main.clear();
  if (suffixes.per == "per_") suffixes.per.clear();
  drop_trailing_underscore(suffixes.per);
  if (contains(words, suffixes.per)) suffixes.per.clear();
  if (!suffixes.per.empty()) drop_trailing_underscore(suffixes.main);
  if (!suffixes.main.empty()) words.push_back(std::move(suffixes.main));
  if (!suffixes.per.empty()) words.push_back(std::move(suffixes.per));
}

void move_to_end(std::vector<std::string>& words, std::string_view word) {
  std::erase(words, word);
  words.emplace_back(word);
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += '_';
    out += word;
  }
  if (!out.empty() && is_digit(out[0])) out.insert(0, 1, '_');
  return out;
}

// Splits at what cannot stand and keeps underscores as they are.
std::string escaped_name(std::string_view name) {
  std::string out;
  bool gap = false;
  for (const char c : name) {
    if (!stands_in_metric(c) && c != '_') {
      gap = true;
      continue;
    }
    if (gap && !out.empty()) out += '_';
    gap = false;
    out += c;
  }
  if (!out.empty() && is_digit(out[0])) out.insert(0, 1, '_');
  return out;
}

// Without the suffix and the one character before it.
std::string_view without_suffix(std::string_view name, std::string_view suffix) {
  if (name.ends_with(suffix) && name.size() > suffix.size() + 1) name.remove_suffix(suffix.size() + 1);
  return name;
}

std::string utf8_name(std::string_view name, std::string_view unit, NameKind kind) {
  const bool ratio = unit == "1" && kind == NameKind::gauge;
  if (ratio) name = without_suffix(name, "ratio");
  if (kind == NameKind::counter) name = without_suffix(name, "total");
  const UnitSuffixes suffixes = suffixes_of(unit);
  if (!suffixes.per.empty()) name = without_suffix(name, suffixes.per);
  std::string out(name);
  if (!suffixes.main.empty() && !name.ends_with(suffixes.main)) out += "_" + suffixes.main;
  if (!suffixes.per.empty()) out += "_" + suffixes.per;
  if (kind == NameKind::counter) out += "_total";
  if (ratio) out += "_ratio";
  return out;
}

bool only_underscores(std::string_view name) { return name.find_first_not_of('_') == std::string_view::npos; }

}  // namespace

std::string metric_name(std::string_view name, std::string_view unit, NameKind kind, NameStrategy strategy) {
  if (name.empty()) return {};
  if (strategy == NameStrategy::none) return std::string(name);
  if (strategy == NameStrategy::utf8_with_suffixes) return utf8_name(name, unit, kind);
  std::string out;
  if (strategy == NameStrategy::underscores) {
    out = escaped_name(name);
  } else {
    std::vector<std::string> words = words_of(name);
    if (words.empty()) return {};
    add_unit(words, suffixes_of(unit));
    if (kind == NameKind::counter) move_to_end(words, "total");
    if (kind == NameKind::gauge && unit == "1") move_to_end(words, "ratio");
    out = join(words);
  }
  return out != name && only_underscores(out) ? std::string() : out;
}

std::string label_name(std::string_view key, NameStrategy strategy) {
  if (strategy == NameStrategy::none || strategy == NameStrategy::utf8_with_suffixes || key.empty())
    return std::string(key);
  std::string out;
  out.reserve(key.size() + 4);
  for (const char c : key) {
    // A character of several bytes becomes one underscore.
    if ((static_cast<unsigned char>(c) & 0xc0) == 0x80) continue;
    out += is_letter(c) || is_digit(c) || c == '_' ? c : '_';
  }
  if (only_underscores(out)) return out == key ? out : std::string();
  if (is_digit(out[0])) out.insert(0, "key_");
  if (out[0] == '_' && !out.starts_with("__")) out.insert(0, "key");
  return out;
}

std::string unit_name(std::string_view unit) {
  const UnitSuffixes suffixes = suffixes_of(unit);
  std::string out = clean_unit(suffixes.main);
  const std::string per = clean_unit(suffixes.per);
  if (!out.empty() && !per.empty()) out += '_';
  out += per;
  drop_trailing_underscore(out);
  return out;
}

}  // namespace aloft::telemetry::otlp
