// The tree as /api/v1/parse_query gives it. Keys are in the order of the alphabet, as Go writes maps.
#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/promql/functions.h"
#include "telemetry/promql/parser.h"
#include "telemetry/promql/syntax/printer.h"

namespace aloft::telemetry::promql {
namespace {

class TreeWriter {
 public:
  explicit TreeWriter(std::string& out) : json_(out) {}

  void write(const Expr* expr) {
    if (expr == nullptr) {
      json_.null();
      return;
    }
    json_.begin_object();
    fields(*expr);
    json_.end_object();
  }

 private:
  void fields(const Expr& expr) {
    switch (expr.kind) {
      case NodeKind::number:
        return number(as<NumberLiteral>(expr));
      case NodeKind::string:
        text("type", "stringLiteral");
        return text("val", as<StringLiteral>(expr).value);
      case NodeKind::vector_selector:
        return vector_selector(as<VectorSelector>(expr), nullptr);
      case NodeKind::matrix_selector:
        return vector_selector(as<MatrixSelector>(expr).vector(), &as<MatrixSelector>(expr));
      case NodeKind::subquery:
        return subquery(as<Subquery>(expr));
      case NodeKind::call:
        return call(as<Call>(expr));
      case NodeKind::aggregate:
        return aggregate(as<Aggregate>(expr));
      case NodeKind::binary:
        return binary(as<Binary>(expr));
      case NodeKind::unary:
        child("expr", as<Unary>(expr).expr.get());
        text("op", as<Unary>(expr).negative ? "-" : "+");
        return text("type", "unaryExpr");
      case NodeKind::paren:
        child("expr", as<Paren>(expr).expr.get());
        return text("type", "parenExpr");
      case NodeKind::duration:
        return duration(as<DurationExpr>(expr));
      case NodeKind::step_invariant:
        return fields(*as<StepInvariant>(expr).expr);
    }
  }

  void text(std::string_view key, std::string_view value) { json_.key(key).string(value); }
  void flag(std::string_view key, bool value) { json_.key(key).boolean(value); }
  void millis(std::string_view key, Millis value) { json_.key(key).number(static_cast<std::int64_t>(value)); }
  void child(std::string_view key, const Expr* expr) {
    json_.key(key);
    write(expr);
  }
  void list(std::string_view key, const std::vector<std::string>& names) {
    json_.key(key).begin_array();
    for (const std::string& name : names) json_.string(name);
    json_.end_array();
  }
  void optional_number(std::string_view key, const std::optional<double>& value) {
    json_.key(key);
    if (value)
      json_.number(*value);
    else
      json_.null();
  }

  // Inside a duration, numbers say how they were written.
  void duration_child(std::string_view key, const Expr* expr) {
    if (expr == nullptr || expr->kind != NodeKind::number) return child(key, expr);
    const auto& literal = as<NumberLiteral>(*expr);
    json_.key(key).begin_object();
    flag("duration", literal.is_duration);
    number(literal);
    json_.end_object();
  }

  void number(const NumberLiteral& node) {
    text("type", "numberLiteral");
    text("val", format_float(node.value));
  }

  void duration(const DurationExpr& node) {
    duration_child("lhs", node.lhs.get());
    text("op", to_string(node.op));
    duration_child("rhs", node.rhs.get());
    text("type", "durationExpr");
    flag("wrapped", node.wrapped);
  }

  void edges(const TimeModifiers& time) {
    json_.key("startOrEnd");
    if (time.at_edge == AtEdge::none)
      json_.null();
    else
      json_.string(time.at_edge == AtEdge::start ? "start" : "end");
  }

  void timestamp(const TimeModifiers& time) {
    json_.key("timestamp");
    if (time.at)
      json_.number(static_cast<std::int64_t>(*time.at));
    else
      json_.null();
  }

  void vector_selector(const VectorSelector& node, const MatrixSelector* matrix) {
    flag("anchored", node.anchored);
    json_.key("matchers").begin_array();
    for (const Matcher& matcher : node.matchers) {
      json_.begin_object();
      text("name", matcher.name());
      text("type", to_string(matcher.type()));
      text("value", matcher.value());
      json_.end_object();
    }
    json_.end_array();
    text("name", node.name);
    millis("offset", node.time.offset);
    child("offsetExpr", node.time.offset_expr.get());
    if (matrix != nullptr) {
      millis("range", matrix->range);
      child("rangeExpr", matrix->range_expr.get());
    }
    flag("smoothed", node.smoothed);
    edges(node.time);
    timestamp(node.time);
    text("type", matrix != nullptr ? "matrixSelector" : "vectorSelector");
  }

  void subquery(const Subquery& node) {
    child("expr", node.expr.get());
    millis("offset", node.time.offset);
    child("offsetExpr", node.time.offset_expr.get());
    millis("range", node.range);
    child("rangeExpr", node.range_expr.get());
    edges(node.time);
    millis("step", node.step);
    child("stepExpr", node.step_expr.get());
    timestamp(node.time);
    text("type", "subquery");
  }

  void call(const Call& node) {
    json_.key("args").begin_array();
    for (const ExprPtr& arg : node.args) write(arg.get());
    json_.end_array();
    json_.key("func").begin_object();
    json_.key("argTypes").begin_array();
    for (const ValueType type : node.function->args) json_.string(type_name(type));
    json_.end_array();
    text("name", node.function->name);
    text("returnType", type_name(node.function->returns));
    json_.key("variadic").number(static_cast<std::int64_t>(node.function->variadic));
    json_.end_object();
    text("type", "call");
  }

  void aggregate(const Aggregate& node) {
    child("expr", node.expr.get());
    list("grouping", node.grouping);
    text("op", to_string(node.op));
    child("param", node.param.get());
    text("type", "aggregation");
    flag("without", node.without);
  }

  void binary(const Binary& node) {
    flag("bool", node.return_bool);
    child("lhs", node.lhs.get());
    json_.key("matching");
    if (node.matching)
      matching(*node.matching);
    else
      json_.null();
    text("op", to_string(node.op));
    child("rhs", node.rhs.get());
    text("type", "binaryExpr");
  }

  void matching(const VectorMatching& node) {
    json_.begin_object();
    text("card", to_string(node.card));
    json_.key("fillValues").begin_object();
    optional_number("lhs", node.fill_left);
    optional_number("rhs", node.fill_right);
    json_.end_object();
    list("include", node.include);
    list("labels", node.labels);
    flag("on", node.on);
    json_.end_object();
  }

  JsonWriter json_;
};

}  // namespace

std::string to_json(const Expr& expr) {
  std::string out;
  TreeWriter(out).write(&expr);
  return out;
}

}  // namespace aloft::telemetry::promql
