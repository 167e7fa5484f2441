// Our own numbers as a scrape of ourselves: the process' registry and what the kernel says about the process.
#pragma once

#include <string>

#include "base/metrics.h"
#include "base/time.h"
#include "telemetry/core/metric_batch.h"

namespace aloft::app {

// The text exposition: everything registered, and process_* series as every Prometheus client has them.
std::string own_exposition(const Metrics& metrics);
// The same as a batch of job "aloft", with `up`. `instance` is our address.
telemetry::MetricBatch own_metrics(const Metrics& metrics, const std::string& instance, WallTime now);

}  // namespace aloft::app
