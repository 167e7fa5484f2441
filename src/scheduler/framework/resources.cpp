// The rule for init containers is the one of upstream's resource helpers: sidecars keep running beside
// whatever starts after them.
#include "scheduler/framework/resources.h"

namespace aloft::scheduler {
namespace {

using core::v1::Container;
using core::v1::PodSpec;
using core::v1::ResourceList;

constexpr std::int64_t largest = std::int64_t{1} << 50;

std::int64_t bounded(std::int64_t amount) { return std::clamp<std::int64_t>(amount, 0, largest); }

bool is_counted(std::string_view name) {
  return name.contains('/') || name.starts_with("hugepages-") || name.starts_with("attachable-volumes-");
}

std::int64_t& extended_slot(Resources& resources, const std::string& name) {
  auto& list = resources.extended;
  auto at = std::ranges::lower_bound(list, name, {}, &std::pair<std::string, std::int64_t>::first);
  if (at == list.end() || at->first != name) at = list.emplace(at, name, 0);
  return at->second;
}

Resources container_requests(const Container& container, bool usual_amounts) {
  const ResourceList& requests = container.resources.requests;
  Resources amounts = Resources::of(requests);
  if (usual_amounts && !requests.contains("cpu")) amounts.milli_cpu = usual_milli_cpu;
  if (usual_amounts && !requests.contains("memory")) amounts.memory = usual_memory;
  return amounts;
}

void replace_by_pod_requests(Resources& total, const ResourceList& requests) {
  const Resources whole = Resources::of(requests);
  if (requests.contains("cpu")) total.milli_cpu = whole.milli_cpu;
  if (requests.contains("memory")) total.memory = whole.memory;
  for (const auto& [name, amount] : whole.extended) extended_slot(total, name) = amount;
}

Resources sum_of(const PodSpec& spec, bool usual_amounts) {
  Resources total;
  for (const Container& container : spec.containers) total.add(container_requests(container, usual_amounts));
  Resources sidecars;
  Resources starting;
  for (const Container& container : spec.initContainers) {
    Resources needed = container_requests(container, usual_amounts);
    if (container.restartPolicy == "Always") {
      total.add(needed);
      sidecars.add(needed);
      starting.raise_to(sidecars);
    } else {
      needed.add(sidecars);
      starting.raise_to(needed);
    }
  }
  total.raise_to(starting);
  if (spec.resources) replace_by_pod_requests(total, spec.resources->requests);
  total.add(Resources::of(spec.overhead));
  total.pods = 1;
  return total;
}

}  // namespace

Resources Resources::of(const ResourceList& list) {
  Resources resources;
  for (const auto& [name, amount] : list) {
    if (name == "cpu") {
      resources.milli_cpu = bounded(amount.milli());
    } else if (name == "memory") {
      resources.memory = bounded(amount.units());
    } else if (name == "ephemeral-storage") {
      resources.ephemeral_storage = bounded(amount.units());
    } else if (name == "pods") {
      resources.pods = bounded(amount.units());
    } else if (is_counted(name)) {
      resources.extended.emplace_back(name, bounded(amount.units()));
    }
  }
  return resources;
}

std::int64_t Resources::extended_amount(std::string_view name) const {
  for (const auto& [known, amount] : extended) {
    if (known == name) return amount;
  }
  return 0;
}

void Resources::add(const Resources& other) {
  milli_cpu += other.milli_cpu;
  memory += other.memory;
  ephemeral_storage += other.ephemeral_storage;
  pods += other.pods;
  for (const auto& [name, amount] : other.extended) extended_slot(*this, name) += amount;
}

void Resources::subtract(const Resources& other) {
  milli_cpu -= other.milli_cpu;
  memory -= other.memory;
  ephemeral_storage -= other.ephemeral_storage;
  pods -= other.pods;
  for (const auto& [name, amount] : other.extended) extended_slot(*this, name) -= amount;
  std::erase_if(extended, [](const auto& entry) { return entry.second == 0; });
}

void Resources::raise_to(const Resources& other) {
  milli_cpu = std::max(milli_cpu, other.milli_cpu);
  memory = std::max(memory, other.memory);
  ephemeral_storage = std::max(ephemeral_storage, other.ephemeral_storage);
  pods = std::max(pods, other.pods);
  for (const auto& [name, amount] : other.extended) {
    std::int64_t& slot = extended_slot(*this, name);
    slot = std::max(slot, amount);
  }
}

Resources pod_requests(const PodSpec& spec) { return sum_of(spec, false); }

Resources pod_scoring_requests(const PodSpec& spec) { return sum_of(spec, true); }

}  // namespace aloft::scheduler
