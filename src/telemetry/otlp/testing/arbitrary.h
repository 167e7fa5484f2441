// Random messages of OTLP for property tests. Text is UTF-8, as protobuf has it.
#pragma once

#include <rapidcheck.h>

#include "telemetry/otlp/codec/messages.h"

namespace aloft::telemetry::otlp::testing {

rc::Gen<SpanBatch> any_spans();
rc::Gen<MetricsData> any_metrics();
rc::Gen<LogsData> any_logs();

}  // namespace aloft::telemetry::otlp::testing
