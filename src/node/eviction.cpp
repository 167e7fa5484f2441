// See eviction.h.
#include "node/eviction.h"

#include <tuple>

#include <fmt/format.h>

namespace aloft::node {

namespace {

constexpr std::int64_t memory_threshold = 100 * 1024 * 1024;
constexpr std::int32_t system_priority = 2'000'000'000;

std::int64_t requested_memory(const core::v1::Pod& pod) {
  std::int64_t sum = 0;
  for (const core::v1::Container& container : pod.spec.containers) {
    const auto found = container.resources.requests.find("memory");
    if (found != container.resources.requests.end()) sum += found->second.units();
  }
  return sum;
}

}  // namespace

bool is_low_on_memory(const MachineFacts& machine) {
  return machine.memory_available_bytes < memory_threshold;
}

std::optional<std::string> choose_victim(const std::vector<PodPointer>& pods,
                                         const std::vector<ContainerUsage>& usage) {
  std::map<std::string, std::int64_t> used;
  for (const ContainerUsage& container : usage) {
    used[container.pod_uid] += static_cast<std::int64_t>(container.memory_working_set_bytes);
  }
  // Beyond its request, then lowest priority, then furthest beyond.
  std::optional<std::tuple<bool, std::int64_t, std::int64_t>> worst;
  std::optional<std::string> victim;
  for (const PodPointer& pod : pods) {
    const std::int32_t priority = pod->spec.priority.value_or(0);
    if (is_terminal(*pod) || pod->metadata.deletionTimestamp || priority >= system_priority) continue;
    const auto found = used.find(pod->metadata.uid);
    if (found == used.end()) continue;
    const std::int64_t excess = found->second - requested_memory(*pod);
    const std::tuple rank(excess > 0, -std::int64_t{priority}, excess);
    if (worst && rank <= *worst) continue;
    worst = rank;
    victim = pod->metadata.uid;
  }
  return victim;
}

PodFailure memory_eviction(const MachineFacts& machine) {
  return {"Evicted",
          fmt::format("The node was low on resource: memory. Threshold quantity: {}Mi, available: {}Ki.",
                      memory_threshold / 1024 / 1024, machine.memory_available_bytes / 1024)};
}

}  // namespace aloft::node
