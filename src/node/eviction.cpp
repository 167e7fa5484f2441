// See eviction.h.
#include "node/eviction.h"

#include <tuple>

#include <fmt/format.h>

namespace aloft::node {

namespace {

constexpr std::int64_t memory_threshold = 100 * 1024 * 1024;
constexpr std::int64_t disk_part = 10;
constexpr std::int32_t system_priority = 2'000'000'000;

std::int64_t requested(const core::v1::Pod& pod, Scarce scarce) {
  std::int64_t sum = 0;
  for (const core::v1::Container& container : pod.spec.containers) {
    const auto found =
        container.resources.requests.find(scarce == Scarce::memory ? "memory" : "ephemeral-storage");
    if (found != container.resources.requests.end()) sum += found->second.units();
  }
  return sum;
}

}  // namespace

bool is_low_on_memory(const MachineFacts& machine) {
  return machine.memory_available_bytes < memory_threshold;
}

bool is_low_on_disk(const MachineFacts& machine) {
  return machine.disk_bytes > 0 && machine.disk_available_bytes < machine.disk_bytes / disk_part;
}

std::optional<std::string> choose_victim(const std::vector<PodPointer>& pods,
                                         const std::vector<ContainerUsage>& usage, Scarce scarce) {
  std::map<std::string, std::int64_t> used;
  for (const ContainerUsage& container : usage) {
    const std::uint64_t bytes =
        scarce == Scarce::memory ? container.memory_working_set_bytes : container.disk_bytes;
    used[container.pod_uid] += static_cast<std::int64_t>(bytes);
  }
  // Beyond its request, then lowest priority, then furthest beyond.
  std::optional<std::tuple<bool, std::int64_t, std::int64_t>> worst;
  std::optional<std::string> victim;
  for (const PodPointer& pod : pods) {
    const std::int32_t priority = pod->spec.priority.value_or(0);
    if (is_terminal(*pod) || pod->metadata.deletionTimestamp || priority >= system_priority) continue;
    const auto found = used.find(pod->metadata.uid);
    if (found == used.end()) continue;
    const std::int64_t excess = found->second - requested(*pod, scarce);
    const std::tuple rank(excess > 0, -std::int64_t{priority}, excess);
    if (worst && rank <= *worst) continue;
    worst = rank;
    victim = pod->metadata.uid;
  }
  return victim;
}

PodFailure eviction_failure(const MachineFacts& machine, Scarce scarce) {
  const bool memory = scarce == Scarce::memory;
  const std::int64_t threshold = memory ? memory_threshold : machine.disk_bytes / disk_part;
  const std::int64_t available = memory ? machine.memory_available_bytes : machine.disk_available_bytes;
  return {"Evicted",
          fmt::format("The node was low on resource: {}. Threshold quantity: {}Mi, available: {}Ki.",
                      memory ? "memory" : "ephemeral-storage", threshold / 1024 / 1024, available / 1024)};
}

}  // namespace aloft::node
