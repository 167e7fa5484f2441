// One look-up and one comparison for each watched sample; only crossings are handed on.
#include "telemetry/alerts/rules/threshold_watch.h"

#include <utility>

#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t series_watched = 1'000'000;
// A series that was silent for so long has been stale meanwhile, so what it said before no longer counts.
constexpr Millis silent_after = 5 * 60 * 1000;

}  // namespace

void CrossingQueue::put(Crossing crossing) {
  waiting_.with([&](Waiting& waiting) { waiting.crossings.push_back(std::move(crossing)); });
}

void CrossingQueue::announce() {
  const bool first = waiting_.with(
      [](Waiting& waiting) { return !waiting.crossings.empty() && !std::exchange(waiting.announced, true); });
  if (!first) return;
  loop_.post([weak = self_] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    if (self->open_.with([](const bool& open) { return open; })) self->wake_();
  });
}

std::vector<Crossing> CrossingQueue::take() {
  return waiting_.with([](Waiting& waiting) {
    waiting.announced = false;
    return std::exchange(waiting.crossings, {});
  });
}

std::size_t CrossingQueue::size() {
  return waiting_.with([](const Waiting& waiting) { return waiting.crossings.size(); });
}

ThresholdWatch::Change ThresholdWatch::note(std::uint64_t series, Millis time, bool holds) {
  return seen_.with([&](Seen& seen) {
    const auto known = seen.series.find(series);
    if (known == seen.series.end()) {
      // A series that is fine from the start is not remembered before it has been otherwise.
      if (!holds && !seen.wary) return Change();
      if (seen.series.size() >= series_watched) seen.series.clear();
      seen.series.emplace(series, Last{time, holds});
      return Change{true, false};
    }
    Last& before = known->second;
    if (time < before.time) return Change();
    const bool silent = time - before.time > silent_after;
    const Change change{before.holds != holds || silent, before.holds && silent};
    before = {time, holds};
    if (!holds && !seen.wary) seen.series.erase(known);
    return change;
  });
}

void ThresholdWatch::relax() {
  seen_.with([](Seen& seen) {
    if (!std::exchange(seen.wary, false)) return;
    std::erase_if(seen.series, [](const auto& entry) { return !entry.second.holds; });
  });
}

void ThresholdWatch::on_sample(LabelsView labels, std::uint64_t series, Millis time, double value) {
  const auto result = is_stale(value) ? std::nullopt : threshold_.judge(value);
  const Change change = note(series, time, result.has_value());
  if (!change.crossed) return;
  Crossing crossing;
  crossing.rule = rule_;
  crossing.labels = Labels(labels);
  if (change.was_silent && result) {
    crossing.time = time - 1;
    queue_->put(crossing);
  }
  crossing.time = time;
  crossing.value = result.value_or(value);
  crossing.holds = result.has_value();
  queue_->put(std::move(crossing));
}

}  // namespace aloft::telemetry::alerts
