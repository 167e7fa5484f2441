// Values of queries as JSON.
#pragma once

#include <string>

#include "telemetry/promql/value.h"

namespace aloft::telemetry::promql::api {

// The "result" of an answer: `[{"metric":{...},"values":[[1.5,"2"]]}]`.
void append_result(std::string& out, const Value& value);
// 1600000000.781
void append_time(std::string& out, Millis time);
// A number without quotes around it; with an exponent below 1e-6 and from 1e21 on.
void append_number(std::string& out, double value);

}  // namespace aloft::telemetry::promql::api
