// Samples of many series at the same instants, as the operators of metric queries take and give them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/logs/logql/ast.h"

namespace aloft::telemetry::logs::logql {

// One series: a value for each instant, where it is there.
struct Column {
  Labels labels;
  std::vector<double> values;
  std::vector<std::uint8_t> there;
};

struct Frame {
  std::vector<std::int64_t> times_ns;  // the instants
  std::vector<Column> columns;
  bool scalar = false;  // of a literal: one column without labels
};

Frame aggregate(const Expr& expr, Frame input);
// Error: bad_request for series that do not match one to one (or as the query says).
Result<Frame> combine(const Expr& expr, Frame left, Frame right);
Frame replace_label(const Expr& expr, Frame input);

}  // namespace aloft::telemetry::logs::logql
