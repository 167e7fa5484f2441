// Upstream's order and words of reasons. What a pod does not request it fits even where there is less than
// none.
#include "scheduler/plugins/resource_fit.h"

namespace aloft::scheduler {
namespace {

struct FitState final : PluginState {
  std::vector<std::string> extended_reasons;  // in the order of the pod's extended requests
};

// Gathers everything that is short.
class Shortage {
 public:
  void check(std::int64_t wanted, std::int64_t has, std::int64_t taken, std::string_view reason) {
    if (wanted == 0 || wanted <= has - taken) return;
    if (verdict_.is_fit()) {
      verdict_ = Verdict::refused(reason);
    } else {
      verdict_.add(reason);
    }
    never_ = never_ || wanted > has;
  }
  Verdict verdict() {
    if (never_) verdict_.make_never();
    return std::move(verdict_);
  }

 private:
  Verdict verdict_ = Verdict::fits();
  bool never_ = false;
};

double used_share(std::int64_t used, std::int64_t capacity) {
  if (capacity <= 0) return 0;
  return std::min(1.0, static_cast<double>(used) / static_cast<double>(capacity));
}

double free_share(std::int64_t used, std::int64_t capacity) {
  return capacity <= 0 ? 0 : 1 - used_share(used, capacity);
}

// The usual case without a look at what is short.
bool fits_plainly(const Resources& wanted, const Resources& has, const Resources& taken) {
  return wanted.extended.empty() && wanted.pods <= has.pods - taken.pods &&
         (wanted.milli_cpu == 0 || wanted.milli_cpu <= has.milli_cpu - taken.milli_cpu) &&
         (wanted.memory == 0 || wanted.memory <= has.memory - taken.memory) &&
         (wanted.ephemeral_storage == 0 ||
          wanted.ephemeral_storage <= has.ephemeral_storage - taken.ephemeral_storage);
}

}  // namespace

Preparation ResourceFit::prepare_filter(const PodInfo& pod, const Snapshot&) const {
  auto state = std::make_unique<FitState>();
  for (const auto& [name, amount] : pod.requests.extended) {
    state->extended_reasons.push_back("Insufficient " + name);
  }
  return Preparation::go_on(std::move(state));
}

Verdict ResourceFit::filter(const PluginState* state, const PodInfo& pod, const NodeInfo& node) const {
  const Resources& wanted = pod.requests;
  const Resources& has = node.allocatable();
  const Resources& taken = node.requested();
  if (fits_plainly(wanted, has, taken)) return Verdict::fits();
  Shortage shortage;
  shortage.check(wanted.pods, has.pods, taken.pods, "Too many pods");
  shortage.check(wanted.milli_cpu, has.milli_cpu, taken.milli_cpu, "Insufficient cpu");
  shortage.check(wanted.memory, has.memory, taken.memory, "Insufficient memory");
  shortage.check(wanted.ephemeral_storage, has.ephemeral_storage, taken.ephemeral_storage,
                 "Insufficient ephemeral-storage");
  const auto& reasons = static_cast<const FitState&>(*state).extended_reasons;
  for (std::size_t i = 0; i < wanted.extended.size(); ++i) {
    const auto& [name, amount] = wanted.extended[i];
    shortage.check(amount, has.extended_amount(name), taken.extended_amount(name), reasons[i]);
  }
  return shortage.verdict();
}

Events ResourceFit::wakes_on() const {
  return {EventKind::node_added, EventKind::node_allocatable, EventKind::pod_removed};
}

Preparation ResourceFit::prepare_score(const PodInfo&, const Snapshot&,
                                       std::span<const NodeInfo* const>) const {
  return Preparation::go_on();
}

double ResourceFit::score(const PluginState*, const PodInfo& pod, const NodeInfo& node) const {
  const Resources& wanted = pod.scoring_requests;
  const Resources& has = node.allocatable();
  const Resources& taken = node.scoring_requested();
  const auto share = strategy_ == FitStrategy::best_fit ? used_share : free_share;
  double sum = share(taken.milli_cpu + wanted.milli_cpu, has.milli_cpu) +
               share(taken.memory + wanted.memory, has.memory);
  std::size_t counted = 2;
  for (const auto& [name, amount] : wanted.extended) {
    sum += share(taken.extended_amount(name) + amount, has.extended_amount(name));
    ++counted;
  }
  return 100 * sum / static_cast<double>(counted);
}

}  // namespace aloft::scheduler
