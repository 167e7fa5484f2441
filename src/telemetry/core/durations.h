// Durations as PromQL, LogQL and rule files write them: 5m, 1h30m, 1d, 2w, 1y, 100ms.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace aloft::telemetry {

// Units y (365 d), w, d, h, m, s, ms, each at most once and in falling order; "0" is zero. Error: invalid,
// naming the text. Source: prometheus/common model.ParseDuration.
Result<Duration> parse_prometheus_duration(std::string_view text);
// The same units, whole: "1h30m", "5s", "0s".
std::string format_prometheus_duration(Duration duration);

inline double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// Numbers as the HTTP interfaces write sample values: Go's strconv.FormatFloat(v, 'f', -1, 64), with "NaN",
// "+Inf", "-Inf".
std::string format_float(double value);
void append_float(std::string& out, double value);
// As text formats read them: decimal, hex, Inf, NaN in any case, underscores not allowed. False when it is
// no number.
bool parse_float(std::string_view text, double& value);

}  // namespace aloft::telemetry
