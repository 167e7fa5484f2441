// Small pieces that the exporters of several kinds share.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/quantity.h"
#include "model/scalars.h"
#include "telemetry/discovery/exporters/families.h"

namespace aloft::telemetry::discovery {

inline double seconds_of(const model::Timestamp& time) {
  return static_cast<double>(time.seconds) + static_cast<double>(time.nanos) / 1e9;
}

// kube_<kind>_created and kube_<kind>_metadata_resource_version style families begin with the object's own
// labels: its namespace and name under the name of its kind.
inline LabelList identity(std::string_view kind, const meta::v1::ObjectMeta& metadata) {
  return {{"namespace", metadata.namespace_}, {kind, metadata.name}};
}

inline LabelList with(LabelList labels, const LabelList& more) {
  labels.insert(labels.end(), more.begin(), more.end());
  return labels;
}

// kube_<kind>_owner: one sample for each owner, and one without any where there is none.
inline void add_owners(Family& family, const LabelList& labels, const meta::v1::ObjectMeta& metadata) {
  if (metadata.ownerReferences.empty()) family.add(1, labels);
  for (const auto& one : metadata.ownerReferences)
    family.add(1, with(labels, {{"owner_kind", one.kind},
                                {"owner_name", one.name},
                                {"owner_is_controller", one.controller.value_or(false) ? "true" : "false"}}));
}

// One sample for each state a condition can have, 1 for the one it has.
inline void add_condition(Family& family, const LabelList& labels, std::string_view type,
                          std::string_view status) {
  for (const auto& [known, shown] : {std::pair<std::string_view, std::string_view>{"True", "true"},
                                     {"False", "false"},
                                     {"Unknown", "unknown"}})
    family.add(status == known ? 1 : 0, with(labels, {{"condition", type}, {"status", shown}}));
}

// How kube-state-metrics names a resource and its unit: cpu in cores, memory in bytes, others as integers.
struct ResourceName {
  std::string name;
  std::string_view unit;
  double value;
};
inline ResourceName resource_name(const std::string& name, const model::Quantity& amount) {
  std::string shown = name;
  for (char& c : shown) {
    if (c == '.' || c == '/' || c == '-') c = '_';
  }
  if (name == "cpu") return {shown, "core", static_cast<double>(amount.milli()) / 1000};
  const bool bytes =
      name == "memory" || name == "storage" || name == "ephemeral-storage" || name.starts_with("hugepages-");
  return {shown, bytes ? "byte" : "integer", static_cast<double>(amount.units())};
}

}  // namespace aloft::telemetry::discovery
