// A TraceQL query as a tree. Expressions on fields of spans, sets of spans and relations between them,
// pipelines of stages, and what turns spans into series.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "telemetry/core/regex.h"
#include "telemetry/traces/traceql/value.h"

namespace aloft::telemetry::traces::traceql {

enum class Scope : std::uint8_t { any, span, resource, event, link, instrumentation, intrinsic };
enum class Intrinsic : std::uint8_t {
  none,
  duration,
  name,
  status,
  status_message,
  kind,
  child_count,
  parent,
  root_name,
  root_service,
  trace_duration,
  nested_set_left,
  nested_set_right,
  nested_set_parent,
  trace_id,
  span_id,
  parent_id,
  event_name,
  event_time_since_start,
  link_trace_id,
  link_span_id,
  instrumentation_name,
  instrumentation_version
};
// "duration", "rootServiceName", "event:name", ...; the name under which answers list the value.
std::string_view intrinsic_name(Intrinsic intrinsic);

// A field of a span.
struct FieldName {
  Scope scope = Scope::any;
  bool of_parent = false;
  Intrinsic intrinsic = Intrinsic::none;
  std::string name;  // of an attribute
  auto operator<=>(const FieldName&) const = default;
};
// `span.http.method`, `.foo`, `parent.resource.x`, `span."with space"`, `duration`.
std::string to_string(const FieldName& field);
// How answers name it: without the scope.
std::string short_name(const FieldName& field);

struct FieldExpr;
using FieldExprPtr = std::unique_ptr<FieldExpr>;
struct FieldExpr {
  enum class Kind : std::uint8_t { literal, field, unary, binary };
  Kind kind = Kind::literal;
  Op op = Op::add;
  Value value;  // literal; its text stands in `text`
  std::string text;
  FieldName field;
  std::uint32_t slot = 0;  // of the field in Query::fields
  std::shared_ptr<const Regex> regex;
  FieldExprPtr left;  // the operand of unary
  FieldExprPtr right;
};
std::string to_string(const FieldExpr& expr);

// How the right spans of a relation stand to the left ones.
enum class Relation : std::uint8_t { both, either, child, parent, descendant, ancestor, sibling };
enum class RelationMode : std::uint8_t {
  plain,
  negated,  // right spans that stand so to no left one
  united    // the left ones that take part too
};

struct Pipeline;
struct SpansetExpr;
using SpansetExprPtr = std::unique_ptr<SpansetExpr>;
struct SpansetExpr {
  enum class Kind : std::uint8_t { filter, relation, pipeline };
  Kind kind = Kind::filter;
  FieldExprPtr filter;  // null: `{ }`
  Relation relation = Relation::both;
  RelationMode mode = RelationMode::plain;
  SpansetExprPtr left;
  SpansetExprPtr right;
  std::unique_ptr<Pipeline> pipeline;
};

enum class Aggregate : std::uint8_t { count, max, min, sum, avg };
struct ScalarExpr;
using ScalarExprPtr = std::unique_ptr<ScalarExpr>;
struct ScalarExpr {
  enum class Kind : std::uint8_t { aggregate, literal, binary, pipeline };
  Kind kind = Kind::literal;
  Aggregate aggregate = Aggregate::count;
  FieldExprPtr field;
  Value value;
  Op op = Op::add;
  ScalarExprPtr left;
  ScalarExprPtr right;
  std::unique_ptr<Pipeline> pipeline;  // ends with an aggregate
};

struct ScalarFilter {
  Op op = Op::equal;
  ScalarExprPtr left;
  ScalarExprPtr right;
};
struct GroupBy {
  FieldExprPtr field;
};
struct Coalesce {};
struct Select {
  std::vector<FieldExprPtr> fields;
};
// An aggregate that nothing compares: only as the last stage of a scalar in parentheses.
struct BareAggregate {
  ScalarExprPtr scalar;
};
using Stage = std::variant<SpansetExprPtr, ScalarFilter, GroupBy, Coalesce, Select, BareAggregate>;
struct Pipeline {
  std::vector<Stage> stages;
};

enum class MetricsFunction : std::uint8_t {
  rate,
  count_over_time,
  min_over_time,
  max_over_time,
  avg_over_time,
  sum_over_time,
  quantile_over_time,
  histogram_over_time,
  compare
};
std::string_view function_name(MetricsFunction function);

struct MetricsStage {
  MetricsFunction function = MetricsFunction::rate;
  FieldExprPtr field;  // what is measured; null for rate, count_over_time, compare
  std::vector<double> quantiles;
  std::vector<FieldExprPtr> by;
  // compare()
  SpansetExprPtr selection;
  std::int64_t top = 10;
  std::int64_t selection_begin_ns = 0;  // both zero: all times
  std::int64_t selection_end_ns = 0;
};
// What is done with series afterwards.
struct SeriesStage {
  enum class Kind : std::uint8_t { topk, bottomk, filter };
  Kind kind = Kind::topk;
  std::int64_t count = 0;
  Op op = Op::greater;
  Value value;
};

struct Hint {
  std::string name;
  Value value;
  std::string text;
};

// A whole query. Move-only.
struct Query {
  Pipeline pipeline;
  std::optional<MetricsStage> metrics;
  std::vector<SeriesStage> series;
  std::vector<Hint> hints;
  // Every field that expressions name, once.
  std::vector<FieldName> fields;
  bool hint_is(std::string_view name, bool otherwise) const;
  // The one filter that the query is; null when it is anything else.
  const SpansetExpr* single_filter() const;
};
// Reads back as an equal query.
std::string to_string(const Query& query);
std::string to_string(const Pipeline& pipeline);
std::string to_string(const SpansetExpr& expr);
std::string to_string(const ScalarExpr& expr);
std::string to_string(const MetricsStage& stage);

}  // namespace aloft::telemetry::traces::traceql
