// Filters, scores, and the choice between equals.
#include "scheduler/framework/cycle.h"

namespace aloft::scheduler {
namespace {

std::string availability(std::size_t nodes, const std::vector<std::pair<std::string, std::size_t>>& reasons) {
  std::vector<std::string> parts;
  for (const auto& [reason, count] : reasons) parts.push_back(fmt::format("{} {}", count, reason));
  std::ranges::sort(parts);
  std::string text = fmt::format("0/{} nodes are available:", nodes);
  if (!parts.empty()) text += fmt::format(" {}.", fmt::join(parts, ", "));
  return text;
}

std::string preemption_part(const PodInfo& pod, std::size_t nodes, std::size_t never) {
  if (pod.pod->spec.preemptionPolicy == "Never") return "not eligible due to preemptionPolicy=Never.";
  std::vector<std::pair<std::string, std::size_t>> reasons;
  if (nodes > never) reasons.emplace_back("No preemption victims found for incoming pod", nodes - never);
  if (never > 0) reasons.emplace_back("Preemption is not helpful for scheduling", never);
  return availability(nodes, reasons);
}

}  // namespace

void normalise_by_largest(std::span<double> scores, bool reversed) {
  const double largest = scores.empty() ? 0 : *std::ranges::max_element(scores);
  for (double& score : scores) {
    const double share = largest == 0 ? 0 : 100 * score / largest;
    score = reversed ? 100 - share : share;
  }
}

std::string Refusal::message(const PodInfo& pod) const {
  if (nodes == 0) return "no nodes available to schedule pods";
  std::string text = availability(nodes, reasons);
  if (room_making == RoomMaking::begun) return text;
  if (room_making == RoomMaking::waits)
    return text + " preemption: not eligible due to a terminating pod on the nominated node.";
  return fmt::format("{} preemption: {}", text, preemption_part(pod, nodes, never));
}

Cycle::Cycle(Profile profile) : profile_(std::move(profile)) {}

Decision Cycle::decide(const PodInfo& pod, const Snapshot& snapshot, Random& random) {
  prepare(pod, snapshot);
  Tally tally;
  filter_nodes(pod, snapshot, tally);
  Decision decision;
  decision.fitting_nodes = fitting_.size();
  if (fitting_.empty()) {
    decision.refusal = explain(snapshot, tally);
  } else {
    decision.node = choose(pod, snapshot, random);
  }
  active_.clear();
  return decision;
}

bool Cycle::fits(const PodInfo& pod, const Snapshot& snapshot, const NodeInfo& node) {
  prepare(pod, snapshot);
  const bool refused = std::ranges::any_of(active_, [&](const Active& active) {
    return !active.filter->filter(active.state.get(), pod, node).is_fit();
  });
  active_.clear();
  return !refused;
}

void Cycle::prepare(const PodInfo& pod, const Snapshot& snapshot) {
  active_.clear();
  fitting_.clear();
  hopeful_.clear();
  for (const auto& filter : profile_.filters) {
    Preparation preparation = filter->prepare_filter(pod, snapshot);
    if (!preparation.skipped) active_.push_back(Active(filter.get(), std::move(preparation.state)));
  }
}

void Cycle::Tally::add(std::string_view reason) {
  if (last == nullptr || last->first != reason) last = &*counts.try_emplace(reason, 0).first;
  ++last->second;
}

void Cycle::filter_nodes(const PodInfo& pod, const Snapshot& snapshot, Tally& tally) {
  for (const NodeInfo* node : snapshot.nodes()) {
    bool fits = true;
    for (Active& active : active_) {
      const Verdict verdict = active.filter->filter(active.state.get(), pod, *node);
      if (verdict.is_fit()) continue;
      fits = false;
      active.refused = true;
      if (!verdict.is_never()) hopeful_.push_back(node);
      verdict.for_each_reason([&tally](std::string_view reason) { tally.add(reason); });
      break;
    }
    if (fits) fitting_.push_back(node);
  }
}

Refusal Cycle::explain(const Snapshot& snapshot, const Tally& tally) {
  Refusal refusal;
  refusal.nodes = snapshot.nodes().size();
  refusal.never = refusal.nodes - hopeful_.size();
  refusal.hopeful = std::move(hopeful_);
  for (const auto& [reason, count] : tally.counts) refusal.reasons.emplace_back(reason, count);
  std::ranges::sort(refusal.reasons);
  refusal.wakes_on.add(EventKind::node_added);
  for (const Active& active : active_) {
    if (active.refused) refusal.wakes_on |= active.filter->wakes_on();
  }
  return refusal;
}

const NodeInfo* Cycle::choose(const PodInfo& pod, const Snapshot& snapshot, Random& random) {
  if (fitting_.size() == 1) return fitting_.front();
  totals_.assign(fitting_.size(), 0);
  scores_.resize(fitting_.size());
  for (const auto& [plugin, weight] : profile_.scores) {
    const Preparation preparation = plugin->prepare_score(pod, snapshot, fitting_);
    if (preparation.skipped) continue;
    for (std::size_t i = 0; i < fitting_.size(); ++i) {
      scores_[i] = plugin->score(preparation.state.get(), pod, *fitting_[i]);
    }
    plugin->normalise(scores_);
    for (std::size_t i = 0; i < fitting_.size(); ++i) totals_[i] += weight * scores_[i];
  }
  const double best = *std::ranges::max_element(totals_);
  const auto equals = static_cast<std::uint64_t>(std::ranges::count(totals_, best));
  std::uint64_t skip = equals == 1 ? 0 : random.below(equals);
  std::size_t at = 0;
  while (totals_[at] != best || skip-- > 0) ++at;
  return fitting_[at];
}

}  // namespace aloft::scheduler
