// Reading of parameters; every refusal names the parameter and its value.
#include "telemetry/traces/api/parameters.h"

#include <charconv>
#include <cmath>

#include "base/time.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/regex.h"
#include "telemetry/traces/traceql/lexer.h"
#include "telemetry/traces/traceql/parser.h"

namespace aloft::telemetry::traces {
namespace {

bool comparison(std::string_view word) {
  constexpr std::array<std::string_view, 8> words = {"=", "!=", "<", "<=", ">", ">=", "=~", "!~"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The TraceQL text of a literal token; empty when it is none.
std::string literal_of(const traceql::Token& token) {
  switch (token.kind) {
    case traceql::Token::Kind::string:
      return traceql::literal_text(traceql::string_value(token.text));
    case traceql::Token::Kind::integer:
    case traceql::Token::Kind::real:
    case traceql::Token::Kind::duration:
      return token.text;
    case traceql::Token::Kind::word: {
      constexpr std::array<std::string_view, 12> words = {"true",        "false",    "nil",      "ok",
                                                          "error",       "unset",    "server",   "client",
                                                          "unspecified", "internal", "producer", "consumer"};
      return std::find(words.begin(), words.end(), token.text) != words.end() ? token.text : std::string();
    }
    default:
      return {};
  }
}

struct Tag {
  std::string key;
  std::string value;
};

// logfmt.
Result<std::vector<Tag>> parse_tags(std::string_view text) {
  std::vector<Tag> tags;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    Tag tag;
    while (at < text.size() && text[at] != '=' && text[at] != ' ') tag.key += text[at++];
    if (at < text.size() && text[at] == '=') {
      ++at;
      if (at < text.size() && text[at] == '"') {
        for (++at; at < text.size() && text[at] != '"'; ++at) {
          if (text[at] == '\\' && at + 1 < text.size()) ++at;
          tag.value += text[at];
        }
        if (at == text.size())
          return fail(Code::invalid, fmt::format("invalid tags: unterminated quote in {}", text));
        ++at;
      } else {
        while (at < text.size() && text[at] != ' ') tag.value += text[at++];
      }
    }
    if (tag.key.empty())
      return fail(Code::invalid, fmt::format("invalid tags: a value without a key in {}", text));
    tags.push_back(std::move(tag));
  }
  return tags;
}

std::string condition_of(const Tag& tag) {
  const std::string anywhere =
      traceql::literal_text(traceql::string_value(fmt::format("(?is).*{}.*", quote_meta(tag.value))));
  if (tag.key == "name") return "name =~ " + anywhere;
  if (tag.key == "root.name") return "rootName =~ " + anywhere;
  if (tag.key == "root.service.name") return "rootServiceName =~ " + anywhere;
  if (tag.key == "status.code" && (tag.value == "error" || tag.value == "ok" || tag.value == "unset")) {
    return "status = " + tag.value;
  }
  traceql::FieldName field;
  field.name = tag.key;
  const std::string name = to_string(field);
  std::string condition = name + " =~ " + anywhere;
  double number = 0;
  if (!tag.value.empty() && parse_float(tag.value, number) && std::isfinite(number)) {
    condition += " || " + name + " = " + traceql::literal_text(traceql::real_value(number));
  }
  if (tag.value == "true" || tag.value == "false") condition += " || " + name + " = " + tag.value;
  return condition;
}

}  // namespace

Result<std::int64_t> parse_time_parameter(std::string_view name, std::string_view text) {
  double number = 0;
  if (!parse_float(text, number)) {
    auto time = parse_time(text);
    if (time) return time->since_epoch.count();
    return fail(Code::invalid, fmt::format("invalid {}: {} is no time", name, text));
  }
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool exact = error == std::errc() && end == text.data() + text.size();
  // Nanoseconds of our time have 19 digits, seconds ten.
  constexpr std::array<std::pair<double, std::int64_t>, 4> units = {
      {{1e17, 1}, {1e14, 1'000}, {1e11, 1'000'000}, {-1e300, 1'000'000'000}}};
  for (const auto& [least, factor] : units) {
    if (number < least) continue;
    const double scaled = number * static_cast<double>(factor);
    if (!(std::abs(scaled) < 9.2e18)) break;
    return exact ? whole * factor : static_cast<std::int64_t>(scaled);
  }
  return fail(Code::invalid, fmt::format("invalid {}: {} is out of range", name, text));
}

Result<TimeRange> parse_range(const http::Query& parameters) {
  TimeRange range;
  if (const auto start = parameters.get("start"); start && !start->empty() && *start != "0") {
    TRY(time, parse_time_parameter("start", *start));
    range.begin = time;
  }
  if (const auto end = parameters.get("end"); end && !end->empty() && *end != "0") {
    TRY(time, parse_time_parameter("end", *end));
    range.end = time;
  }
  if (range.begin > range.end) return fail(Code::invalid, "http parameter start must be before end");
  return range;
}

Result<std::size_t> parse_count(const http::Query& parameters, std::string_view name, std::size_t otherwise,
                                std::size_t most) {
  const auto text = parameters.get(name);
  if (!text || text->empty()) return otherwise;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number == 0) {
    return fail(Code::invalid, fmt::format("invalid {}: must be a positive number, not {}", name, *text));
  }
  return std::min(number, most);
}

Result<std::string> query_of_tags(std::string_view tags, std::string_view least_duration,
                                  std::string_view most_duration) {
  TRY(parsed, parse_tags(tags));
  std::string query;
  const auto add = [&query](const std::string& condition) {
    query += query.empty() ? "(" : " && (";
    query += condition + ")";
  };
  for (const Tag& tag : parsed) add(condition_of(tag));
  for (const auto& [text, name, op] :
       {std::tuple(least_duration, "minDuration", ">="), std::tuple(most_duration, "maxDuration", "<=")}) {
    if (text.empty()) continue;
    auto duration = parse_duration(text);
    if (!duration)
      return fail(Code::invalid, fmt::format("invalid {}: {}", name, duration.error().message()));
    add(fmt::format("traceDuration {} {}", op, format_duration(*duration)));
  }
  return "{ " + query + " }";
}

std::string usable_filter(std::string_view query) {
  if (const auto whole = traceql::parse_query(query); whole && whole->single_filter() != nullptr)
    return to_string(*whole->single_filter());
  // An unfinished text may stop in the middle of a word; what stands before is still good.
  for (std::size_t end = query.size(); end > 0; --end) {
    const auto tokens = traceql::tokenize(query.substr(0, end));
    if (!tokens) {
      if (query.size() - end > 256) return {};
      continue;
    }
    std::string filter;
    for (std::size_t i = 0; i + 2 < tokens->size(); ++i) {
      if ((*tokens)[i].kind != traceql::Token::Kind::field || !comparison((*tokens)[i + 1].text)) continue;
      const std::string literal = literal_of((*tokens)[i + 2]);
      if (literal.empty()) continue;
      if (!filter.empty()) filter += " && ";
      filter += to_string((*tokens)[i].field) + " " + (*tokens)[i + 1].text + " " + literal;
    }
    return filter.empty() ? std::string() : "{ " + filter + " }";
  }
  return {};
}

Result<traceql::FieldName> parse_field_name(std::string_view text) {
  const auto tokens = traceql::tokenize(text);
  if (tokens && tokens->size() == 2 && (*tokens)[0].kind == traceql::Token::Kind::field)
    return (*tokens)[0].field;
  return fail(Code::invalid, fmt::format("tag name is not valid intrinsic or scoped attribute: {}", text));
}

}  // namespace aloft::telemetry::traces
