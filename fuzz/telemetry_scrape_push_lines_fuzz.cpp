// Lines of InfluxDB, Graphite and StatsD: the first byte chooses the protocol. Labels that are given must be
// canonical.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "telemetry/scrape/push/graphite_lines.h"
#include "telemetry/scrape/push/influx_lines.h"
#include "telemetry/scrape/push/statsd_state.h"

namespace {

using namespace aloft::telemetry;

void check(const MetricBatch& batch) {
  std::string scratch;
  for (const SampleRef& sample : batch.samples) {
    const auto labels = canonical_labels(sample.labels, scratch);
    if (!labels || labels->encoded() != sample.labels || labels->metric_name().empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry::scrape;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Rejections rejections;
  if (data[0] % 3 == 0) {
    if (const auto batch = read_influx_lines(text, {.now = 1}, rejections)) check(*batch);
  } else if (data[0] % 3 == 1) {
    check(read_graphite_lines(text, 1, rejections));
  } else {
    StatsdState state;
    read_statsd_lines(
        text, [&](const StatsdEvent& event) { state.add(event, aloft::WallTime{}); }, rejections);
    check(state.flush(aloft::WallTime{}));
  }
  return 0;
}
