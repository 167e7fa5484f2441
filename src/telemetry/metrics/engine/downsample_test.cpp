// Rows answer as the raw samples would, and only where they can.
#include "telemetry/metrics/engine/downsample.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/metrics/testing/store_fixture.h"

namespace aloft::telemetry::metrics {
namespace {

// What rate() and increase() add up: the rises, and after a fall the whole value.
double increase_of(const Column& column) {
  double sum = 0;
  for (std::size_t i = 1; i < column.size(); ++i) {
    const double step = column.values[i] - column.values[i - 1];
    sum += step >= 0 ? step : column.values[i];
  }
  return sum;
}

TEST(Downsample, a_thinned_counter_has_risen_by_as_much) {
  EXPECT_TRUE(rc::check([] {
    Column raw;
    double value = 0;
    const int count = *rc::gen::inRange(1, 400);
    for (int i = 0; i < count; ++i) {
      const bool reset = i % 20 == 19 && *rc::gen::arbitrary<bool>();
      value = reset ? *rc::gen::inRange(0, 5) : value + *rc::gen::inRange(0, 9);
      raw.times.push_back(1'700'000'000'000 + i * 15'000);
      raw.values.push_back(value);
    }
    Rows rows;
    make_rows(raw, five_minutes, rows);
    RC_ASSERT(increase_of(rows[4]) == increase_of(raw));
    RC_ASSERT(rows[4].size() <= raw.size());
  }));
}

TEST(Downsample, is_used_only_where_it_gives_the_same) {
  const Millis end = 1'700'000'100'000;  // a multiple of five minutes
  ASSERT_EQ(end % five_minutes, 0);
  const auto enough = [&](Millis step, Millis range, const char* function, Millis to) {
    return rows_are_enough({.step = step, .range = range, .function = function, .series_limit = 0},
                           five_minutes, to);
  };
  EXPECT_TRUE(enough(1'500'000, 600'000, "max_over_time", end));
  EXPECT_FALSE(enough(1'200'000, 600'000, "max_over_time", end)) << "the step is too fine";
  EXPECT_FALSE(enough(1'500'000, 600'000, "max_over_time", end + 1)) << "windows end inside of buckets";
  EXPECT_FALSE(enough(1'500'000, 60'000, "max_over_time", end)) << "the window is shorter than a bucket";
  EXPECT_TRUE(enough(1'500'000, 1'200'000, "rate", end));
  EXPECT_FALSE(enough(1'500'000, 600'000, "rate", end)) << "two samples make no good rate";
  EXPECT_FALSE(enough(1'500'000, 3'600'000, "quantile_over_time", end));
}

class RowsInStore : public testing::Test {
 protected:
  void SetUp() override {
    fixture_.settings().block_duration = 1h;
    fixture_.settings().largest_block = 1h;
    fixture_.settings().downsample_5m_after = 2h;
    fixture_.settings().downsample_1h_after = 4h;
    fixture_.settings().out_of_order_window = Duration::zero();
    fixture_.reopen();
    for (int i = 0; i < 1440; ++i) {
      BatchBuilder builder;
      builder.add(labels_, begin_ + i * 15'000, i % 7);
      ASSERT_TRUE(fixture_.store().write(builder.batch()).has_value());
    }
    fixture_.clock().now_ms = begin_ + 1440 * 15'000;
    ASSERT_TRUE(fixture_.store().flush().has_value());
    fixture_.clock().now_ms += 60'000;
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(fixture_.store().maintain().has_value());
  }
  Column read(const SelectHints& hints, Millis from, Millis to) {
    const auto selection = fixture_.store().select(from, to, {}, hints);
    Column column;
    if (!selection || (*selection)->size() != 1) return column;
    EXPECT_TRUE((*selection)->read(0, from, to, column).has_value());
    return column;
  }

  const Labels labels_{{"__name__", "m"}};
  const Millis begin_ = 1'699'999'200'000;  // a multiple of an hour
  StoreFixture fixture_;
};

TEST_F(RowsInStore, a_coarse_query_reads_rows_and_a_fine_one_samples) {
  const Millis end = begin_ + 3'600'000;
  const SelectHints fine{.step = 60'000, .range = 600'000, .function = "max_over_time", .series_limit = 0};
  EXPECT_EQ(read(fine, begin_ + 1, end).size(), 240U);
  const SelectHints coarse{
      .step = 1'500'000, .range = 600'000, .function = "max_over_time", .series_limit = 0};
  const Column most = read(coarse, begin_ + 1, end);
  // The sample at the end itself begins the next block.
  EXPECT_EQ(most.size(), 13U);
  for (const double value : most.values) EXPECT_LE(value, 6);
  const SelectHints counted{
      .step = 1'500'000, .range = 600'000, .function = "count_over_time", .series_limit = 0};
  EXPECT_EQ(read(counted, begin_ + 1, end).size(), 240U);
  const SelectHints summed{
      .step = 1'500'000, .range = 600'000, .function = "sum_over_time", .series_limit = 0};
  double sum = 0;
  for (const double value : read(summed, begin_ + 1, end).values) sum += value;
  double expected = 0;
  for (int i = 1; i <= 240; ++i) expected += i % 7;
  EXPECT_EQ(sum, expected);
}

TEST_F(RowsInStore, rows_answer_when_the_samples_are_gone) {
  fixture_.settings().raw_retention = 3h;
  fixture_.reopen();
  ASSERT_TRUE(fixture_.store().maintain().has_value());
  const SelectHints fine{.step = 60'000, .range = 600'000, .function = "max_over_time", .series_limit = 0};
  const Column most = read(fine, begin_ + 1, begin_ + 3'599'999);
  EXPECT_EQ(most.size(), 12U);
}

TEST_F(RowsInStore, what_rows_can_only_estimate_is_marked) {
  const SelectHints changes{.step = 60'000, .range = 600'000, .function = "changes", .series_limit = 0};
  const auto warnings = [&](const SelectHints& hints) {
    const auto selection = fixture_.store().select(begin_ + 1, begin_ + 3'599'999, {}, hints);
    return selection ? (*selection)->warnings() : std::vector<std::string>{selection.error().message()};
  };
  EXPECT_TRUE(warnings(changes).empty()) << "the samples are there";
  fixture_.settings().raw_retention = 3h;
  fixture_.reopen();
  ASSERT_TRUE(fixture_.store().maintain().has_value());
  EXPECT_EQ(warnings(changes),
            std::vector<std::string>{"of old samples only rows of 5m are left, so changes is an estimate"});
  SelectHints other = changes;
  other.function = "max_over_time";
  EXPECT_TRUE(warnings(other).empty());
  other.range = 60'000;
  EXPECT_EQ(warnings(other).size(), 1u) << "the window is shorter than a bucket";
  other = changes;
  other.function = "rate";
  EXPECT_EQ(warnings(other).size(), 1u) << "two samples make no good rate";
  other.range = 1'200'000;
  EXPECT_TRUE(warnings(other).empty());
}

TEST_F(RowsInStore, quantiles_of_what_is_gone_keep_extremes_number_and_mean) {
  fixture_.settings().raw_retention = 3h;
  fixture_.reopen();
  ASSERT_TRUE(fixture_.store().maintain().has_value());
  const SelectHints quantile{
      .step = 60'000, .range = 600'000, .function = "quantile_over_time", .series_limit = 0};
  const Column shape = read(quantile, begin_ + 1, begin_ + 3'599'999);
  ASSERT_EQ(shape.size(), 239U);
  double sum = 0, expected = 0;
  for (const double value : shape.values) sum += value;
  for (int i = 1; i < 240; ++i) expected += i % 7;
  EXPECT_NEAR(sum, expected, 1e-9);
  EXPECT_EQ(*std::ranges::min_element(shape.values), 0);
  EXPECT_EQ(*std::ranges::max_element(shape.values), 6);
}

}  // namespace
}  // namespace aloft::telemetry::metrics
