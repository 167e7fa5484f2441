// What sampling keeps, and what is counted from spans.
#include <gtest/gtest.h>

#include "telemetry/traces/derive/head_sampling.h"
#include "telemetry/traces/derive/span_metrics.h"
#include "telemetry/traces/derive/tail_sampling.h"
#include "telemetry/traces/testing/spans.h"

namespace aloft::telemetry::traces {
namespace {

using testing::batch_of;
using testing::make_span;
using testing::one_span;

TEST(HeadSampler, keeps_its_share_of_whole_traces) {
  Metrics metrics;
  HeadSampler sampler({.probability = 0.25, .by_service = {{"loud", 0}}}, metrics);
  std::vector<Span> spans;
  for (std::uint64_t trace = 1; trace <= 4000; ++trace) {
    for (std::uint64_t i = 0; i < 2; ++i) spans.push_back(make_span(trace, i + 1, "x"));
  }
  SpanBatch batch = batch_of(spans);
  sampler.process(batch);
  std::map<TraceId, int> kept;
  for (const Span& span : batch.resources[0].scopes[0].spans) ++kept[span.trace_id];
  EXPECT_NEAR(static_cast<double>(kept.size()), 1000, 120);
  for (const auto& [trace, count] : kept) EXPECT_EQ(count, 2);
  SpanBatch loud = batch_of(spans, "loud");
  sampler.process(loud);
  EXPECT_EQ(loud.span_count(), 0U);
}

class KeptSpans final : public Exporter<SpanBatch> {
 public:
  std::string_view name() const override { return "kept"; }
  Result<WriteReport> write(const SpanBatch& batch) override {
    spans += batch.span_count();
    for (const ResourceSpans& resource : batch.resources) {
      for (const ScopeSpans& scope : resource.scopes) {
        for (const Span& span : scope.spans) traces.insert(span.trace_id);
      }
    }
    return WriteReport{};
  }
  std::size_t spans = 0;
  std::set<TraceId> traces;
};

class TailSamplerTest : public ::testing::Test {
 protected:
  TailSampler make(TailSamplingSettings settings) {
    return TailSampler(kept_, std::move(settings), clock_, metrics_);
  }
  void wait(TailSampler& sampler, Duration duration) {
    clock_.now = clock_.now + duration;
    sampler.decide_due();
  }
  KeptSpans kept_;
  testing::TestClock clock_;
  Metrics metrics_;
};

TEST_F(TailSamplerTest, decides_about_whole_traces_when_they_are_quiet) {
  TailSampler sampler = make({.policies = {{.kind = SamplingPolicy::Kind::status_error}}});
  Span failed = make_span(1, 2, "late", 1);
  failed.status = SpanStatus::error;
  ASSERT_TRUE(sampler.write(one_span(make_span(1, 1, "first"))));
  ASSERT_TRUE(sampler.write(one_span(make_span(2, 3, "fine"))));
  wait(sampler, 3s);
  EXPECT_EQ(kept_.spans, 0U);
  ASSERT_TRUE(sampler.write(one_span(failed)));
  wait(sampler, 3s);
  EXPECT_EQ(kept_.spans, 0U);
  EXPECT_EQ(sampler.waiting(), 1U);
  wait(sampler, 3s);
  EXPECT_EQ(kept_.spans, 2U);
  ASSERT_TRUE(sampler.write(one_span(make_span(1, 9, "straggler"))));
  ASSERT_TRUE(sampler.write(one_span(make_span(2, 9, "straggler"))));
  EXPECT_EQ(kept_.spans, 3U);
  EXPECT_EQ(kept_.traces.size(), 1U);
}

TEST_F(TailSamplerTest, policies_look_at_latency_attributes_and_each_other) {
  using Kind = SamplingPolicy::Kind;
  const SamplingPolicy slow{.kind = Kind::latency, .latency = 5ms};
  const SamplingPolicy shop{.kind = Kind::attribute, .key = "service.name", .values = {"shop"}};
  const auto keeps = [&](const SamplingPolicy& policy, std::uint64_t trace, std::uint64_t length) {
    kept_.traces.clear();
    TailSampler sampler = make({.policies = {policy}});
    EXPECT_TRUE(sampler.write(one_span(make_span(trace, length, "x"))));
    sampler.decide_all();
    return !kept_.traces.empty();
  };
  EXPECT_TRUE(keeps(slow, 1, 5));
  EXPECT_FALSE(keeps(slow, 1, 4));
  EXPECT_TRUE(keeps(shop, 1, 1));
  EXPECT_TRUE(keeps({.kind = Kind::all, .parts = {slow, shop}}, 1, 6));
  EXPECT_FALSE(keeps({.kind = Kind::all, .parts = {slow, shop}}, 1, 1));
  EXPECT_TRUE(keeps({.kind = Kind::any, .parts = {slow, shop}}, 1, 1));
  EXPECT_FALSE(keeps({.kind = Kind::inverse, .parts = {shop}}, 1, 1));
  EXPECT_FALSE(keeps({.kind = Kind::probability, .probability = 0}, 1, 1));
}

TEST_F(TailSamplerTest, a_rate_limit_lets_so_many_spans_through) {
  TailSampler sampler =
      make({.policies = {{.kind = SamplingPolicy::Kind::rate_limit, .spans_per_second = 10}}});
  for (std::uint64_t trace = 1; trace <= 30; ++trace)
    ASSERT_TRUE(sampler.write(one_span(make_span(trace, 1, "x"))));
  sampler.decide_all();
  EXPECT_EQ(kept_.spans, 10U);
}

TEST_F(TailSamplerTest, what_waits_is_bounded) {
  TailSampler sampler = make({.policies = {{}}, .traces = 10});
  for (std::uint64_t trace = 1; trace <= 100; ++trace) {
    ASSERT_TRUE(sampler.write(one_span(make_span(trace, 1, "x"))));
    EXPECT_LE(sampler.waiting(), 10U);
  }
  EXPECT_EQ(kept_.spans, 90U);
}

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
