// Rules that compare a plain series with a number: they can be judged sample by sample, while samples come
// in.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "telemetry/core/matcher.h"
#include "telemetry/promql/ast.h"

namespace aloft::telemetry::alerts {

// `selector op number`, `number op selector`, with abs(), unary minus and arithmetic with numbers around the
// selector.
class Threshold {
 public:
  // Nothing when the expression is none, or when judging samples one by one would not be sound: offset, @,
  // bool, several metrics.
  static std::optional<Threshold> recognise(const promql::Expr& expr);
  const std::vector<Matcher>& matchers() const { return matchers_; }
  // The value that the expression gives for a sample; nothing when the comparison does not hold.
  std::optional<double> judge(double sample) const;

 private:
  struct Step {
    enum class Kind : unsigned char {
      absolute,
      negate,
      add,
      subtract,
      subtract_from,
      multiply,
      divide,
      divide_into
    };
    Kind kind;
    double number;
  };
  bool read_side(const promql::Expr& expr);
  std::vector<Matcher> matchers_;
  std::vector<Step> steps_;
  promql::BinaryOp op_ = promql::BinaryOp::gt;
  double limit_ = 0;
};

}  // namespace aloft::telemetry::alerts
