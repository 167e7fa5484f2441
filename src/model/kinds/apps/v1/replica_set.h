// ReplicaSet: keeps a number of pods of one template running.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/pod_template.h"
#include "model/kinds/meta/v1/label_selector.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::apps::v1 {

struct ReplicaSetSpec {
  std::optional<std::int32_t> replicas;
  std::int32_t minReadySeconds = 0;
  model::Box<meta::v1::LabelSelector> selector;
  core::v1::PodTemplateSpec template_;
  bool operator==(const ReplicaSetSpec&) const = default;
};

struct ReplicaSetCondition {
  std::string type;
  std::string status;
  model::Timestamp lastTransitionTime;
  std::string reason;
  std::string message;
  bool operator==(const ReplicaSetCondition&) const = default;
};

struct ReplicaSetStatus {
  std::int32_t replicas = 0;
  std::int32_t fullyLabeledReplicas = 0;
  std::int32_t readyReplicas = 0;
  std::int32_t availableReplicas = 0;
  std::int64_t observedGeneration = 0;
  std::vector<ReplicaSetCondition> conditions;
  bool operator==(const ReplicaSetStatus&) const = default;
};

struct ReplicaSet {
  meta::v1::ObjectMeta metadata;
  ReplicaSetSpec spec;
  ReplicaSetStatus status;
  bool operator==(const ReplicaSet&) const = default;
};

}  // namespace aloft::apps::v1

DECLARE_TYPE(apps::v1::ReplicaSetSpec)
DECLARE_TYPE(apps::v1::ReplicaSetCondition)
DECLARE_TYPE(apps::v1::ReplicaSetStatus)
DECLARE_TYPE(apps::v1::ReplicaSet)
