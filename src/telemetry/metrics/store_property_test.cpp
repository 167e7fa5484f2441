// What was ingested is exactly what a query returns: random batches, out of order and repeated, between
// flushes, merges, deletions, restarts and ends of the process, against a store that is a map.
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "telemetry/metrics/testing/memory_store.h"
#include "telemetry/metrics/testing/store_fixture.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr Millis property_start = 1'699'990'000'000;

Labels numbered_series(int number) {
  return Labels{{"__name__", fmt::format("m{}", number % 3)},
                {"even", number % 2 == 0 ? "yes" : ""},
                {"n", fmt::format("{}", number)}};
}

// The model with deletion, which the fake does not know.
class Model {
 public:
  void add(int number, Millis time, double value) { samples_[numbered_series(number)][time] = value; }
  void remove(const std::vector<Matcher>& matchers, Millis from, Millis to) {
    for (auto& [labels, samples] : samples_) {
      if (!matches_all(matchers, labels)) continue;
      std::erase_if(samples, [&](const auto& sample) { return sample.first >= from && sample.first <= to; });
    }
  }
  std::string text() const {
    MemoryStore store;
    for (const auto& [labels, samples] : samples_) {
      for (const auto& [time, value] : samples) store.add(labels, time, value);
    }
    return dump(store);
  }
  std::string text(Millis from, Millis to, const std::vector<Matcher>& matchers) const {
    MemoryStore store;
    for (const auto& [labels, samples] : samples_) {
      for (const auto& [time, value] : samples) store.add(labels, time, value);
    }
    return dump(store, from, to, matchers);
  }

 private:
  std::map<Labels, std::map<Millis, double>> samples_;
};

double value_of(int kind, std::uint64_t random) {
  switch (kind % 5) {
    case 0:
      return static_cast<double>(random % 1000);
    case 1:
      return static_cast<double>(random % 100'000) / 100;
    case 2:
      return std::bit_cast<double>(random);
    case 3:
      return stale_nan();
    default:
      return 1;
  }
}

void write_batch(Store& store, Model& model) {
  BatchBuilder builder;
  const int count = *rc::gen::inRange(1, 60);
  // Mostly forward in time, sometimes far back, in steps that hit the same times again.
  const Millis base = property_start + 1000 * *rc::gen::inRange(0, 40'000);
  for (int i = 0; i < count; ++i) {
    const int number = *rc::gen::inRange(0, 8);
    const Millis time = base + 500 * *rc::gen::inRange(0, 50);
    const double value = value_of(number, *rc::gen::arbitrary<std::uint64_t>());
    builder.add(numbered_series(number), time, value);
    model.add(number, time, value);
  }
  const auto report = store.write(builder.batch());
  RC_ASSERT(report.has_value());
  RC_ASSERT(report->accepted == static_cast<std::uint64_t>(count));
}

void remove_some(Store& store, Model& model) {
  const Millis from = property_start + 1000 * *rc::gen::inRange(0, 40'000);
  const Millis to = from + 1000 * *rc::gen::inRange(0, 10'000);
  const std::vector<Matcher> matchers{
      Matcher::equal("__name__", fmt::format("m{}", *rc::gen::inRange(0, 3)))};
  RC_ASSERT(store.delete_series(from, to, {matchers}).has_value());
  model.remove(matchers, from, to);
}

// As after kill -9: what the folder holds now, opened by somebody else.
void check_copy(const StoreFixture& fixture, const Clock& clock, const std::string& expected) {
  const TemporaryFolder copy;
  std::filesystem::copy(fixture.folder(), copy.path() + "/store", std::filesystem::copy_options::recursive);
  StoreSettings settings;
  settings.folder = copy.path() + "/store";
  settings.block_duration = 1h;
  aloft::Metrics metrics;
  const auto opened = Store::open(settings, clock, metrics);
  RC_ASSERT(opened.has_value());
  RC_ASSERT(dump(**opened) == expected);
  RC_ASSERT((*opened)->status().damage.empty());
}

void do_something(StoreFixture& fixture, Model& model) {
  Store& store = fixture.store();
  switch (*rc::gen::inRange(0, 12)) {
    case 0:
      RC_ASSERT(store.flush().has_value());
      break;
    case 1:
      RC_ASSERT(store.compact().has_value());
      break;
    case 2:
      fixture.clock().now_ms += 5'000 * *rc::gen::inRange(0, 300);
      RC_ASSERT(store.maintain().has_value());
      break;
    case 3:
      fixture.reopen();
      break;
    case 4:
      check_copy(fixture, fixture.clock(), model.text());
      break;
    case 5:
      remove_some(store, model);
      break;
    case 6:
      RC_ASSERT(store.clean_tombstones().has_value());
      break;
    default:
      write_batch(store, model);
  }
}

TEST(Store, what_was_ingested_is_exactly_what_a_query_returns) {
  EXPECT_TRUE(rc::check([] {
    StoreFixture fixture;
    fixture.settings().out_of_order_window = 1000h;
    fixture.settings().block_duration = 1h;
    fixture.settings().buffer_samples = static_cast<std::size_t>(*rc::gen::inRange(10, 400));
    fixture.reopen();
    Model model;
    const int steps = *rc::gen::inRange(1, 40);
    for (int i = 0; i < steps; ++i) do_something(fixture, model);
    RC_ASSERT(dump(fixture.store()) == model.text());
    const Millis from = property_start + 1000 * *rc::gen::inRange(0, 40'000);
    const Millis to = from + 1000 * *rc::gen::inRange(0, 20'000);
    const std::vector<Matcher> matchers{*Matcher::make(MatchType::not_equal, "even", "yes")};
    RC_ASSERT(dump(fixture.store(), from, to, matchers) == model.text(from, to, matchers));
    fixture.reopen();
    RC_ASSERT(dump(fixture.store()) == model.text());
  }));
}

}  // namespace
}  // namespace aloft::telemetry::metrics
