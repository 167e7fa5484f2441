// The `otlp` section of Prometheus' configuration file.
#pragma once

#include "base/result.h"
#include "model/value.h"
#include "telemetry/otlp/translate/metric_translator.h"

namespace aloft::telemetry::otlp {

// A null document gives the defaults. Error: invalid, naming the field.
Result<MetricSettings> metric_settings(const model::Value& section);

}  // namespace aloft::telemetry::otlp
