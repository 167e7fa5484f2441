// Values that TraceQL expressions work on: what literals are and what attributes and intrinsic fields of
// spans give. Text is borrowed from the query or from the table a span stands in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/attributes.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry {
class Regex;
}

namespace aloft::telemetry::traces::traceql {

enum class ValueType : std::uint8_t { nil, integer, real, string, boolean, duration, status, kind, list };

struct Value {
  ValueType type = ValueType::nil;
  std::int64_t number = 0;  // integer, boolean, duration (ns), status, kind
  double real = 0;
  std::string_view text;
  const std::vector<Value>* list = nullptr;

  bool is_nil() const { return type == ValueType::nil; }
  bool is_numeric() const {
    return type == ValueType::integer || type == ValueType::real || type == ValueType::duration;
  }
  bool is_true() const { return type == ValueType::boolean && number != 0; }
  double as_double() const { return type == ValueType::real ? real : static_cast<double>(number); }
};

inline Value integer_value(std::int64_t n) { return {.type = ValueType::integer, .number = n}; }
inline Value real_value(double d) { return {.type = ValueType::real, .real = d}; }
inline Value string_value(std::string_view s) { return {.type = ValueType::string, .text = s}; }
inline Value boolean_value(bool b) { return {.type = ValueType::boolean, .number = b ? 1 : 0}; }
inline Value duration_value(std::int64_t ns) { return {.type = ValueType::duration, .number = ns}; }
inline Value status_value(SpanStatus s) { return {.type = ValueType::status, .number = static_cast<int>(s)}; }
inline Value kind_value(SpanKind k) { return {.type = ValueType::kind, .number = static_cast<int>(k)}; }

std::string_view status_name(SpanStatus status);  // "unset", "ok", "error"
std::string_view kind_name(SpanKind kind);        // "unspecified", "internal", ...

enum class Op : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  modulo,
  power,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  regex,
  not_regex,
  logical_and,
  logical_or,
  logical_not
};
std::string_view op_text(Op op);
inline bool is_arithmetic(Op op) { return op <= Op::power; }
inline bool is_comparison(Op op) { return op >= Op::equal && op <= Op::not_regex; }

// Comparison of two values. Values of different types never compare as true, not even as unequal; numbers
// and durations are of one type here. Of a list some element must match, and with != and !~ none may be
// equal. `regex` for =~ and !~.
bool compare(Op op, const Value& left, const Value& right, const Regex* regex = nullptr);
// Nil for what is no number and for a division of integers by zero.
Value calculate(Op op, const Value& left, const Value& right);

// As people see it: "error", "1.5s", "nil"; strings as they are.
std::string value_text(const Value& value);
// As the query language writes it; strings quoted.
std::string literal_text(const Value& value);
// For answers: durations, status and kind become strings, nil becomes "nil", as Tempo gives them.
AttributeValue to_attribute(const Value& value);

}  // namespace aloft::telemetry::traces::traceql
