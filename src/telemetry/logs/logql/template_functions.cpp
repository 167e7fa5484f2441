// Text, numbers and JSON for templates over log lines.
#include "telemetry/logs/logql/template_functions.h"

#include <algorithm>
#include <clocale>
#include <cmath>
#include <limits>

#include <wctype.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "http/message.h"
#include "model/json.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/regex.h"
#include "telemetry/logs/logql/parser.h"

namespace aloft::telemetry::logs::logql {
namespace {

using templates::Functions;
using templates::Value;
using Arguments = std::span<const Value>;

// Conversions as lenient as those of the functions' origin: what is no number is zero.
double to_real(const Value& value) {
  if (value.is_number()) return value.as_number();
  if (const bool* flag = value.if_bool()) return *flag ? 1 : 0;
  double out = 0;
  if (const std::string* text = value.if_text(); text != nullptr && parse_float(*text, out)) return out;
  return 0;
}
std::int64_t to_int(const Value& value) {
  if (const std::int64_t* number = value.if_int()) return *number;
  const double real = to_real(value);
  if (std::isnan(real)) return 0;
  return static_cast<std::int64_t>(std::clamp(real, -9.2e18, 9.2e18));
}

// Letters of every script, by the tables of the C library.
std::string map_letters(std::string_view text, bool upper) {
  static const locale_t letters = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if ((static_cast<unsigned char>(c) & 0x80) == 0) {
      out += static_cast<char>(upper ? std::toupper(c) : std::tolower(c));
      ++at;
      continue;
    }
    const auto point = static_cast<wint_t>(next_code_point(text, at));
    const wint_t mapped = letters == nullptr ? point
                          : upper            ? ::towupper_l(point, letters)
                                             : ::towlower_l(point, letters);
    append_utf8(out, static_cast<char32_t>(mapped));
  }
  return out;
}

std::string_view trim_left(std::string_view text, std::string_view cut) {
  const std::size_t at = text.find_first_not_of(cut);
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}
std::string_view trim_right(std::string_view text, std::string_view cut) {
  return text.substr(0, text.find_last_not_of(cut) + 1);
}
constexpr std::string_view blanks = " \t\n\v\f\r";

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// What a function may make of its arguments, so that no query takes all memory.
constexpr std::size_t most_bytes = 4 * 1024 * 1024;
std::unexpected<Error> too_long(std::string_view function) {
  return fail(Code::invalid, fmt::format("error calling {}: the result would be too long", function));
}

// Nothing is found before every character, and at the end.
std::string replace_nothing(std::string_view text, std::string_view fresh, std::int64_t most) {
  std::string out;
  for (std::size_t at = 0; at <= text.size() && out.size() <= most_bytes; ++at) {
    const bool boundary = at == text.size() || !continues_character(text[at]);
    if (boundary && most != 0) {
      out += fresh;
      --most;
    }
    if (at < text.size()) out += text[at];
  }
  return out;
}

// More than most_bytes long when it would be too long.
std::string replace(std::string_view text, std::string_view old, std::string_view fresh, std::int64_t most) {
  std::string out;
  if (old.empty()) return replace_nothing(text, fresh, most);
  while (most != 0 && out.size() <= most_bytes) {
    const std::size_t at = text.find(old);
    if (at == std::string_view::npos) break;
    out += text.substr(0, at);
    out += fresh;
    text.remove_prefix(at + old.size());
    --most;
  }
  return out += text;
}

Result<Value> replaced(std::string_view function, std::string_view text, std::string_view old,
                       std::string_view fresh, std::int64_t most) {
  std::string out = replace(text, old, fresh, most);
  if (out.size() > most_bytes) return too_long(function);
  return Value(std::move(out));
}

// A replacement of regular expressions whose result is short enough, whatever the groups expand to.
Result<Value> regex_replaced(std::string_view function, std::string_view expression, std::string_view text,
                             std::string_view form) {
  TRY(regex, Regex::compile(expression, Regex::Anchor::none));
  std::vector<std::string_view> groups;
  std::size_t bytes = text.size();
  for (std::size_t at = 0; at <= text.size() && regex->find(text, at, groups);) {
    const auto end = static_cast<std::size_t>(groups[0].data() - text.data()) + groups[0].size();
    at = groups[0].empty() ? end + 1 : end;
    // Two bytes of the form name a group at least.
    bytes +=
        form.size() + (form.find('$') == std::string_view::npos ? 0 : form.size() / 2 * groups[0].size());
    if (bytes > 16 * most_bytes) return too_long(function);
  }
  std::string out = regex->replace_all(text, form);
  if (out.size() > most_bytes) return too_long(function);
  return Value(std::move(out));
}

// Byte offsets of characters, with the end.
std::vector<std::size_t> characters(std::string_view text) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!continues_character(text[i])) out.push_back(i);
  out.push_back(text.size());
  return out;
}

