// Which series an export becomes.
#include "telemetry/otlp/translate/metric_translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/core/durations.h"

namespace aloft::telemetry::otlp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr std::uint64_t second = 1'000'000'000;

Attribute text_attribute(std::string key, std::string value) {
  Attribute out;
  out.key = std::move(key);
  out.value.data = std::move(value);
  return out;
}

class Translator : public ::testing::Test {
 protected:
  // Every sample as "series time value".
  std::vector<std::string> run(MetricsData data, WallTime now = WallTime{1000s}) {
    refusals_ = Refusals();
    batch_ = translator_.translate(std::move(data), now, refusals_);
    std::vector<std::string> out;
    for (const SampleRef& sample : batch_.samples) {
      std::string scratch;
      const auto labels = canonical_labels(sample.labels, scratch);
      EXPECT_TRUE(labels && labels->encoded() == sample.labels) << "encoded labels are not canonical";
      out.push_back(fmt::format("{} {} {}", LabelsView(sample.labels).to_string(), sample.time,
                                is_stale(sample.value) ? "stale" : format_float(sample.value)));
    }
    return out;
  }
  static MetricsData one(Metric metric, Attributes resource = {}) {
    MetricsData data;
    data.resources.emplace_back().resource = std::move(resource);
    data.resources[0].scopes.emplace_back().metrics.push_back(std::move(metric));
    return data;
  }
  static NumberPoint point(double value, std::uint64_t time_ns, Attributes attributes = {}) {
    NumberPoint out;
    out.value = value;
    out.time_ns = time_ns;
    out.attributes = std::move(attributes);
    return out;
  }
  static Metric counter(std::vector<NumberPoint> points, Temporality temporality = Temporality::cumulative) {
    Metric metric;
    metric.name = "http.requests";
    metric.description = "Requests.";
    metric.data = SumData{std::move(points), temporality, true};
    return metric;
  }

  MetricSettings settings_;
  MetricTranslator translator_{settings_};
  MetricBatch batch_;
  Refusals refusals_;
};

TEST_F(Translator, a_sum_becomes_a_counter_with_job_and_instance) {
  const Attributes resource = {text_attribute("service.name", "shop"),
                               text_attribute("service.namespace", "eu"),
                               text_attribute("service.instance.id", "i1")};
  EXPECT_THAT(run(one(counter({point(5, 2 * second, {text_attribute("http.method", "GET")})}), resource)),
              ElementsAre(R"(http_requests_total{http_method="GET", instance="i1", job="eu/shop"} 2000 5)"));
  ASSERT_EQ(batch_.metadata.size(), 1u);
  EXPECT_EQ(batch_.metadata[0].family, "http_requests_total");
  EXPECT_EQ(batch_.metadata[0].type, MetricType::counter);
  EXPECT_EQ(batch_.metadata[0].help, "Requests.");
}

