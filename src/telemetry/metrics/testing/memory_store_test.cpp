// The fake means what the real store means.
#include "telemetry/metrics/testing/memory_store.h"

#include <gtest/gtest.h>

namespace aloft::telemetry::metrics {
namespace {

TEST(MemoryStore, selects_sorted_series_that_have_samples_in_the_time_asked_for) {
  MemoryStore store;
  store.add_range(Labels{{"__name__", "b"}}, 0, 1000, {1, 2, 3});
  store.add(Labels{{"__name__", "a"}}, 500, 7);
  store.add(Labels{{"__name__", "c"}}, 9000, 7);
  const auto selection = store.select(500, 2000, {}, {});
  ASSERT_TRUE(selection.has_value());
  ASSERT_EQ((*selection)->size(), 2U);
  EXPECT_EQ((*selection)->labels(0).metric_name(), "a");
  Column column;
  ASSERT_TRUE((*selection)->read(1, 500, 2000, column).has_value());
  EXPECT_EQ(column.times, (std::vector<Millis>{1000, 2000}));
  EXPECT_EQ(column.values, (std::vector<double>{2, 3}));
  EXPECT_EQ(*store.label_values("__name__", 0, 10'000, {}, 2), (std::vector<std::string>{"a", "b"}));
}

TEST(MemoryStore, refuses_more_series_than_the_hints_allow) {
  MemoryStore store;
  for (const char* name : {"a", "b", "c"}) store.add(Labels{{"__name__", name}}, 0, 1);
  const auto refused = store.select(0, 1, {}, {.series_limit = 2});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::too_large);
}

}  // namespace
}  // namespace aloft::telemetry::metrics