std::string_view between(std::string_view text, std::int64_t from, std::int64_t to) {
  const auto at = characters(text);
  const auto last = static_cast<std::int64_t>(at.size()) - 1;
  from = std::clamp<std::int64_t>(from, 0, last);
  to = std::clamp<std::int64_t>(to, 0, last);
  if (from >= to) return {};
  return text.substr(at[static_cast<std::size_t>(from)],
                     at[static_cast<std::size_t>(to)] - at[static_cast<std::size_t>(from)]);
}

std::int64_t length(std::string_view text) { return static_cast<std::int64_t>(characters(text).size()) - 1; }

Value from_json(const model::Value& value) {
  if (const bool* flag = value.if_bool()) return {*flag};
  if (value.is_number()) return {value.as_double()};
  if (const std::string* text = value.if_string()) return {*text};
  if (const model::Array* items = value.if_array()) {
    templates::List list;
    for (const model::Value& item : *items) list.push_back(from_json(item));
    return Value::list(std::move(list));
  }
  if (const model::Object* object = value.if_object()) {
    templates::Map map;
    for (const auto& [key, member] : *object) map.emplace(key, from_json(member));
    return Value::map(std::move(map), Value::Missing::nil, "map[string]interface {}");
  }
  return {};
}

// A function of text arguments alone.
using TextFunction = Result<Value> (*)(std::span<const std::string_view> text);
void add_text(Functions& table, const std::string& name, int count, TextFunction call) {
  table.add(name, count, count, [name, count, call](Arguments arguments) -> Result<Value> {
    std::vector<std::string_view> texts;
    for (int i = 0; i < count; ++i) {
      TRY(text, templates::text_argument(name, arguments, static_cast<std::size_t>(i)));
      texts.push_back(text);
    }
    return call(texts);
  });
}
// Of a number and then a text.
using CountedFunction = Result<Value> (*)(std::int64_t number, std::string_view text);
void add_counted(Functions& table, const std::string& name, CountedFunction call) {
  table.add(name, 2, 2, [name, call](Arguments arguments) -> Result<Value> {
    TRY(text, templates::text_argument(name, arguments, 1));
    return call(to_int(arguments[0]), text);
  });
}

using Texts = std::span<const std::string_view>;

