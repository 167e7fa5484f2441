// Binary operators on two samples.
#include "telemetry/promql/eval/element.h"

#include <cmath>

#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

ElementResult keep(NativeHistogram histogram) {
  ElementResult out;
  out.result.histogram = std::make_shared<const NativeHistogram>(std::move(histogram));
  out.keep = true;
  return out;
}

ElementResult incompatible(BinaryOp op, std::string_view left, std::string_view right, Span span,
                           Annotations& notes) {
  notes.info(fmt::format("incompatible sample types encountered for binary operator {}: {} {} {}",
                         quote(to_string(op)), left, to_string(op), right),
             span);
  ElementResult out;
  out.failed = true;
  return out;
}

ElementResult floats(BinaryOp op, double left, double right, Span span, Annotations& notes) {
  if (op == BinaryOp::trim_lower || op == BinaryOp::trim_upper)
    return incompatible(op, "float", "float", span, notes);
  ElementResult out;
  if (is_comparison(op)) {
    out.result.value = left;
    out.keep = scalar_operation(op, left, right) != 0;
  } else {
    out.result.value = scalar_operation(op, left, right);
    out.keep = true;
  }
  return out;
}

ElementResult histogram_and_float(BinaryOp op, const NativeHistogram& left, double right, Span span,
                                  Annotations& notes) {
  NativeHistogram result = left;
  switch (op) {
    case BinaryOp::mul:
      multiply(result, right);
      compact(result);
      return keep(std::move(result));
    case BinaryOp::div:
      divide(result, right);
      compact(result);
      return keep(std::move(result));
    case BinaryOp::trim_upper:
    case BinaryOp::trim_lower:
      trim(result, right, op == BinaryOp::trim_upper);
      return keep(std::move(result));
    default:
      return incompatible(op, "histogram", "float", span, notes);
  }
}

ElementResult sum_or_difference(BinaryOp op, const NativeHistogram& left, const NativeHistogram& right,
                                Span span, Annotations& notes) {
  NativeHistogram result = left;
  const bool sum = op == BinaryOp::add;
  const std::string_view name = sum ? "addition" : "subtraction";
  const HistogramOutcome outcome = sum ? add(result, right) : subtract(result, right);
  if (outcome.incompatible)
    notes.warn(fmt::format("incompatible bucket layout encountered for binary operator {}", to_string(op)),
               span);
  if (outcome.reset_collision)
    notes.warn(fmt::format("conflicting counter resets during histogram {}", name), span);
  if (outcome.incompatible || outcome.reset_collision) {
    ElementResult out;
    out.failed = true;
    return out;
  }
  if (outcome.bounds_reconciled)
    notes.info(fmt::format("mismatched custom buckets were reconciled during {}", name), span);
  if (!sum) result.reset_hint = NativeHistogram::ResetHint::gauge;
  compact(result);
  return keep(std::move(result));
}

ElementResult histograms(BinaryOp op, const Element& left, const Element& right, Span span,
                         Annotations& notes) {
  switch (op) {
    case BinaryOp::add:
    case BinaryOp::sub:
      return sum_or_difference(op, *left.histogram, *right.histogram, span, notes);
    case BinaryOp::eq:
    case BinaryOp::ne: {
      ElementResult out;
      out.result.histogram = left.histogram;
      out.keep = same_histogram(*left.histogram, *right.histogram) == (op == BinaryOp::eq);
      return out;
    }
    default:
      return incompatible(op, "histogram", "histogram", span, notes);
  }
}

}  // namespace

double scalar_operation(BinaryOp op, double left, double right) {
  switch (op) {
    case BinaryOp::add:
      return left + right;
    case BinaryOp::sub:
      return left - right;
    case BinaryOp::mul:
      return left * right;
    case BinaryOp::div:
      return left / right;
    case BinaryOp::mod:
      return std::fmod(left, right);
    case BinaryOp::pow:
      return std::pow(left, right);
    case BinaryOp::atan2:
      return std::atan2(left, right);
    case BinaryOp::eq:
      return left == right ? 1 : 0;
    case BinaryOp::ne:
      return left != right ? 1 : 0;
    case BinaryOp::lt:
      return left < right ? 1 : 0;
    case BinaryOp::gt:
      return left > right ? 1 : 0;
    case BinaryOp::le:
      return left <= right ? 1 : 0;
    case BinaryOp::ge:
      return left >= right ? 1 : 0;
    default:
      return std::nan("");
  }
}

ElementResult element_operation(BinaryOp op, const Element& left, const Element& right, Span span,
                                Annotations& notes) {
  if (!left.histogram && !right.histogram) return floats(op, left.value, right.value, span, notes);
  if (left.histogram && right.histogram) return histograms(op, left, right, span, notes);
  if (left.histogram) return histogram_and_float(op, *left.histogram, right.value, span, notes);
  if (op != BinaryOp::mul) return incompatible(op, "float", "histogram", span, notes);
  return histogram_and_float(op, *right.histogram, left.value, span, notes);
}

bool changes_metric(BinaryOp op) { return op <= BinaryOp::atan2; }

}  // namespace aloft::telemetry::promql
