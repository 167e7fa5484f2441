// The life of a pod as controllers see it: pod.status.phase and the condition Ready.
#include "controllers/pods.h"

namespace aloft::controllers {

using core::v1::Pod;
using core::v1::PodCondition;

const model::KindInfo& pod_kind() { return client::kind_of(model::type_info<Pod>()); }

const PodCondition* find_condition(const core::v1::PodStatus& status, std::string_view type) {
  const auto found = std::ranges::find(status.conditions, type, &PodCondition::type);
  return found == status.conditions.end() ? nullptr : &*found;
}

bool set_condition(core::v1::PodStatus& status, PodCondition condition) {
  const auto found = std::ranges::find(status.conditions, condition.type, &PodCondition::type);
  if (found == status.conditions.end()) {
    status.conditions.push_back(std::move(condition));
    return true;
  }
  if (found->status == condition.status) condition.lastTransitionTime = found->lastTransitionTime;
  if (*found == condition) return false;
  *found = std::move(condition);
  return true;
}

bool is_finished(const Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

bool is_active(const Pod& pod) { return !is_finished(pod) && !pod.metadata.deletionTimestamp; }

bool is_ready(const Pod& pod) {
  const PodCondition* ready = find_condition(pod.status, "Ready");
  return ready != nullptr && ready->status == "True";
}

std::optional<WallTime> ready_since(const Pod& pod) {
  const PodCondition* ready = find_condition(pod.status, "Ready");
  if (ready == nullptr || ready->status != "True" || !ready->lastTransitionTime.is_set()) return std::nullopt;
  return ready->lastTransitionTime.time();
}

bool is_available(const Pod& pod, std::int32_t min_ready_seconds, WallTime now) {
  if (!is_ready(pod)) return false;
  if (min_ready_seconds == 0) return true;
  const auto since = ready_since(pod);
  return since && *since + std::chrono::seconds(min_ready_seconds) <= now;
}

client::Index by_node_index() {
  client::Index index;
  index.name = by_node;
  index.values = [](const void* object) {
    return std::vector<std::string>(1, static_cast<const Pod*>(object)->spec.nodeName);
  };
  return index;
}

std::string value_of_label(std::string_view ns, std::string_view key, std::string_view value) {
  return fmt::format("{}/{}={}", ns, key, value);
}

client::Index by_label_index() {
  client::Index index;
  index.name = by_label;
  index.values = [](const void* object) {
    const auto& metadata = *static_cast<const meta::v1::ObjectMeta*>(object);
    std::vector<std::string> values;
    for (const auto& [key, value] : metadata.labels) {
      values.push_back(value_of_label(metadata.namespace_, key, value));
    }
    return values;
  };
  return index;
}

client::Change pod_status_change(const Pod& pod) { return client::update_change(pod, "status"); }

}  // namespace aloft::controllers
