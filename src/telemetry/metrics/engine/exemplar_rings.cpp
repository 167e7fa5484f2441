// Exemplars arrive mostly in the order of time.
#include "telemetry/metrics/engine/exemplar_rings.h"

#include <algorithm>
#include <bit>

namespace aloft::telemetry::metrics {

bool ExemplarRings::add(LabelsView series, ExemplarSeries::Item exemplar) {
  if (limit_ == 0 || series_limit_ == 0) return false;
  return state_.with([&](State& state) {
    const Labels key(series);
    auto& items = state.rings[key].items;
    const auto at = std::ranges::lower_bound(items, exemplar.time, {}, &ExemplarSeries::Item::time);
    const bool full = items.size() >= series_limit_;
    if (full && at == items.begin()) return false;
    const bool same = at != items.end() && at->time == exemplar.time && at->labels == exemplar.labels &&
                      std::bit_cast<std::uint64_t>(at->value) == std::bit_cast<std::uint64_t>(exemplar.value);
    if (same) return false;
    state.arrival.emplace_back(key, exemplar.time);
    items.insert(at, std::move(exemplar));
    ++state.count;
    if (full) {
      items.pop_front();
      --state.count;
    }
    // `arrival` may name exemplars that their own ring has dropped; then nothing more is dropped for it.
    while (state.count > limit_ || state.arrival.size() > 2 * limit_ + 16) drop_oldest(state);
    return true;
  });
}

void ExemplarRings::drop_oldest(State& state) {
  const auto [key, time] = state.arrival.front();
  state.arrival.pop_front();
  const auto ring = state.rings.find(key);
  if (ring == state.rings.end()) return;
  auto& items = ring->second.items;
  const auto at = std::ranges::lower_bound(items, time, {}, &ExemplarSeries::Item::time);
  if (at == items.end() || at->time != time) return;
  items.erase(at);
  --state.count;
  if (items.empty()) state.rings.erase(ring);
}

std::vector<ExemplarSeries> ExemplarRings::select(Millis from, Millis to,
                                                  std::span<const std::vector<Matcher>> matcher_sets) const {
  return state_.with([&](State& state) {
    std::vector<ExemplarSeries> out;
    for (const auto& [labels, ring] : state.rings) {
      const bool wanted =
          std::ranges::any_of(matcher_sets, [&](const auto& set) { return matches_all(set, labels); });
      if (!wanted) continue;
      ExemplarSeries found{.labels = labels, .exemplars = {}};
      for (const auto& item : ring.items) {
        if (item.time >= from && item.time <= to) found.exemplars.push_back(item);
      }
      if (!found.exemplars.empty()) out.push_back(std::move(found));
    }
    return out;
  });
}

void ExemplarRings::for_each(
    const std::function<void(const Labels&, const ExemplarSeries::Item&)>& visit) const {
  state_.with([&](State& state) {
    for (const auto& [labels, ring] : state.rings) {
      for (const auto& item : ring.items) visit(labels, item);
    }
  });
}

std::size_t ExemplarRings::size() const {
  return state_.with([](State& state) { return state.count; });
}

}  // namespace aloft::telemetry::metrics
