// Limits, cancelling, parallelism and rules of the engine; what functions mean is in testdata/.
#include "telemetry/promql/engine.h"

#include <atomic>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/metrics/testing/memory_store.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/testing/random_expression.h"

namespace aloft::telemetry::promql {
namespace {

using ::testing::HasSubstr;

int below(int end) { return *rc::gen::inRange(0, end); }

struct EngineTest : ::testing::Test {
  EngineTest() {
    for (int i = 0; i < 50; ++i) {
      const Labels labels{
          {"__name__", "c_total"}, {"i", std::to_string(i)}, {"group", std::to_string(i % 3)}};
      for (Millis t = 0; t <= 600'000; t += 15'000)
        store.add(labels, t, static_cast<double>(t) / 1000 * (i + 1));
    }
  }
  Result<QueryResult> instant(std::string_view text, const QueryOptions& options = {}) {
    return engine.instant(store, **parse(text), 600'000, options);
  }
  std::string error(std::string_view text, const QueryOptions& options = {}) {
    const auto result = instant(text, options);
    return result ? "no error" : result.error().message();
  }
  metrics::MemoryStore store;
  SerialFor serial;
  Engine engine{{}, serial};
};

TEST_F(EngineTest, a_vector_is_in_the_order_of_labels) {
  const auto result = instant("c_total");
  ASSERT_EQ(result->value.vector.size(), 50U);
  EXPECT_TRUE(std::is_sorted(result->value.vector.begin(), result->value.vector.end(),
                             [](const Sample& a, const Sample& b) { return a.labels < b.labels; }));
}

TEST_F(EngineTest, too_many_samples_are_refused) {
  QueryOptions options;
  options.max_samples = 30;
  EXPECT_EQ(error("c_total", options),
            "query processing would load too many samples into memory in query execution");
  EXPECT_EQ(error("rate(c_total[10m])", options),
            "query processing would load too many samples into memory in query execution");
  options.max_samples = 1000;
  EXPECT_EQ(error("c_total", options), "no error");
}

TEST_F(EngineTest, labels_do_not_grow_without_end) {
  std::string join = "c_total";
  std::string replace = "label_replace(c_total, \"job\", \"seed\", \"\", \"\")";
  for (int i = 0; i < 40; ++i) {
    join = "label_join(" + join + ", \"job\", \"x\", \"job\", \"job\", \"job\")";
    replace = "label_replace(" + replace + ", \"job\", \"$1$1$1$1\", \"job\", \"(.*)\")";
  }
  EXPECT_THAT(error(join), HasSubstr("label_join() would make labels of more than 1048576 bytes"));
  EXPECT_THAT(error(replace), HasSubstr("label_replace() would make labels of more than 1048576 bytes"));
}

TEST_F(EngineTest, a_billion_points_are_refused_before_they_are_made) {
  EXPECT_THAT(error("vector(1)[100y:1ms]"), HasSubstr("too many samples"));
  EXPECT_THAT(error("max_over_time((c_total)[50y:1s])"), HasSubstr("too many samples"));
  EXPECT_THAT(error("max_over_time(max_over_time(max_over_time(vector(1)[1y:1s])[1y:1s])[1y:1s])"),
              HasSubstr("too many samples"));
  const auto range = engine.range(store, **parse("c_total"), 0, 11'001'000, 1000);
  EXPECT_EQ(
      range.error().message(),
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution "
      "(?step=XX)");
  EXPECT_EQ(engine.range(store, **parse("c_total"), 0, 1000, 0).error().code(), Code::bad_request);
}

TEST_F(EngineTest, a_stopped_query_says_why) {
  auto stop = std::make_shared<StopSignal>();
  QueryOptions options;
  options.stop = stop;
  EXPECT_EQ(error("c_total", options), "no error");
  stop->time_out();
  EXPECT_EQ(instant("c_total", options).error().code(), Code::timeout);
  EXPECT_EQ(error("c_total", options), "query timed out in expression evaluation");
  // The first reason stays.
  stop->cancel();
  EXPECT_EQ(instant("1", options).error().code(), Code::timeout);
}

TEST_F(EngineTest, what_the_storage_cannot_read_fails_the_query) {
  store.fail_reads(Error(Code::internal, "chunk 7 is damaged"));
  const auto result = instant("sum(rate(c_total[5m]))");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), Code::internal);
  EXPECT_THAT(result.error().message(), HasSubstr("chunk 7 is damaged"));
}

TEST_F(EngineTest, the_storage_is_told_what_its_samples_are_for) {
  ASSERT_TRUE(instant("sum(rate(c_total[5m]))").has_value());
  EXPECT_EQ(store.last_hints().function, "rate");
  EXPECT_EQ(store.last_hints().range, 300'000);
  EXPECT_EQ(store.last_hints().step, 0);
  ASSERT_TRUE(engine.range(store, **parse("sum(c_total)"), 0, 600'000, 60'000).has_value());
  EXPECT_EQ(store.last_hints().function, "sum");
  EXPECT_EQ(store.last_hints().step, 60'000);
}

TEST_F(EngineTest, the_lookback_of_a_query_goes_before_the_engines) {
  QueryOptions options;
  options.lookback = 1000;
  EXPECT_EQ(engine.instant(store, **parse("c_total"), 601'500, options)->value.vector.size(), 0U);
  EXPECT_EQ(engine.instant(store, **parse("c_total"), 601'500)->value.vector.size(), 50U);
}

TEST_F(EngineTest, names_go_at_once_unless_that_is_delayed) {
  EngineOptions options;
  options.delayed_name_removal = true;
  const Engine delayed(options, serial);
  const auto expr = parse("sum by (__name__) (rate(c_total[5m]))");
  EXPECT_EQ(engine.instant(store, **expr, 600'000)->value.vector.at(0).labels, Labels());
  EXPECT_EQ(delayed.instant(store, **expr, 600'000)->value.vector.at(0).labels, Labels());
  const auto renamed =
      parse("label_replace(rate(c_total{i=\"1\"}[5m]), \"old\", \"$1\", \"__name__\", \"(.*)\")");
  EXPECT_EQ(engine.instant(store, **renamed, 600'000)->value.vector.at(0).labels.get("old"), "");
  EXPECT_EQ(delayed.instant(store, **renamed, 600'000)->value.vector.at(0).labels.get("old"), "c_total");
}

TEST_F(EngineTest, only_their_absence_counts_of_series_that_differ_by_name) {
  for (const char* name : {"x", "y"}) store.add(Labels{{"__name__", name}, {"job", "a"}}, 590'000, 1);
  EXPECT_TRUE(instant("absent_over_time({job=\"a\"}[5m])")->value.vector.empty());
  EXPECT_EQ(instant("absent_over_time({job=\"b\"}[5m])")->value.vector.at(0).labels, (Labels{{"job", "b"}}));
  EXPECT_EQ(error("present_over_time({job=\"a\"}[5m])"),
            "vector cannot contain metrics with the same labelset");
}

TEST_F(EngineTest, samples_of_windows_that_overlap_are_read_once_and_loaded_for_each) {
  // Two steps of five minutes each, a minute apart: 20 samples a window, 4 of them new.
  const auto counted = [&](std::string_view text) {
    const auto result = engine.range(store, **parse(text), 540'000, 600'000, 60'000);
    return std::pair(result->stats.samples, result->stats.samples_read);
  };
  EXPECT_EQ(counted("rate(c_total{i=\"1\"}[5m])"), std::pair(40UL, 24UL));
  EXPECT_EQ(counted("max_over_time(c_total{i=\"1\"}[5m])"), std::pair(40UL, 24UL));
  EXPECT_EQ(counted("c_total{i=\"1\"}"), std::pair(2UL, 2UL));
  // A pinned window is read once.
  EXPECT_EQ(counted("rate(c_total{i=\"1\"}[5m] @ 600)"), std::pair(40UL, 20UL));
  // The function counts what the subquery gives, five points a window.
  EXPECT_EQ(counted("max_over_time(c_total{i=\"1\"}[5m:1m])"), std::pair(10UL, 6UL));
}

TEST_F(EngineTest, warnings_beyond_the_limit_are_counted) {
  for (int i = 0; i < 15; ++i)
    for (Millis t = 0; t <= 600'000; t += 60'000)
      store.add(Labels{{"__name__", fmt::format("gauge_{}", i)}}, t, 1);
  const auto result = instant("rate({__name__=~\"gauge_.*\", i=\"\"}[5m]) or vector(1)");
  // Without their names all of them are one series.
  ASSERT_FALSE(result.has_value());
  const auto summed = instant(
      "sum(last_over_time({__name__=~\"gauge_.*\"}[5m])) + on() group_left() "
      "sum by (x) (label_replace(vector(2), \"x\", \"1\", \"\", \"\"))");
  EXPECT_EQ(summed->value.vector.at(0).value, 17);
}

// Results are the same on one thread and on several.
TEST_F(EngineTest, threads_do_not_change_results) {
  io::Pool pool(3);
  PoolFor parallel(pool, 4);
  const Engine threaded({}, parallel);
  for (const char* text : {"rate(c_total[5m])", "sum by (group) (rate(c_total[5m]))", "topk(3, c_total)",
                           "stddev(c_total)", "avg by (group) (c_total)", "c_total offset 5m"}) {
    const auto expr = parse(text);
    const auto one = engine.range(store, **expr, 0, 600'000, 15'000);
    const auto many = threaded.range(store, **expr, 0, 600'000, 15'000);
    ASSERT_EQ(one->value.matrix.size(), many->value.matrix.size()) << text;
    for (std::size_t s = 0; s < one->value.matrix.size(); ++s) {
      const Series& a = one->value.matrix[s];
      const Series& b = many->value.matrix[s];
      EXPECT_EQ(a.labels, b.labels);
      ASSERT_EQ(a.points.size(), b.points.size());
      for (std::size_t p = 0; p < a.points.size(); ++p) EXPECT_EQ(a.points[p].value, b.points[p].value);
    }
  }
}

TEST(PoolFor, calls_each_number_once_and_may_be_nested) {
  io::Pool pool(2);
  PoolFor parallel(pool, 3);
  std::vector<std::atomic<int>> calls(1000);
  parallel.run(10, [&](std::size_t outer) {
    parallel.run(100, [&](std::size_t inner) { ++calls[outer * 100 + inner]; });
  });
  for (const auto& call : calls) EXPECT_EQ(call.load(), 1);
  parallel.run(0, [](std::size_t) { FAIL(); });
}

// A store of random counters: what holds for all of them.
TEST(EngineProperty, groups_add_up_to_the_total) {
  EXPECT_TRUE(rc::check([] {
    metrics::MemoryStore store;
    const int series = *rc::gen::inRange(1, 20);
    for (int i = 0; i < series; ++i) {
      const Labels labels{{"__name__", "m"}, {"g", std::to_string(i % 3)}, {"i", std::to_string(i)}};
      for (Millis t = 0; t < 10; ++t)
        if (*rc::gen::inRange(0, 4) != 0) store.add(labels, t * 60'000, *rc::gen::inRange(-1000, 1000));
    }
    SerialFor serial;
    const Engine engine({}, serial);
    const auto value = [&](std::string_view text) {
      const auto result = engine.range(store, **parse(text), 0, 600'000, 90'000);
      return result->value.matrix.empty() ? std::vector<Point>() : result->value.matrix[0].points;
    };
    const auto same = [&](std::string_view a, std::string_view b) {
      const auto left = value(a);
      const auto right = value(b);
      RC_ASSERT(left.size() == right.size());
      for (std::size_t i = 0; i < left.size(); ++i) RC_ASSERT(left[i].value == right[i].value);
    };
    same("sum(m)", "sum(sum by (g) (m))");
    same("count(m)", "sum(count without (i) (m))");
    same("max(m)", "-min(-m)");
    same("sum(m)", "sum(m and m) + 0");
    same("count(m) * 0", "count(m) - count(m or m)");
    same("sum(last_over_time(m[5m]))", "sum(m)");
    same("sum(sum_over_time(m[3m]))", "sum(sum_over_time(m[3m] offset 0s))");
    same("sum(topk(100, m))", "sum(m)");
  }));
}

void fill(metrics::MemoryStore& store) {
  for (int a = 1; a <= 3; ++a)
    for (const char* name : {"foo", "bar", "hist"}) {
      const Labels labels{{"__name__", name}, {"a", std::to_string(a)}, {"b", name[0] == 'b' ? "y" : "z"}};
      NativeHistogram h;
      for (Millis t = 0; t <= 600'000; t += 20'000) {
        if (below(8) == 0) continue;
        if (below(12) == 0) {
          store.add(labels, t, stale_nan());
        } else if (name[0] != 'h' || below(10) == 0) {
          store.add(labels, t, below(20) - 5);
        } else {
          h.positive_spans = {{0, 2}};
          h.positive_buckets = {h.count + below(3), h.count / 2};
          h.count = h.positive_buckets[0] + h.positive_buckets[1];
          h.sum = h.count * 2;
          if (h.count > 100) h = {};
          store.add(labels, t, std::make_shared<const NativeHistogram>(h));
        }
      }
    }
}

// The last digits of a sum depend on the order of its series.
std::string sample_text(double value, const HistogramPtr& histogram) {
  return histogram ? test_expression(*histogram) : fmt::format("{:.11g}", value);
}

// A range query is an instant query at each of its steps, whatever the expression.
TEST(EngineProperty, each_step_of_a_range_is_an_instant) {
  EXPECT_TRUE(rc::check([] {
    metrics::MemoryStore store;
    fill(store);
    SerialFor serial;
    const Engine engine({}, serial);
    const std::string text = testing::ExpressionWriter::of_one_instant().vector(below(5));
    auto expr = parse(text);
    if (!expr) RC_FAIL(text + ": " + expr.error().message());
    constexpr Millis step = 70'000;
    const auto range = engine.range(store, **expr, 60'000, 600'000, step);
    for (Millis time = 60'000; time <= 600'000; time += step) {
      const auto instant = engine.instant(store, **expr, time);
      // One step that fails makes the range fail, and only that.
      if (!instant) RC_ASSERT(!range.has_value());
      if (!instant || !range) continue;
      std::map<std::string, std::string> expected;
      for (const Sample& sample : instant->value.vector)
        expected[sample.labels.to_string()] = sample_text(sample.value, sample.histogram);
      std::map<std::string, std::string> found;
      for (const Series& series : range->value.matrix)
        for (const Point& point : series.points)
          if (point.time == time)
            found[series.labels.to_string()] = sample_text(point.value, point.histogram);
      if (expected != found) RC_FAIL(fmt::format("{} at {}", text, time));
    }
  }));
}

}  // namespace
}  // namespace aloft::telemetry::promql