void add_text_functions(Functions& t) {
  const TextFunction lower = [](Texts a) -> Result<Value> { return Value(map_letters(a[0], false)); };
  const TextFunction upper = [](Texts a) -> Result<Value> { return Value(map_letters(a[0], true)); };
  add_text(t, "lower", 1, lower);
  add_text(t, "ToLower", 1, lower);
  add_text(t, "upper", 1, upper);
  add_text(t, "ToUpper", 1, upper);
  add_text(t, "title", 1, [](Texts a) -> Result<Value> {
    // A word goes on through letters, digits and underscores.
    std::string out(a[0]);
    const auto inside = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
             (static_cast<unsigned char>(c) & 0x80) != 0;
    };
    for (std::size_t i = 0; i < out.size(); ++i)
      if ((static_cast<unsigned char>(out[i]) & 0x80) == 0 && (i == 0 || !inside(out[i - 1])))
        out[i] = static_cast<char>(std::toupper(out[i]));
    return Value(std::move(out));
  });
  const TextFunction trim = [](Texts a) -> Result<Value> {
    return Value(trim_left(trim_right(a[0], blanks), blanks));
  };
  add_text(t, "trim", 1, trim);
  add_text(t, "TrimSpace", 1, trim);
  add_text(t, "Trim", 2,
           [](Texts a) -> Result<Value> { return Value(trim_left(trim_right(a[0], a[1]), a[1])); });
  add_text(t, "trimAll", 2,
           [](Texts a) -> Result<Value> { return Value(trim_left(trim_right(a[1], a[0]), a[0])); });
  add_text(t, "TrimLeft", 2, [](Texts a) -> Result<Value> { return Value(trim_left(a[0], a[1])); });
  add_text(t, "TrimRight", 2, [](Texts a) -> Result<Value> { return Value(trim_right(a[0], a[1])); });
  add_text(t, "TrimPrefix", 2, [](Texts a) -> Result<Value> {
    return Value(a[0].starts_with(a[1]) ? a[0].substr(a[1].size()) : a[0]);
  });
  add_text(t, "trimPrefix", 2, [](Texts a) -> Result<Value> {
    return Value(a[1].starts_with(a[0]) ? a[1].substr(a[0].size()) : a[1]);
  });
  add_text(t, "TrimSuffix", 2, [](Texts a) -> Result<Value> {
    return Value(a[0].ends_with(a[1]) ? a[0].substr(0, a[0].size() - a[1].size()) : a[0]);
  });
  add_text(t, "trimSuffix", 2, [](Texts a) -> Result<Value> {
    return Value(a[1].ends_with(a[0]) ? a[1].substr(0, a[1].size() - a[0].size()) : a[1]);
  });
  add_text(t, "contains", 2,
           [](Texts a) -> Result<Value> { return Value(a[1].find(a[0]) != std::string_view::npos); });
  add_text(t, "hasPrefix", 2, [](Texts a) -> Result<Value> { return Value(a[1].starts_with(a[0])); });
  add_text(t, "hasSuffix", 2, [](Texts a) -> Result<Value> { return Value(a[1].ends_with(a[0])); });
  add_text(t, "replace", 3, [](Texts a) { return replaced("replace", a[2], a[0], a[1], -1); });
  t.add("Replace", 4, 4, [](Arguments a) {
    return replaced("Replace", a[0].to_string(), a[1].to_string(), a[2].to_string(), to_int(a[3]));
  });
}

void add_cutting_functions(Functions& t) {
  add_counted(t, "trunc", [](std::int64_t n, std::string_view text) -> Result<Value> {
    const std::int64_t all = length(text);
    if (n < 0 && all + n > 0) return Value(between(text, all + n, all));
    return Value(n >= 0 && all > n ? between(text, 0, n) : text);
  });
  t.add("substr", 3, 3, [](Arguments a) -> Result<Value> {
    TRY(text, templates::text_argument("substr", a, 2));
    const std::int64_t from = to_int(a[0]), to = to_int(a[1]), all = length(text);
    if (from < 0) return Value(between(text, 0, to));
    return Value(between(text, from, to < 0 || to > all ? all : to));
  });
  add_counted(t, "repeat", [](std::int64_t n, std::string_view text) -> Result<Value> {
    if (n < 0) return fail(Code::invalid, "error calling repeat: negative count");
    if (!text.empty() && n > (1 << 20) / static_cast<std::int64_t>(text.size()))
      return fail(Code::invalid, "error calling repeat: the result would be too long");
    std::string out;
    for (std::int64_t i = 0; i < n; ++i) out += text;
    return Value(std::move(out));
  });
  const CountedFunction indent = [](std::int64_t n, std::string_view text) -> Result<Value> {
    const std::string pad(static_cast<std::size_t>(std::clamp<std::int64_t>(n, 0, 1000)), ' ');
    std::string out = pad + replace(text, "\n", "\n" + pad, -1);
    if (out.size() > most_bytes) return too_long("indent");
    return Value(std::move(out));
  };
  add_counted(t, "indent", indent);
  add_counted(t, "nindent", [](std::int64_t n, std::string_view text) -> Result<Value> {
    const std::string pad(static_cast<std::size_t>(std::clamp<std::int64_t>(n, 0, 1000)), ' ');
    std::string out = "\n" + pad + replace(text, "\n", "\n" + pad, -1);
    if (out.size() > most_bytes) return too_long("nindent");
    return Value(std::move(out));
  });
  add_counted(t, "alignLeft", [](std::int64_t n, std::string_view text) -> Result<Value> {
    if (n < 0) return Value(text);
    n = std::min<std::int64_t>(n, 65536);
    std::string out(between(text, 0, n));
    return Value(out + std::string(static_cast<std::size_t>(n - length(out)), ' '));
  });
  add_counted(t, "alignRight", [](std::int64_t n, std::string_view text) -> Result<Value> {
    if (n < 0) return Value(text);
    n = std::min<std::int64_t>(n, 65536);
    const std::int64_t all = length(text);
    const std::string out(between(text, all - n, all));
    return Value(std::string(static_cast<std::size_t>(n - length(out)), ' ') + out);
  });
}

