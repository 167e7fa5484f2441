// How the quality of service of a pod follows from the resources of its containers.
#include "model/kinds/core/v1/pod_qos.h"

namespace aloft::core::v1 {
namespace {

struct Seen {
  bool anything = false;
  bool guaranteed = true;
};

const model::Quantity* find(const ResourceList& list, const std::string& name) {
  const auto found = list.find(name);
  return found == list.end() || found->second.is_zero() ? nullptr : &found->second;
}

void look_at(const std::vector<Container>& containers, Seen& seen) {
  for (const Container& container : containers) {
    for (const std::string name : {"cpu", "memory"}) {
      const model::Quantity* request = find(container.resources.requests, name);
      const model::Quantity* limit = find(container.resources.limits, name);
      seen.anything = seen.anything || request != nullptr || limit != nullptr;
      const bool pinned = limit != nullptr && (request == nullptr || *request == *limit);
      seen.guaranteed = seen.guaranteed && pinned;
    }
  }
}

}  // namespace

std::string qos_class(const PodSpec& spec) {
  Seen seen;
  look_at(spec.initContainers, seen);
  look_at(spec.containers, seen);
  if (!seen.anything) return "BestEffort";
  return seen.guaranteed ? "Guaranteed" : "Burstable";
}

}  // namespace aloft::core::v1
