// Graphite's plaintext protocol: path[;tag=value]* value [time]. The path stays the metric's name, with its
// dots; tags are labels. Source: Graphite documentation, "Feeding in your data" and "Tag support".
#pragma once

#include <string_view>

#include "telemetry/core/metric_batch.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {

// Times are seconds, possibly with a fraction; none, 0 and -1 stand for `now`. A damaged line is counted and
// left out.
MetricBatch read_graphite_lines(std::string_view text, Millis now, Rejections& rejections);

}  // namespace aloft::telemetry::scrape
