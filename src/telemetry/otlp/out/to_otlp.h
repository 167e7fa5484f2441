// Batches back into OpenTelemetry's model, for exporters and files.
#pragma once

#include "telemetry/core/log_batch.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/otlp/codec/messages.h"

namespace aloft::telemetry::otlp {

// `job` and `instance` become service.name (and service.namespace) and service.instance.id. A series is a
// cumulative sum where its metadata or its name says that it counts, else a gauge; native histograms become
// exponential ones, and stale markers points without a recorded value.
MetricsData to_metrics_data(const MetricBatch& batch);
// The labels of a stream become attributes of its resource, fields those of the record, but for what a record
// has members for: severity, trace and span.
LogsData to_logs_data(const LogBatch& batch);

}  // namespace aloft::telemetry::otlp
