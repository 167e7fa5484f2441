// What is counted from spans.
#include <gtest/gtest.h>

#include "telemetry/traces/derive/span_metrics.h"
#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces {
namespace {

using testing::batch_of;
using testing::make_span;
using testing::one_span;

std::map<std::string, double> collected(SpanMetrics& metrics) {
  std::map<std::string, double> out;
  const MetricBatch batch = metrics.collect();
  for (const SampleRef& sample : batch.samples) out[LabelsView(sample.labels).to_string()] = sample.value;
  return out;
}

TEST(SpanMetrics, calls_and_latency_are_counted_by_operation) {
  testing::TestClock clock;
  Metrics own;
  SpanMetrics metrics({}, clock, own);
  Span span = make_span(1, 3, "GET /");
  span.kind = SpanKind::server;
  ASSERT_TRUE(metrics.write(one_span(span)));
  const std::string labels =
      R"(service="shop", span_kind="SPAN_KIND_SERVER", span_name="GET /", status_code="STATUS_CODE_UNSET"})";
  const MetricBatch batch = metrics.collect();
  ASSERT_EQ(batch.exemplars.size(), 1U);
  EXPECT_EQ(batch.exemplars[0].labels.get("trace_id"), to_hex(span.trace_id));
  const auto series = collected(metrics);
  EXPECT_EQ(series.at("traces_spanmetrics_calls_total{" + labels), 1);
  EXPECT_EQ(series.at("traces_spanmetrics_latency_count{" + labels), 1);
  EXPECT_EQ(series.at("traces_spanmetrics_latency_sum{" + labels), 0.003);
  EXPECT_EQ(series.at(R"(traces_spanmetrics_latency_bucket{le="0.002", )" + labels), 0);
  EXPECT_EQ(series.at(R"(traces_spanmetrics_latency_bucket{le="0.004", )" + labels), 1);
  EXPECT_EQ(series.at(R"(traces_spanmetrics_latency_bucket{le="+Inf", )" + labels), 1);
}

TEST(SpanMetrics, the_two_sides_of_a_call_make_an_edge) {
  testing::TestClock clock;
  Metrics own;
  SpanMetrics metrics({}, clock, own);
  Span client = make_span(1, 1, "call");
  client.kind = SpanKind::client;
  Span server = make_span(1, 2, "serve", 1);
  server.kind = SpanKind::server;
  server.status = SpanStatus::error;
  Span query = make_span(1, 3, "SELECT", 2);
  query.kind = SpanKind::client;
  query.attributes = {{"db.system", AttributeValue(std::string("mysql"))},
                      {"db.name", AttributeValue(std::string("items"))}};
  ASSERT_TRUE(metrics.write(one_span(server, "cart")));
  ASSERT_TRUE(metrics.write(one_span(client, "front")));
  ASSERT_TRUE(metrics.write(one_span(query, "cart")));
  const auto series = collected(metrics);
  EXPECT_EQ(series.at(R"(traces_service_graph_request_total{client="front", server="cart"})"), 1);
  EXPECT_EQ(series.at(R"(traces_service_graph_request_failed_total{client="front", server="cart"})"), 1);
  EXPECT_EQ(series.at(R"(traces_service_graph_request_server_seconds_count{client="front", server="cart"})"),
            1);
  EXPECT_EQ(
      series.at(
          R"(traces_service_graph_request_total{client="cart", connection_type="database", server="items"})"),
      1);
}

TEST(SpanMetrics, label_sets_are_bounded) {
  testing::TestClock clock;
  Metrics own;
  SpanMetrics metrics({.series_limit = 5}, clock, own);
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(metrics.write(one_span(make_span(1, 1, "op " + std::to_string(i)))));
  std::size_t calls = 0;
  for (const auto& [name, value] : collected(metrics))
    calls += name.starts_with("traces_spanmetrics_calls_total") ? 1 : 0;
  EXPECT_EQ(calls, 5U);
}

}  // namespace
}  // namespace aloft::telemetry::traces