void add_coding_functions(Functions& t) {
  add_text(t, "b64enc", 1, [](Texts a) -> Result<Value> { return Value(base64_encode(a[0])); });
  // What is wrong becomes the text; padding may be missing.
  add_text(t, "b64dec", 1, [](Texts a) -> Result<Value> {
    std::string padded(a[0]), out;
    if (padded.size() % 4 > 1) padded.append(4 - padded.size() % 4, '=');
    if (base64_decode(padded, out)) return Value(std::move(out));
    const std::size_t at =
        padded.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
    return Value(fmt::format("illegal base64 data at input byte {}",
                             at == std::string::npos ? padded.size() / 4 * 4 : at));
  });
  add_text(t, "urlencode", 1, [](Texts a) -> Result<Value> {
    return Value(replace(http::percent_encode(a[0]), "%20", "+", -1));
  });
  add_text(t, "urldecode", 1,
           [](Texts a) -> Result<Value> { return Value(http::percent_decode(replace(a[0], "+", " ", -1))); });
  add_text(t, "regexReplaceAll", 3,
           [](Texts a) { return regex_replaced("regexReplaceAll", a[0], a[1], a[2]); });
  add_text(t, "regexReplaceAllLiteral", 3, [](Texts a) -> Result<Value> {
    return regex_replaced("regexReplaceAllLiteral", a[0], a[1], replace(a[2], "$", "$$", -1));
  });
  add_text(t, "count", 2, [](Texts a) -> Result<Value> {
    TRY(regex, Regex::compile(a[0], Regex::Anchor::none));
    std::vector<std::string_view> groups;
    std::int64_t count = 0;
    for (std::size_t at = 0; at <= a[1].size() && regex->find(a[1], at, groups); ++count) {
      const auto end = static_cast<std::size_t>(groups[0].data() - a[1].data()) + groups[0].size();
      at = groups[0].empty() ? end + 1 : end;
    }
    return Value(count);
  });
  add_text(t, "bytes", 1, [](Texts a) -> Result<Value> {
    double bytes = 0;
    if (!parse_bytes(a[0], bytes)) return fail(Code::invalid, fmt::format("unhandled size name: {}", a[0]));
    return Value(bytes);
  });
  const TextFunction duration = [](Texts a) -> Result<Value> {
    TRY(parsed, parse_duration(a[0]));
    return Value(std::chrono::duration<double>(parsed).count());
  };
  add_text(t, "duration", 1, duration);
  add_text(t, "duration_seconds", 1, duration);
  add_text(t, "fromJson", 1, [](Texts a) -> Result<Value> {
    const auto document = model::parse_json(a[0]);
    return document ? from_json(*document) : Value();
  });
  t.add("default", 1, 2,
        [](Arguments a) -> Result<Value> { return a.size() < 2 || !a[1].truth() ? a[0] : a[1]; });
}

// Sums and products are those of decimals: 0.1 and 0.2 make 0.3.
double as_decimal(double value) {
  double rounded = 0;
  if (!std::isfinite(value) || !parse_float(fmt::format("{:.15g}", value), rounded)) return value;
  return std::abs(rounded - value) <= 4 * std::abs(value) * std::numeric_limits<double>::epsilon() ? rounded
                                                                                                   : value;
}

