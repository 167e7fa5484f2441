// The numbers about ourselves, as Prometheus scrapes them.
#include "base/metrics.h"

#include <cmath>
#include <limits>
#include <thread>

#include <gtest/gtest.h>

namespace aloft {
namespace {

TEST(Metrics, the_exposition_is_the_text_format_of_prometheus) {
  Metrics metrics;
  metrics.counter("aloft_requests_total", "Requests answered.", {{"verb", "GET"}, {"code", "200"}}).add(3);
  metrics.counter("aloft_requests_total", "Requests answered.", {{"verb", "PUT"}, {"code", "409"}}).add();
  metrics.gauge("aloft_pods", "Pods that run here.").set(2.5);
  Histogram& seconds =
      metrics.histogram("aloft_wait_seconds", "Time in the queue.", {0.005, 1, 10}, {{"queue", "a"}});
  for (const double value : {0.001, 0.005, 0.5, 3.0, 100.0}) seconds.observe(value);
  EXPECT_EQ(metrics.render(), R"(# HELP aloft_pods Pods that run here.
# TYPE aloft_pods gauge
aloft_pods 2.5
# HELP aloft_requests_total Requests answered.
# TYPE aloft_requests_total counter
aloft_requests_total{code="200",verb="GET"} 3
aloft_requests_total{code="409",verb="PUT"} 1
# HELP aloft_wait_seconds Time in the queue.
# TYPE aloft_wait_seconds histogram
aloft_wait_seconds_bucket{queue="a",le="0.005"} 2
aloft_wait_seconds_bucket{queue="a",le="1"} 3
aloft_wait_seconds_bucket{queue="a",le="10"} 4
aloft_wait_seconds_bucket{queue="a",le="+Inf"} 5
aloft_wait_seconds_sum{queue="a"} 103.506
aloft_wait_seconds_count{queue="a"} 5
)");
}

TEST(Metrics, help_and_label_values_are_escaped) {
  Metrics metrics;
  metrics.gauge("g", "a \\ and\na \"quote\"", {{"path", "C:\\x\n\"y\""}}).set(1);
  EXPECT_EQ(metrics.render(),
            "# HELP g a \\\\ and\\na \"quote\"\n# TYPE g gauge\ng{path=\"C:\\\\x\\n\\\"y\\\"\"} 1\n");
}

TEST(Metrics, registering_again_gives_the_same_handle_whatever_the_order_of_labels) {
  Metrics metrics;
  Counter& first = metrics.counter("c", "help", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(&first, &metrics.counter("c", "help", {{"b", "2"}, {"a", "1"}}));
  EXPECT_NE(&first, &metrics.counter("c", "help", {{"a", "1"}}));
  EXPECT_EQ(&metrics.histogram("h", "help", {1, 2}), &metrics.histogram("h", "help", {1, 2}));
  EXPECT_EQ(&metrics.gauge("g", "help"), &metrics.gauge("g", "help"));
}

TEST(Metrics, numbers_that_are_no_numbers_have_their_names) {
  Metrics metrics;
  Gauge& gauge = metrics.gauge("g", "help");
  gauge.set(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(metrics.render().ends_with("\ng +Inf\n"));
  gauge.set(-std::numeric_limits<double>::infinity());
  EXPECT_TRUE(metrics.render().ends_with("\ng -Inf\n"));
  gauge.set(std::nan(""));
  EXPECT_TRUE(metrics.render().ends_with("\ng NaN\n"));
}

TEST(Metrics, a_bound_belongs_to_its_bucket_and_nan_to_the_last) {
  Histogram histogram({1, 2});
  histogram.observe(1);
  histogram.observe(std::nextafter(1.0, 2.0));
  EXPECT_EQ(histogram.count_up_to(0), 1U);
  EXPECT_EQ(histogram.count_up_to(1), 2U);
  histogram.observe(std::nan(""));
  EXPECT_EQ(histogram.count_up_to(1), 2U);
  EXPECT_EQ(histogram.count_up_to(2), 3U);
}

TEST(Metrics, misuse_is_a_bug) {
  Metrics metrics;
  metrics.counter("c", "help");
  metrics.histogram("h", "help", {1, 2});
  EXPECT_DEATH(metrics.gauge("c", "help"), "one type");
  EXPECT_DEATH(metrics.histogram("h", "help", {1, 3}), "one set of bounds");
  EXPECT_DEATH(metrics.histogram("falling", "help", {2, 1}), "bounds rise");
  EXPECT_DEATH(metrics.counter("bad-name", "help"), "metric name");
  EXPECT_DEATH(metrics.counter("c", "help", {{"1x", ""}}), "label name");
  EXPECT_DEATH(metrics.counter("c", "help", {{"a", "1"}, {"a", "2"}}), "given once");
}

TEST(Metrics, threads_lose_no_count) {
  Metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&metrics] {
        for (int n = 0; n < 1000; ++n) {
          metrics.counter("c", "help").add();
          metrics.gauge("g", "help").add(1);
          metrics.histogram("h", "help", {1}).observe(1);
        }
      });
    }
  }
  EXPECT_EQ(metrics.counter("c", "help").value(), 4000U);
  EXPECT_EQ(metrics.gauge("g", "help").value(), 4000.0);
  EXPECT_EQ(metrics.histogram("h", "help", {1}).sum(), 4000.0);
}

}  // namespace
}  // namespace aloft
