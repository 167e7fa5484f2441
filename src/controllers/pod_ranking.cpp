// The order in which a set gives pods up. Each pod's rank is worked out once, then compared member by member.
#include "controllers/pod_ranking.h"

#include <charconv>
#include <tuple>

#include "controllers/pods.h"

namespace aloft::controllers {
namespace {

using core::v1::Pod;

constexpr std::string_view cost_annotation = "controller.kubernetes.io/pod-deletion-cost";

int phase_rank(const Pod& pod) {
  if (pod.status.phase == "Running") return 2;
  return pod.status.phase == "Unknown" ? 1 : 0;
}

// A malformed cost counts as none.
std::int32_t removal_cost(const Pod& pod) {
  const auto found = pod.metadata.annotations.find(std::string(cost_annotation));
  std::int32_t cost = 0;
  if (found == pod.metadata.annotations.end()) return cost;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cost);
  return error == std::errc() && end == text.data() + text.size() ? cost : 0;
}

// The number of binary digits of an age; 0 for what has not begun.
int magnitude(std::optional<WallTime> since, WallTime now) {
  if (!since) return 0;
  const std::int64_t age = (now - *since).count();
  return age <= 0 ? 1 : 1 + static_cast<int>(std::bit_width(static_cast<std::uint64_t>(age)));
}

std::int32_t most_restarts(const Pod& pod) {
  std::int32_t most = 0;
  for (const auto& container : pod.status.containerStatuses) most = std::max(most, container.restartCount);
  return most;
}

// Compared in order; the smaller goes first.
using Rank = std::tuple<bool, int, bool, std::int32_t, int, int, std::int32_t, int, std::string>;

Rank rank_of(const Pod& pod, const std::map<std::string, int>& related_on_node, WallTime now) {
  const auto related = related_on_node.find(pod.spec.nodeName);
  std::optional<WallTime> created;
  if (pod.metadata.creationTimestamp.is_set()) created = pod.metadata.creationTimestamp.time();
  return {!pod.spec.nodeName.empty(),
          phase_rank(pod),
          is_ready(pod),
          removal_cost(pod),
          related == related_on_node.end() ? 0 : -related->second,
          magnitude(ready_since(pod), now),
          -most_restarts(pod),
          magnitude(created, now),
          pod.metadata.uid};
}

}  // namespace

void rank_for_removal(std::vector<std::shared_ptr<const Pod>>& pods,
                      const std::map<std::string, int>& related_on_node, WallTime now) {
  std::vector<std::pair<Rank, std::shared_ptr<const Pod>>> ranked;
  ranked.reserve(pods.size());
  for (auto& pod : pods) {
    Rank rank = rank_of(*pod, related_on_node, now);
    ranked.emplace_back(std::move(rank), std::move(pod));
  }
  std::ranges::sort(ranked, {}, &decltype(ranked)::value_type::first);
  for (std::size_t i = 0; i < pods.size(); ++i) pods[i] = std::move(ranked[i].second);
}

}  // namespace aloft::controllers
