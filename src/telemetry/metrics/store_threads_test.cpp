// Several threads write, one reads and one maintains at the same time; nothing is lost and nothing torn.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "telemetry/metrics/testing/store_fixture.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr Millis threads_start = 1'699'999'000'000;
constexpr int writers = 3;
constexpr int rounds = 60;
constexpr int series_count = 40;

Labels labels_of(int writer, int number) {
  return Labels{
      {"__name__", "m"}, {"number", fmt::format("{}", number)}, {"writer", fmt::format("{}", writer)}};
}

TEST(StoreThreads, writing_reading_and_maintaining_at_once_loses_nothing) {
  StoreFixture fixture;
  fixture.settings().buffer_samples = 500;
  Store& store = fixture.reopen();
  std::atomic<bool> done{false};
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&, writer] {
      for (int round = 0; round < rounds; ++round) {
        BatchBuilder builder;
        // New series keep coming, so that the index grows while others read it.
        for (int number = 0; number < series_count / 2 + round * series_count / (2 * rounds); ++number) {
          builder.add(labels_of(writer, number), threads_start + round * 1000, round);
        }
        if (!store.write(builder.batch())) ++failures;
      }
    });
  }
  std::thread reader([&] {
    while (!done) {
      const auto selection = store.select(threads_start, threads_start + rounds * 1000, {}, {});
      if (!selection) ++failures;
      Column column;
      for (std::size_t i = 0; selection && i < (*selection)->size(); ++i) {
        if (!(*selection)->read(i, threads_start, threads_start + rounds * 1000, column)) ++failures;
        for (std::size_t k = 0; k < column.size(); ++k) {
          if (column.values[k] * 1000 != static_cast<double>(column.times[k] - threads_start)) ++failures;
        }
      }
    }
  });
  std::thread keeper([&] {
    while (!done) {
      if (!store.maintain() || !store.compact()) ++failures;
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  reader.join();
  keeper.join();
  EXPECT_EQ(failures, 0);
  for (const bool reopened : {false, true}) {
    if (reopened) fixture.reopen();
    const auto selection = fixture.store().select(threads_start, threads_start + rounds * 1000, {}, {});
    ASSERT_TRUE(selection.has_value());
    Column column;
    std::size_t samples = 0;
    for (std::size_t i = 0; i < (*selection)->size(); ++i) {
      ASSERT_TRUE((*selection)->read(i, threads_start, threads_start + rounds * 1000, column).has_value());
      samples += column.size();
    }
    std::size_t expected = 0;
    for (int round = 0; round < rounds; ++round) {
      expected +=
          static_cast<std::size_t>(writers * (series_count / 2 + round * series_count / (2 * rounds)));
    }
    EXPECT_EQ(samples, expected);
  }
}

}  // namespace
}  // namespace aloft::telemetry::metrics
