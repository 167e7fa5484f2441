// Binary operators on two samples, floats or native histograms.
#pragma once

#include "telemetry/core/native_histogram.h"
#include "telemetry/promql/eval/annotations.h"

namespace aloft::telemetry::promql {

struct Element {
  double value = 0;
  HistogramPtr histogram;
};

// What an operator gave. `keep` is false where a comparison is false; then `result` is the left side still.
struct ElementResult {
  Element result;
  bool keep = false;
  bool failed = false;  // there is no result, and a note says why
};

// Of two floats; comparisons give 1 or 0.
double scalar_operation(BinaryOp op, double left, double right);
// Notes name `span`, the whole operation.
ElementResult element_operation(BinaryOp op, const Element& left, const Element& right, Span span,
                                Annotations& notes);
// +, -, *, /, %, ^ and atan2: the result is another quantity, so the metric name goes.
bool changes_metric(BinaryOp op);

}  // namespace aloft::telemetry::promql
