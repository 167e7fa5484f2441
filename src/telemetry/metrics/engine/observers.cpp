// The flag of a series stays set when its last observation ends; it costs a look-up then and no more.
#include "telemetry/metrics/engine/observers.h"

#include <algorithm>
#include <set>

namespace aloft::telemetry::metrics {

class Observers::Handle final : public Observation {
 public:
  Handle(std::shared_ptr<io::Guarded<State>> state, SlotPtr slot)
      : state_(std::move(state)), slot_(std::move(slot)) {}
  ~Handle() override {
    slot_->observer.with([](IngestObserver*& observer) { observer = nullptr; });
    state_->with([this](State& state) {
      std::erase(state.slots, slot_);
      for (auto at = state.watched.begin(); at != state.watched.end();) {
        std::erase(at->second.slots, slot_);
        at = at->second.slots.empty() ? state.watched.erase(at) : std::next(at);
      }
    });
  }

 private:
  std::shared_ptr<io::Guarded<State>> state_;
  SlotPtr slot_;
};

void Observers::watch(State& state, const SlotPtr& slot, SeriesRef ref, LabelsView labels) {
  Watched& watched = state.watched[ref];
  watched.labels = Labels(labels);
  if (std::ranges::find(watched.slots, slot) == watched.slots.end()) watched.slots.push_back(slot);
}

std::unique_ptr<Observation> Observers::add(std::vector<Matcher> matchers, IngestObserver& observer,
                                            LastTimes& flags, const EachSeries& each) {
  auto slot = std::make_shared<Slot>();
  slot->matchers = std::move(matchers);
  slot->observer.with([&](IngestObserver*& place) { place = &observer; });
  // First the slot, then the series: one that is added in between gets it from both sides, but only once.
  state_->with([&](State& state) { state.slots.push_back(slot); });
  each([&](SeriesRef ref, LabelsView labels) {
    state_->with([&](State& state) { watch(state, slot, ref, labels); });
    flags.set_observed(ref, true);
  });
  return std::make_unique<Handle>(state_, slot);
}

void Observers::series_added(SeriesRef ref, LabelsView labels, LastTimes& flags) {
  state_->with([&](State& state) {
    for (const SlotPtr& slot : state.slots) {
      if (!matches_all(slot->matchers, labels)) continue;
      watch(state, slot, ref, labels);
      flags.set_observed(ref, true);
    }
  });
}

void Observers::forget_series(SeriesRef ref) {
  state_->with([&](State& state) { state.watched.erase(ref); });
}

void Observers::deliver(const std::vector<NewSample>& samples) {
  std::set<SlotPtr> told;
  for (const NewSample& sample : samples) {
    const Watched watched = state_->with([&](State& state) {
      const auto found = state.watched.find(sample.ref);
      return found == state.watched.end() ? Watched() : found->second;
    });
    for (const SlotPtr& slot : watched.slots) {
      slot->observer.with([&](IngestObserver*& observer) {
        if (observer != nullptr) observer->on_sample(watched.labels, sample.ref, sample.time, sample.value);
      });
      told.insert(slot);
    }
  }
  for (const SlotPtr& slot : told) {
    slot->observer.with([](IngestObserver*& observer) {
      if (observer != nullptr) observer->on_batch_end();
    });
  }
}

}  // namespace aloft::telemetry::metrics
