// The parts of a LogQL query as values. Source: Loki's documentation of LogQL.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "telemetry/core/matcher.h"

namespace aloft::telemetry::logs::logql {

enum class LineMatch : std::uint8_t { equal, regex, pattern, not_equal, not_regex, not_pattern };
inline bool is_negative(LineMatch match) { return match >= LineMatch::not_equal; }

// |= "a" or ip("b"): one of the alternatives holds; of a negative filter there is one alternative alone.
struct LineFilter {
  struct Alternative {
    std::string text;
    bool ip = false;
  };
  LineMatch match = LineMatch::equal;
  std::vector<Alternative> any;
};

enum class Compare : std::uint8_t { equal, not_equal, greater, greater_equal, less, less_equal };
std::string_view to_string(Compare compare);  // "==", "!=", ...

// A condition on labels.
struct LabelFilter {
  enum class Kind : std::uint8_t { text, number, duration, bytes, ip, both, either };
  Kind kind = Kind::text;
  std::optional<Matcher> matcher;  // text
  std::string name;                // the others
  Compare compare = Compare::equal;
  double number = 0;                               // number, bytes
  Duration duration{};                             // duration
  std::string ip;                                  // ip: an address, a range or a network
  std::shared_ptr<const LabelFilter> left, right;  // both, either
};

// name="path" of the json and logfmt parsers.
struct Extraction {
  std::string name;
  std::string path;
};
struct LabelFormat {
  std::string name;
  std::string value;  // a template, or the label to rename
  bool rename = false;
};
// A label, or a label with a condition, of drop and keep.
struct NamedMatcher {
  std::string name;
  std::optional<Matcher> matcher;
};

struct Stage {
  enum class Kind : std::uint8_t {
    line_filter,
    json,
    logfmt,
    regexp,
    pattern,
    unpack,
    label_filter,
    line_format,
    label_format,
    decolorize,
    drop,
    keep,
    distinct
  };
  Kind kind = Kind::line_filter;
  LineFilter line;
  std::string text;  // the expression of regexp and pattern, the template of line_format
  bool strict = false, keep_empty = false;  // logfmt
  std::vector<Extraction> extractions;      // json, logfmt; empty: everything
  std::shared_ptr<const LabelFilter> filter;
  std::vector<LabelFormat> formats;
  std::vector<NamedMatcher> names;  // drop, keep, distinct
};

// {selector} stages
struct LogQuery {
  std::vector<Matcher> matchers;
  std::vector<Stage> stages;
};

struct Unwrap {
  enum class Conversion : std::uint8_t { none, bytes, duration, duration_seconds };
  std::string label;
  Conversion conversion = Conversion::none;
  std::vector<std::shared_ptr<const LabelFilter>> filters;
};

struct LogRange {
  LogQuery query;
  std::optional<Unwrap> unwrap;
  Duration interval{};
  Duration offset{};
};

enum class RangeOp : std::uint8_t {
  count_over_time,
  rate,
  rate_counter,
  bytes_over_time,
  bytes_rate,
  avg_over_time,
  sum_over_time,
  min_over_time,
  max_over_time,
  stdvar_over_time,
  stddev_over_time,
  quantile_over_time,
  first_over_time,
  last_over_time,
  absent_over_time
};
enum class VectorOp : std::uint8_t {
  sum,
  avg,
  count,
  max,
  min,
  stddev,
  stdvar,
  bottomk,
  topk,
  sort,
  sort_desc,
  approx_topk
};
enum class BinaryOp : std::uint8_t {
  either,
  both,
  unless,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  power,
  equal,
  not_equal,
  greater,
  greater_equal,
  less,
  less_equal
};
std::string_view to_string(RangeOp op);
std::string_view to_string(VectorOp op);
std::string_view to_string(BinaryOp op);
inline bool is_set_operator(BinaryOp op) { return op <= BinaryOp::unless; }
inline bool is_comparison(BinaryOp op) { return op >= BinaryOp::equal; }

struct Grouping {
  bool without = false;
  std::vector<std::string> labels;
};
struct Matching {
  enum class Cardinality : std::uint8_t { one_to_one, many_to_one, one_to_many };
  bool on = false;
  bool labels_given = false;
  std::vector<std::string> labels;
  Cardinality cardinality = Cardinality::one_to_one;
  std::vector<std::string> include;
};

struct Expr {
  enum class Kind : std::uint8_t { log, range, vector_aggregation, binary, literal, label_replace, vector };
  Kind kind = Kind::log;
  LogQuery log;                      // log
  LogRange range;                    // range
  RangeOp range_op{};                // range
  std::optional<double> parameter;   // the quantile of a range aggregation
  std::optional<Grouping> grouping;  // range, vector_aggregation
  VectorOp vector_op{};
  int count = 0;  // topk and its like
  BinaryOp binary_op{};
  bool returns_bool = false;
  Matching matching;
  double value = 0;  // literal, vector
  // label_replace
  std::string destination, replacement, source, regex;
  std::shared_ptr<const Regex> compiled;
  std::shared_ptr<const Expr> left, right;

  bool is_log() const { return kind == Kind::log; }
};
using ExprPtr = std::shared_ptr<const Expr>;

// The canonical text; parsing it gives an equal query.
std::string to_string(const Expr& expr);
std::string to_string(const LogQuery& query);
std::string to_string(const Stage& stage);
std::string to_string(const LabelFilter& filter);
std::string to_string(const std::vector<Matcher>& matchers);
// The same over several indented lines where it is long, as /format_query gives it.
std::string to_pretty_string(const Expr& expr);
// As Go's strconv.Quote.
std::string quote(std::string_view text);

}  // namespace aloft::telemetry::logs::logql
