// Our own lines: in order, by level, and bounded.
#include "app/telemetry/log_tap.h"

#include <gtest/gtest.h>

#include "app/telemetry/own_metrics.h"

namespace aloft::app {
namespace {

TEST(LogTap, gives_lines_by_level_once) {
  LogTap tap(std::make_shared<const SystemClock>());
  tap.add(Level::info, "one\n");
  tap.add(Level::error, "two");
  tap.add(Level::info, "three");
  const telemetry::LogBatch batch = tap.take();
  ASSERT_EQ(batch.streams.size(), 2u);
  EXPECT_EQ(batch.streams[0].labels.to_string(), R"({job="aloft", level="info", service_name="aloft"})");
  ASSERT_EQ(batch.streams[0].entries.size(), 2u);
  EXPECT_EQ(batch.streams[0].entries[0].line, "one");
  EXPECT_TRUE(tap.take().streams.empty());
}

TEST(LogTap, a_flood_is_cut_and_says_so) {
  LogTap tap(std::make_shared<const SystemClock>());
  for (int i = 0; i < 1000; ++i) tap.add(Level::info, std::string(1000, 'x'));
  const telemetry::LogBatch batch = tap.take();
  EXPECT_LT(batch.entry_count(), 300u);
  ASSERT_EQ(batch.streams.size(), 2u);
  EXPECT_NE(batch.streams[1].entries[0].line.find("were not kept"), std::string::npos);
}

TEST(OwnMetrics, are_series_of_job_aloft) {
  Metrics metrics;
  metrics.counter("things_total", "Things.").add(3);
  const telemetry::MetricBatch batch = own_metrics(metrics, "127.0.0.1:1", WallTime{5s});
  bool things = false;
  bool up = false;
  for (const telemetry::SampleRef& sample : batch.samples) {
    const telemetry::LabelsView labels(sample.labels);
    EXPECT_EQ(labels.get("job"), "aloft");
    EXPECT_EQ(labels.get("instance"), "127.0.0.1:1");
    EXPECT_EQ(sample.time, 5000);
    things = things || (labels.metric_name() == "things_total" && sample.value == 3);
    up = up || (labels.metric_name() == "up" && sample.value == 1);
  }
  EXPECT_TRUE(things);
  EXPECT_TRUE(up);
}

}  // namespace
}  // namespace aloft::app
