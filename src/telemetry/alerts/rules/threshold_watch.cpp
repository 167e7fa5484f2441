// One look-up and one comparison for each watched sample; only crossings are handed on.
#include "telemetry/alerts/rules/threshold_watch.h"

#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::size_t series_watched = 1'000'000;
// A series that was silent for so long has been stale meanwhile, so what it said before no longer counts.
constexpr Millis lookback = 5 * 60 * 1000;

}  // namespace

void CrossingQueue::put(Crossing crossing) {
  const bool first = items_.with([&](std::vector<Crossing>& items) {
    items.push_back(std::move(crossing));
    return items.size() == 1;
  });
  if (!first) return;
  loop_.post([weak = self_] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    if (self->open_.with([](const bool& open) { return open; })) self->wake_();
  });
}

std::vector<Crossing> CrossingQueue::take() {
  return items_.with([](std::vector<Crossing>& items) { return std::exchange(items, {}); });
}

std::size_t CrossingQueue::size() {
  return items_.with([](const std::vector<Crossing>& items) { return items.size(); });
}

void ThresholdWatch::on_sample(LabelsView labels, std::uint64_t series, Millis time, double value) {
  const auto result = is_stale(value) ? std::nullopt : threshold_.judge(value);
  const bool holds = result.has_value();
  const bool crossed = seen_.with([&](auto& seen) {
    const auto known = seen.find(series);
    if (known == seen.end()) {
      // A series that is fine from the start is not remembered before it has been otherwise.
      if (!holds) return false;
      if (seen.size() >= series_watched) seen.clear();
      seen.emplace(series, Seen{time, holds});
      return true;
    }
    Seen& before = known->second;
    if (time < before.time) return false;
    const bool changed = before.holds != holds || time - before.time > lookback;
    before = {time, holds};
    if (!holds) seen.erase(known);
    return changed;
  });
  if (!crossed) return;
  Crossing crossing;
  crossing.rule = rule_;
  crossing.labels = Labels(labels);
  crossing.time = time;
  crossing.value = result.value_or(value);
  crossing.holds = holds;
  queue_->put(std::move(crossing));
}

}  // namespace aloft::telemetry::alerts
