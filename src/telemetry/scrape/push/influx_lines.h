// InfluxDB's line protocol: measurement,tag=value field=1,other=2i 1700000000000000000. Each field becomes a
// sample of measurement_field with the tags as labels, as VictoriaMetrics names them. Source: InfluxDB v2
// line protocol reference.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {

// Nanoseconds of one unit of a timestamp: "ns" (also "", "n"), "us" ("u"), "ms", "s", "m", "h". Error:
// bad_request for other names.
Result<std::int64_t> influx_precision(std::string_view name);

struct InfluxOptions {
  Millis now = 0;                                           // of lines without a time
  std::int64_t unit_ns = 1;                                 // of their times
  std::vector<std::pair<std::string, std::string>> labels;  // of lines without a tag of that name
};
// Whole numbers, floats and truth values (1 and 0) are taken, texts only where they are numbers. A damaged
// line is counted and left out. Error: too_large for more samples than a request may hold.
Result<MetricBatch> read_influx_lines(std::string_view text, const InfluxOptions& options,
                                      Rejections& rejections);

}  // namespace aloft::telemetry::scrape