using Fold = double (*)(double a, double b);
void add_folds(Functions& t) {
  static constexpr std::array<std::pair<const char*, Fold>, 6> folds = {{
      {"addf", [](double a, double b) { return as_decimal(a + b); }},
      {"subf", [](double a, double b) { return as_decimal(a - b); }},
      {"mulf", [](double a, double b) { return as_decimal(a * b); }},
      {"divf", [](double a, double b) { return as_decimal(a / b); }},
      {"maxf", [](double a, double b) { return std::max(a, b); }},
      {"minf", [](double a, double b) { return std::min(a, b); }},
  }};
  for (const auto& [name, call] : folds) {
    t.add(name, 1, Functions::any, [fold = call](Arguments a) -> Result<Value> {
      double out = to_real(a[0]);
      for (const Value& next : a.subspan(1)) out = fold(out, to_real(next));
      return Value(out);
    });
  }
}

std::int64_t wrap(std::uint64_t value) { return static_cast<std::int64_t>(value); }

void add_number_functions(Functions& t) {
  t.add("int", 1, 1, [](Arguments a) -> Result<Value> { return Value(to_int(a[0])); });
  t.add("float64", 1, 1, [](Arguments a) -> Result<Value> { return Value(to_real(a[0])); });
  t.add("add", 1, Functions::any, [](Arguments a) -> Result<Value> {
    std::uint64_t sum = 0;
    for (const Value& next : a) sum += static_cast<std::uint64_t>(to_int(next));
    return Value(wrap(sum));
  });
  t.add("sub", 2, 2, [](Arguments a) -> Result<Value> {
    return Value(wrap(static_cast<std::uint64_t>(to_int(a[0])) - static_cast<std::uint64_t>(to_int(a[1]))));
  });
  t.add("mul", 1, Functions::any, [](Arguments a) -> Result<Value> {
    std::uint64_t product = 1;
    for (const Value& next : a) product *= static_cast<std::uint64_t>(to_int(next));
    return Value(wrap(product));
  });
  for (const bool remainder : {false, true}) {
    t.add(remainder ? "mod" : "div", 2, 2, [remainder](Arguments a) -> Result<Value> {
      const std::int64_t left = to_int(a[0]), right = to_int(a[1]);
      if (right == 0) return fail(Code::invalid, "runtime error: integer divide by zero");
      if (right == -1) return Value(remainder ? std::int64_t{0} : wrap(0 - static_cast<std::uint64_t>(left)));
      return Value(remainder ? left % right : left / right);
    });
  }
  for (const bool largest : {false, true}) {
    t.add(largest ? "max" : "min", 1, Functions::any, [largest](Arguments a) -> Result<Value> {
      std::int64_t out = to_int(a[0]);
      for (const Value& next : a.subspan(1))
        out = largest ? std::max(out, to_int(next)) : std::min(out, to_int(next));
      return Value(out);
    });
  }
  t.add("ceil", 1, 1, [](Arguments a) -> Result<Value> { return Value(std::ceil(to_real(a[0]))); });
  t.add("floor", 1, 1, [](Arguments a) -> Result<Value> { return Value(std::floor(to_real(a[0]))); });
  t.add("round", 2, 3, [](Arguments a) -> Result<Value> {
    const double scale = std::pow(10.0, static_cast<double>(to_int(a[1])));
    const double from = a.size() > 2 ? to_real(a[2]) : 0.5;
    const double scaled = to_real(a[0]) * scale;
    const double rest = scaled - std::trunc(scaled);
    return Value((rest >= from ? std::ceil(scaled) : std::floor(scaled)) / scale);
  });
  add_folds(t);
}

}  // namespace

Functions make_template_functions() {
  Functions table;
  add_text_functions(table);
  add_cutting_functions(table);
  add_coding_functions(table);
  add_number_functions(table);
  add_time_functions(table);
  for (const char* name : {"__line__", "__timestamp__"})
    table.add(name, 0, 0, [](Arguments) -> Result<Value> { return Value(""); });
  return table;
}

}  // namespace aloft::telemetry::logs::logql
