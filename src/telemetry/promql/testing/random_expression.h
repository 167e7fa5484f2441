// Random PromQL expressions of every kind, as text, for property tests.
#pragma once

#include <string>

namespace aloft::telemetry::promql::testing {

// Inside rc::check() only. Expressions are of the right types; whether they can be evaluated depends on the
// data.
class ExpressionWriter {
 public:
  // Without what depends on the range of the query: start(), end(), step(), range().
  static ExpressionWriter of_one_instant() {
    ExpressionWriter writer;
    writer.query_range_ = false;
    return writer;
  }
  std::string vector(int depth);
  std::string scalar(int depth);

 private:
  std::string selector();
  std::string range(int depth);
  std::string duration(int depth);
  bool query_range_ = true;
};

}  // namespace aloft::telemetry::promql::testing
