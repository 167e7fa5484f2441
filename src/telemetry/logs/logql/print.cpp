// Queries as text, in Loki's canonical form.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/go_quote.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/template/value.h"
#include "telemetry/logs/logql/ast.h"
#include "telemetry/logs/logql/parser.h"

namespace aloft::telemetry::logs::logql {
namespace {

constexpr std::size_t line_limit = 100;

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string line_filter_text(const LineFilter& filter) {
  static constexpr std::array<std::string_view, 6> names = {"|=", "|~", "|>", "!=", "!~", "!>"};
  std::string out(names[static_cast<std::size_t>(filter.match)]);
  for (std::size_t i = 0; i < filter.any.size(); ++i) {
    out += i == 0 ? " " : " or ";
    out += filter.any[i].ip ? fmt::format("ip({})", quote(filter.any[i].text)) : quote(filter.any[i].text);
  }
  return out;
}

std::string extractions_text(const std::vector<Extraction>& extractions) {
  std::string out;
  for (const Extraction& one : extractions)
    out += fmt::format("{}{}={}", out.empty() ? " " : ",", one.name, quote(one.path));
  return out;
}

std::string names_text(const std::vector<NamedMatcher>& names) {
  std::vector<std::string> parts;
  for (const NamedMatcher& one : names) parts.push_back(one.matcher ? one.matcher->to_string() : one.name);
  return join(parts, ",");
}

std::string formats_text(const std::vector<LabelFormat>& formats) {
  std::vector<std::string> parts;
  for (const LabelFormat& one : formats)
    parts.push_back(fmt::format("{}={}", one.name, one.rename ? one.value : quote(one.value)));
  return join(parts, ",");
}

// As people write it ("5kB") where that says the same, otherwise to the byte.
std::string bytes_text(double bytes) {
  static constexpr std::array<std::string_view, 6> units = {"B", "kB", "MB", "GB", "TB", "PB"};
  double scaled = bytes;
  std::size_t unit = 0;
  while (scaled >= 1000 && unit + 1 < units.size()) {
    scaled /= 1000;
    ++unit;
  }
  std::string text = unit == 0 || scaled >= 10 ? fmt::format("{:.0f}{}", scaled, units[unit])
                                               : fmt::format("{:.1f}{}", scaled, units[unit]);
  double back = 0;
  if (parse_bytes(text, back) && back == bytes) return text;
  return fmt::format("{:.0f}B", bytes);
}

std::string unwrap_text(const Unwrap& unwrap) {
  static constexpr std::array<std::string_view, 4> names = {"", "bytes", "duration", "duration_seconds"};
  const std::string_view conversion = names[static_cast<std::size_t>(unwrap.conversion)];
  std::string out = conversion.empty() ? fmt::format(" | unwrap {}", unwrap.label)
                                       : fmt::format(" | unwrap {}({})", conversion, unwrap.label);
  for (const auto& filter : unwrap.filters) out += fmt::format(" | {}", to_string(*filter));
  return out;
}

std::string offset_text(const LogRange& range) {
  if (range.offset.count() == 0) return {};
  return fmt::format(" offset {}", format_duration(range.offset));
}

std::string range_text(const LogRange& range) {
  std::string out = to_string(range.query);
  if (range.unwrap) out += unwrap_text(*range.unwrap);
  return out + fmt::format("[{}]{}", format_prometheus_duration(range.interval), offset_text(range));
}

std::string grouping_text(const Grouping& grouping) {
  return fmt::format(" {} ({})", grouping.without ? "without" : "by", join(grouping.labels, ","));
}

// The operator with its modifiers.
std::string operator_text(const Expr& expr) {
  std::string out(to_string(expr.binary_op));
  if (expr.returns_bool) out += " bool";
  const Matching& matching = expr.matching;
  if (!matching.labels_given) return out;
  out += fmt::format(" {} ({})", matching.on ? "on" : "ignoring", join(matching.labels, ","));
  if (matching.cardinality == Matching::Cardinality::one_to_one) return out;
  out += matching.cardinality == Matching::Cardinality::many_to_one ? " group_left" : " group_right";
  return out + fmt::format(" ({})", join(matching.include, ","));
}

std::string number_text(double value) {
  return std::isnan(value) || std::isinf(value) ? format_float(value) : templates::format_go_float(value);
}

std::string label_replace_rest(const Expr& expr) {
  return fmt::format("{},{},{},{})", quote(expr.destination), quote(expr.replacement), quote(expr.source),
                     quote(expr.regex));
}

// Pretty printing: what fits into a line stays there.
std::string pretty(const Expr& expr, std::size_t level);

std::string indent(std::size_t level) { return std::string(level * 2, ' '); }

std::string pretty_log(const LogQuery& query, std::size_t level) {
  const std::string flat = to_string(query);
  if (flat.size() <= line_limit) return indent(level) + flat;
  std::string out = indent(level) + to_string(query.matchers);
  for (const Stage& stage : query.stages) out += "\n" + indent(level + 1) + to_string(stage);
  return out;
}

std::string pretty_range(const Expr& expr, std::size_t level) {
  std::string out = fmt::format("{}{}(\n", indent(level), to_string(expr.range_op));
  if (expr.parameter) out += fmt::format("{}{},\n", indent(level + 1), format_float(*expr.parameter));
  out += pretty_log(expr.range.query, level + 1);
  if (expr.range.unwrap) out += "\n" + indent(level + 2) + unwrap_text(*expr.range.unwrap).substr(1);
  out += fmt::format(" [{}]{}\n{})", format_prometheus_duration(expr.range.interval), offset_text(expr.range),
                     indent(level));
  if (expr.grouping) out += grouping_text(*expr.grouping);
  return out;
}

// As grouping_text(), spaced for readers.
std::string pretty_grouping(const std::optional<Grouping>& grouping) {
  if (!grouping) return {};
  if (grouping->labels.empty()) return grouping->without ? " without" : "";
  return fmt::format(" {} ({})", grouping->without ? "without" : "by", join(grouping->labels, ", "));
}

std::string pretty_aggregation(const Expr& expr, std::size_t level) {
  std::string out = indent(level) + std::string(to_string(expr.vector_op));
  out += pretty_grouping(expr.grouping) + "(\n";
  if (expr.count != 0) out += fmt::format("{}{},\n", indent(level + 1), expr.count);
  return out + fmt::format("{}\n{})", pretty(*expr.left, level + 1), indent(level));
}

// An operation within an operation keeps its parentheses.
std::string pretty_operand(const Expr& expr, std::size_t level) {
  if (expr.kind != Expr::Kind::binary || to_string(expr).size() <= line_limit) return pretty(expr, level);
  return fmt::format("{0}(\n{1}\n{0})", indent(level), pretty(expr, level + 1));
}

std::string pretty(const Expr& expr, std::size_t level) {
  const std::string flat = to_string(expr);
  if (flat.size() <= line_limit) return indent(level) + flat;
  switch (expr.kind) {
    case Expr::Kind::log:
      return pretty_log(expr.log, level);
    case Expr::Kind::range:
      return pretty_range(expr, level);
    case Expr::Kind::vector_aggregation:
      return pretty_aggregation(expr, level);
    case Expr::Kind::binary:
      return fmt::format("{1}\n{0}{2}\n{3}", indent(level), pretty_operand(*expr.left, level + 1),
                         operator_text(expr), pretty_operand(*expr.right, level + 1));
    case Expr::Kind::label_replace:
      return fmt::format("{0}label_replace(\n{1},\n{2}{3}", indent(level), pretty(*expr.left, level + 1),
                         indent(level + 1), label_replace_rest(expr));
    case Expr::Kind::literal:
    case Expr::Kind::vector:
      break;
  }
  return indent(level) + flat;
}

}  // namespace

std::string_view to_string(Compare compare) {
  static constexpr std::array<std::string_view, 6> names = {"==", "!=", ">", ">=", "<", "<="};
  return names[static_cast<std::size_t>(compare)];
}
std::string_view to_string(RangeOp op) {
  static constexpr std::array<std::string_view, 15> names = {"count_over_time",  "rate",
                                                             "rate_counter",     "bytes_over_time",
                                                             "bytes_rate",       "avg_over_time",
                                                             "sum_over_time",    "min_over_time",
                                                             "max_over_time",    "stdvar_over_time",
                                                             "stddev_over_time", "quantile_over_time",
                                                             "first_over_time",  "last_over_time",
                                                             "absent_over_time"};
  return names[static_cast<std::size_t>(op)];
}
std::string_view to_string(VectorOp op) {
  static constexpr std::array<std::string_view, 12> names = {"sum",  "avg",    "count",     "max",
                                                             "min",  "stddev", "stdvar",    "bottomk",
                                                             "topk", "sort",   "sort_desc", "approx_topk"};
  return names[static_cast<std::size_t>(op)];
}
std::string_view to_string(BinaryOp op) {
  static constexpr std::array<std::string_view, 15> names = {"or", "and", "unless", "+", "-",  "*", "/", "%",
                                                             "^",  "==",  "!=",     ">", ">=", "<", "<="};
  return names[static_cast<std::size_t>(op)];
}

std::string quote(std::string_view text) { return go_quote(text); }

std::string to_string(const std::vector<Matcher>& matchers) {
  std::vector<std::string> parts;
  for (const Matcher& matcher : matchers) parts.push_back(matcher.to_string());
  return "{" + join(parts, ", ") + "}";
}

std::string to_string(const LabelFilter& filter) {
  switch (filter.kind) {
    case LabelFilter::Kind::text:
      return filter.matcher->to_string();
    case LabelFilter::Kind::number:
      return fmt::format("{}{}{}", filter.name, to_string(filter.compare), format_float(filter.number));
    case LabelFilter::Kind::duration:
      return fmt::format("{}{}{}", filter.name, to_string(filter.compare), format_duration(filter.duration));
    case LabelFilter::Kind::bytes:
      return fmt::format("{}{}{}", filter.name, to_string(filter.compare), bytes_text(filter.number));
    case LabelFilter::Kind::ip:
      return fmt::format("{}{}ip({})", filter.name,
                         filter.compare == Compare::equal ? "=" : "!=", quote(filter.ip));
    case LabelFilter::Kind::both:
      return fmt::format("( {} , {} )", to_string(*filter.left), to_string(*filter.right));
    case LabelFilter::Kind::either:
      return fmt::format("( {} or {} )", to_string(*filter.left), to_string(*filter.right));
  }
  return {};
}

std::string to_string(const Stage& stage) {
  switch (stage.kind) {
    case Stage::Kind::line_filter:
      return line_filter_text(stage.line);
    case Stage::Kind::json:
      return "| json" + extractions_text(stage.extractions);
    case Stage::Kind::logfmt:
      return fmt::format("| logfmt{}{}{}", stage.strict ? " --strict" : "",
                         stage.keep_empty ? " --keep-empty" : "", extractions_text(stage.extractions));
    case Stage::Kind::regexp:
      return "| regexp " + quote(stage.text);
    case Stage::Kind::pattern:
      return "| pattern " + quote(stage.text);
    case Stage::Kind::unpack:
      return "| unpack";
    case Stage::Kind::label_filter:
      return "| " + to_string(*stage.filter);
    case Stage::Kind::line_format:
      return "| line_format " + quote(stage.text);
    case Stage::Kind::label_format:
      return "| label_format " + formats_text(stage.formats);
    case Stage::Kind::decolorize:
      return "| decolorize";
    case Stage::Kind::drop:
      return "| drop " + names_text(stage.names);
    case Stage::Kind::keep:
      return "| keep " + names_text(stage.names);
    case Stage::Kind::distinct:
      return "| distinct " + names_text(stage.names);
  }
  return {};
}

std::string to_string(const LogQuery& query) {
  std::string out = to_string(query.matchers);
  for (const Stage& stage : query.stages) out += " " + to_string(stage);
  return out;
}

std::string to_string(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::log:
      return to_string(expr.log);
    case Expr::Kind::range:
      return fmt::format("{}({}{}){}", to_string(expr.range_op),
                         expr.parameter ? format_float(*expr.parameter) + "," : "", range_text(expr.range),
                         expr.grouping ? grouping_text(*expr.grouping) : "");
    case Expr::Kind::vector_aggregation: {
      const bool grouped = expr.grouping && (expr.grouping->without || !expr.grouping->labels.empty());
      return fmt::format("{}{}({}{})", to_string(expr.vector_op),
                         grouped ? grouping_text(*expr.grouping) : "",
                         expr.count != 0 ? fmt::format("{},", expr.count) : "", to_string(*expr.left));
    }
    case Expr::Kind::binary:
      return fmt::format("({} {} {})", to_string(*expr.left), operator_text(expr), to_string(*expr.right));
    case Expr::Kind::literal:
      return number_text(expr.value);
    case Expr::Kind::label_replace:
      return fmt::format("label_replace({},{}", to_string(*expr.left), label_replace_rest(expr));
    case Expr::Kind::vector:
      return fmt::format("vector({:f})", expr.value);
  }
  return {};
}

std::string to_pretty_string(const Expr& expr) { return pretty(expr, 0); }

}  // namespace aloft::telemetry::logs::logql