TEST_F(Translator, the_start_of_a_count_is_told_where_it_is_wanted) {
  NumberPoint started = point(5, 20 * second);
  started.start_ns = 7 * second;
  run(one(counter({started})));
  EXPECT_TRUE(batch_.starts.empty());
  settings_.zero_at_start = true;
  MetricTranslator telling(settings_);
  const MetricBatch batch = telling.translate(one(counter({started})), WallTime{}, refusals_);
  ASSERT_EQ(batch.starts.size(), 1u);
  EXPECT_EQ(batch.starts[0].labels, batch.samples[0].labels);
  EXPECT_EQ(batch.starts[0].start, 7000);
  EXPECT_EQ(batch.starts[0].time, 20'000);
  // A delta begins where the one before it ended, and a gauge nowhere.
  EXPECT_TRUE(
      telling.translate(one(counter({started}, Temporality::delta)), WallTime{}, refusals_).starts.empty());
  Metric gauge;
  gauge.name = "level";
  gauge.data = GaugeData{{started}};
  EXPECT_TRUE(telling.translate(one(gauge), WallTime{}, refusals_).starts.empty());
}

TEST_F(Translator, other_attributes_of_a_resource_are_labels_of_target_info) {
  const Attributes resource = {text_attribute("service.name", "shop"),
                               text_attribute("cloud.region", "eu-1")};
  EXPECT_THAT(
      run(one(counter({point(5, 2 * second), point(6, 302 * second, {text_attribute("a", "b")})}), resource)),
      ElementsAre(R"(http_requests_total{job="shop"} 2000 5)",
                  R"(http_requests_total{a="b", job="shop"} 302000 6)",
                  R"(target_info{cloud_region="eu-1", job="shop"} 2000 1)",
                  R"(target_info{cloud_region="eu-1", job="shop"} 152000 1)",
                  R"(target_info{cloud_region="eu-1", job="shop"} 302000 1)"));
}

TEST_F(Translator, attributes_that_meet_under_one_name_are_joined) {
  EXPECT_THAT(run(one(counter({point(1, second, {text_attribute("a_b", "2"), text_attribute("a.b", "1")})}))),
              ElementsAre(R"(http_requests_total{a_b="1;2"} 1000 1)"));
}

TEST_F(Translator, resource_attributes_can_be_promoted) {
  settings_.promoted = {"cloud.region"};
  settings_.scope_labels = true;
  MetricTranslator promoting(settings_);
  MetricsData data =
      one(counter({point(1, second)}), {text_attribute("cloud.region", "eu"), text_attribute("other", "x")});
  data.resources[0].scopes[0].scope.name = "lib";
  data.resources[0].scopes[0].scope.version = "2";
  const MetricBatch batch = promoting.translate(std::move(data), WallTime{}, refusals_);
  EXPECT_EQ(LabelsView(batch.samples[0].labels).to_string(),
            R"(http_requests_total{cloud_region="eu", otel_scope_name="lib", otel_scope_version="2"})");
}

TEST_F(Translator, delta_points_are_added_up) {
  const auto delta = Temporality::delta;
  EXPECT_THAT(run(one(counter({point(5, 1 * second), point(2, 2 * second)}, delta))),
              ElementsAre("http_requests_total 1000 5", "http_requests_total 2000 7"));
  EXPECT_THAT(run(one(counter({point(1, 3 * second)}, delta))), ElementsAre("http_requests_total 3000 8"));
  EXPECT_THAT(run(one(counter({point(1, 3 * second)}, delta))), ElementsAre());
  EXPECT_EQ(refusals_.count, 1u);
  EXPECT_THAT(refusals_.first, HasSubstr("not newer"));
  // After a long silence the series begins anew.
  EXPECT_THAT(run(one(counter({point(4, 900 * second)}, delta)), WallTime{2000s}),
              ElementsAre("http_requests_total 900000 4"));
}

TEST_F(Translator, beyond_the_limit_new_delta_series_are_refused) {
  settings_.delta.series = 16;
  MetricTranslator small(settings_);
  std::vector<NumberPoint> points;
  for (int i = 0; i < 1000; ++i)
    points.push_back(point(1, second, {text_attribute("id", std::to_string(i))}));
  const MetricBatch batch =
      small.translate(one(counter(std::move(points), Temporality::delta)), WallTime{1000s}, refusals_);
  EXPECT_LE(batch.samples.size(), 32u);
  EXPECT_EQ(refusals_.count + batch.samples.size(), 1000u);
}

HistogramPoint histogram_point() {
  HistogramPoint point;
  point.time_ns = second;
  point.count = 6;
  point.sum = 20;
  point.bounds = {1, 2.5};
  point.bucket_counts = {1, 2, 3};
  Exemplar exemplar;
  exemplar.time_ns = second;
  exemplar.value = 2.0;
  exemplar.trace_id[15] = 1;
  exemplar.attributes = {text_attribute("k", "v")};
  point.exemplars.push_back(exemplar);
  return point;
}

TEST_F(Translator, a_histogram_has_cumulative_buckets_and_exemplars_in_theirs) {
  Metric metric;
  metric.name = "latency";
  metric.unit = "s";
  metric.data = HistogramData{{histogram_point()}, Temporality::cumulative};
  EXPECT_THAT(run(one(metric)), ElementsAre("latency_seconds_sum 1000 20", "latency_seconds_count 1000 6",
                                            R"(latency_seconds_bucket{le="1"} 1000 1)",
                                            R"(latency_seconds_bucket{le="2.5"} 1000 3)",
                                            R"(latency_seconds_bucket{le="+Inf"} 1000 6)"));
  ASSERT_EQ(batch_.exemplars.size(), 1u);
  EXPECT_EQ(LabelsView(batch_.exemplars[0].series).to_string(), R"(latency_seconds_bucket{le="2.5"})");
  EXPECT_EQ(batch_.exemplars[0].labels.to_string(),
            R"({k="v", trace_id="00000000000000000000000000000001"})");
  EXPECT_EQ(batch_.metadata[0].unit, "seconds");
}

TEST_F(Translator, explicit_bounds_can_become_a_native_histogram) {
  settings_.native_histograms = true;
  MetricTranslator native(settings_);
  Metric metric;
  metric.name = "latency";
  metric.data = HistogramData{{histogram_point()}, Temporality::cumulative};
  const MetricBatch batch = native.translate(one(metric), WallTime{}, refusals_);
  ASSERT_EQ(batch.histograms.size(), 1u);
  const NativeHistogram& made = *batch.histograms[0].histogram;
  EXPECT_EQ(made.schema, NativeHistogram::custom_schema);
  EXPECT_THAT(made.custom_bounds, ElementsAre(1, 2.5));
  EXPECT_THAT(made.positive_buckets, ElementsAre(1, 2, 3));
}

TEST_F(Translator, a_summary_has_a_series_for_each_quantile) {
  Metric metric;
  metric.name = "size";
  SummaryPoint point;
  point.time_ns = second;
  point.count = 3;
  point.sum = 9;
  point.quantiles.push_back({0.99, 4});
  metric.data = SummaryData{{point}};
  EXPECT_THAT(run(one(metric)),
              ElementsAre("size_sum 1000 9", "size_count 1000 3", R"(size{quantile="0.99"} 1000 4)"));
}

TEST_F(Translator, a_point_without_a_recorded_value_ends_its_series) {
  NumberPoint gone = point(0, second);
  gone.flags = no_recorded_value;
  gone.value = {};
  EXPECT_THAT(run(one(counter({gone}))), ElementsAre("http_requests_total 1000 stale"));
}

TEST_F(Translator, what_cannot_be_translated_is_counted_and_named) {
  EXPECT_THAT(run(one(counter({point(1, second)}, Temporality::unspecified))), ElementsAre());
  EXPECT_EQ(refusals_.first, R"(metric "http.requests": its aggregation temporality is unspecified)");
  Metric nameless = counter({point(1, second)});
  nameless.name = "...";
  EXPECT_THAT(run(one(nameless)), ElementsAre());
  EXPECT_EQ(refusals_.count, 1u);
}

TEST_F(Translator, a_point_without_a_time_is_of_now) {
  EXPECT_THAT(run(one(counter({point(1, 0)}))), ElementsAre("http_requests_total 1000000 1"));
}

}  // namespace
}  // namespace aloft::telemetry::otlp
