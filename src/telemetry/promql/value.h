// What a PromQL query evaluates to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/labels.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/core/native_histogram.h"
#include "telemetry/promql/ast.h"

namespace aloft::telemetry::promql {

// One element of an instant vector. A histogram where the pointer is set, otherwise a float.
struct Sample {
  Labels labels;
  Millis time = 0;
  double value = 0;
  HistogramPtr histogram;
};

struct Point {
  Millis time = 0;
  double value = 0;
  HistogramPtr histogram;
};

struct Series {
  Labels labels;
  std::vector<Point> points;  // in rising time, floats and histograms mixed
};

// A value. Only the member that `type` names is filled.
struct Value {
  ValueType type = ValueType::none;
  Millis time = 0;  // of a scalar or string
  double scalar = 0;
  std::string string;
  std::vector<Sample> vector;  // in the order that the query asked for, otherwise deterministic
  std::vector<Series> matrix;  // sorted by labels
};

struct QueryStats {
  std::uint64_t samples = 0;       // processed; those of windows that overlap count for each of them
  std::uint64_t samples_read = 0;  // those count once
  std::uint64_t peak_samples = 0;  // held at one time
  std::uint64_t series = 0;
};

struct QueryResult {
  Value value;
  std::vector<std::string> warnings;  // "PromQL warning: ... (1:1)", sorted, at most 10 and a remark
  std::vector<std::string> infos;
  QueryStats stats;
};

}  // namespace aloft::telemetry::promql
