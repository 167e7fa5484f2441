// Comparison and arithmetic of TraceQL values.
#include "telemetry/traces/traceql/value.h"

#include <cmath>
#include <limits>

#include "base/go_quote.h"
#include "base/time.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/regex.h"

namespace aloft::telemetry::traces::traceql {
namespace {

template <class T>
bool ordered(Op op, const T& a, const T& b) {
  switch (op) {
    case Op::equal:
      return a == b;
    case Op::not_equal:
      return a != b;
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::greater:
      return a > b;
    case Op::greater_equal:
      return a >= b;
    default:
      return false;
  }
}

bool compare_list(Op op, const Value& left, const Value& right, const Regex* regex) {
  const bool negative = op == Op::not_equal || op == Op::not_regex;
  const Op positive = op == Op::not_equal ? Op::equal : op == Op::not_regex ? Op::regex : op;
  const bool left_is_list = left.type == ValueType::list;
  const std::vector<Value>& items = left_is_list ? *left.list : *right.list;
  const bool any = std::any_of(items.begin(), items.end(), [&](const Value& item) {
    return left_is_list ? compare(positive, item, right, regex) : compare(positive, left, item, regex);
  });
  if (!negative) return any;
  // An attribute that has nothing of the type is no match, as for single values.
  const bool comparable = std::any_of(items.begin(), items.end(), [&](const Value& item) {
    return left_is_list ? compare(op, item, right, regex) : compare(op, left, item, regex);
  });
  return !any && comparable;
}

std::int64_t wrapping(Op op, std::int64_t a, std::int64_t b) {
  const auto x = static_cast<std::uint64_t>(a);
  const auto y = static_cast<std::uint64_t>(b);
  const std::uint64_t sum = op == Op::add ? x + y : op == Op::subtract ? x - y : x * y;
  return static_cast<std::int64_t>(sum);
}

// A double as a whole number; out of range becomes the nearest one.
std::int64_t whole(double value) {
  constexpr double limit = 9223372036854775807.0;
  if (std::isnan(value)) return 0;
  if (value >= limit) return std::numeric_limits<std::int64_t>::max();
  if (value <= -limit) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

Value calculate_integers(Op op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case Op::add:
    case Op::subtract:
    case Op::multiply:
      return integer_value(wrapping(op, a, b));
    case Op::divide:
      if (b == 0) return {};
      // The one quotient that does not fit.
      return b == -1 ? integer_value(wrapping(Op::subtract, 0, a)) : integer_value(a / b);
    case Op::modulo:
      if (b == 0) return {};
      return b == -1 ? integer_value(0) : integer_value(a % b);
    default: {
      const double power = std::pow(static_cast<double>(a), static_cast<double>(b));
      if (b >= 0 && std::abs(power) < 9e15) return integer_value(static_cast<std::int64_t>(power));
      return real_value(power);
    }
  }
}

double calculate_reals(Op op, double a, double b) {
  switch (op) {
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    case Op::modulo:
      return std::fmod(a, b);
    default:
      return std::pow(a, b);
  }
}

}  // namespace

std::string_view status_name(SpanStatus status) {
  constexpr std::array<std::string_view, 3> names = {"unset", "ok", "error"};
  return names[static_cast<std::size_t>(status)];
}

std::string_view kind_name(SpanKind kind) {
  constexpr std::array<std::string_view, 6> names = {"unspecified", "internal", "server",
                                                     "client",      "producer", "consumer"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view op_text(Op op) {
  constexpr std::array<std::string_view, 17> texts = {"+",  "-", "*",  "/",  "%",  "^",  "=",  "!=", "<",
                                                      "<=", ">", ">=", "=~", "!~", "&&", "||", "!"};
  return texts[static_cast<std::size_t>(op)];
}

bool compare(Op op, const Value& left, const Value& right, const Regex* regex) {
  if (left.is_nil() || right.is_nil()) {
    if (op == Op::equal) return left.is_nil() && right.is_nil();
    if (op == Op::not_equal) return left.is_nil() != right.is_nil();
    return false;
  }
  if (left.type == ValueType::list || right.type == ValueType::list)
    return compare_list(op, left, right, regex);
  if (op == Op::regex || op == Op::not_regex) {
    if (left.type != ValueType::string || regex == nullptr) return false;
    return regex->matches(left.text) == (op == Op::regex);
  }
  if (left.is_numeric() && right.is_numeric()) {
    if (left.type == ValueType::real || right.type == ValueType::real) {
      return ordered(op, left.as_double(), right.as_double());
    }
    return ordered(op, left.number, right.number);
  }
  if (left.type != right.type) return false;
  if (left.type == ValueType::string) return ordered(op, left.text, right.text);
  // Booleans, status and kind have no order.
  if (op != Op::equal && op != Op::not_equal) return false;
  return ordered(op, left.number, right.number);
}

Value calculate(Op op, const Value& left, const Value& right) {
  if (!left.is_numeric() || !right.is_numeric()) return {};
  const bool left_time = left.type == ValueType::duration;
  const bool right_time = right.type == ValueType::duration;
  if (!left_time && !right_time) {
    if (left.type == ValueType::integer && right.type == ValueType::integer) {
      return calculate_integers(op, left.number, right.number);
    }
    return real_value(calculate_reals(op, left.as_double(), right.as_double()));
  }
  // The ratio of two durations is a number; everything else with a duration is one.
  const double result = calculate_reals(op, left.as_double(), right.as_double());
  if ((op == Op::divide && right_time) || op == Op::power) return real_value(result);
  if (std::isnan(result) || std::isinf(result)) return {};
  if ((op == Op::add || op == Op::subtract) && left_time && right_time) {
    return duration_value(wrapping(op, left.number, right.number));
  }
  return duration_value(whole(result));
}

std::string value_text(const Value& value) {
  switch (value.type) {
    case ValueType::nil:
      return "nil";
    case ValueType::integer:
      return std::to_string(value.number);
    case ValueType::real:
      return format_float(value.real);
    case ValueType::string:
      return std::string(value.text);
    case ValueType::boolean:
      return value.number != 0 ? "true" : "false";
    case ValueType::duration:
      return format_duration(Duration(value.number));
    case ValueType::status:
      return std::string(status_name(static_cast<SpanStatus>(value.number)));
    case ValueType::kind:
      return std::string(kind_name(static_cast<SpanKind>(value.number)));
    case ValueType::list:
      break;
  }
  std::string out = "[";
  for (const Value& item : *value.list) {
    if (out.size() > 1) out += ", ";
    out += value_text(item);
  }
  return out + "]";
}

std::string literal_text(const Value& value) {
  // The one number whose opposite is none.
  if (value.type == ValueType::integer && value.number == std::numeric_limits<std::int64_t>::min())
    return "minInt";
  if (value.type == ValueType::real) {
    // Whole numbers keep their point, so that they are read again as what they are.
    std::string text = fmt::format("{}", value.real);
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    return text;
  }
  if (value.type != ValueType::string) return value_text(value);
  return go_quote(value.text);
}

AttributeValue to_attribute(const Value& value) {
  AttributeValue out;
  switch (value.type) {
    case ValueType::integer:
      out.data = value.number;
      break;
    case ValueType::real:
      out.data = value.real;
      break;
    case ValueType::boolean:
      out.data = value.number != 0;
      break;
    case ValueType::list: {
      AttributeList list;
      for (const Value& item : *value.list) list.push_back(to_attribute(item));
      out.data = std::move(list);
      break;
    }
    default:
      out.data = value_text(value);
  }
  return out;
}

}  // namespace aloft::telemetry::traces::traceql
