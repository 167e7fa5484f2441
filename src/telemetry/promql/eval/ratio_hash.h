// Where in 0..1 limit_ratio places a series.
#pragma once

#include "telemetry/core/labels.h"

namespace aloft::telemetry::promql {

// The XXH64 of the labels in the form that Prometheus hashes, as a fraction: the same series are chosen.
double ratio_offset(LabelsView labels);

}  // namespace aloft::telemetry::promql
