// Samples of one series from several places become one column: in rising time, one sample a time, the one
// that was written last.
#pragma once

#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::metrics {

// Brings a column whose later parts may overlap earlier ones into order; of equal times the last stays. Does
// nothing, quickly, where all is in order already.
void put_in_order(Column& column);
// Removes the samples of from <= time <= to at or behind index `begin`.
void erase_range(Column& column, std::size_t begin, Millis from, Millis to);
void append_sample(Column& to, const Column& from, std::size_t at);
// Part of a column.
void append_range(Column& to, const Column& from, std::size_t begin, std::size_t end);

}  // namespace aloft::telemetry::metrics
