// Deployment: keeps a number of equal pods running and replaces them step by step.
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

struct RollingUpdateDeployment {
  std::optional<model::IntOrString> maxUnavailable;
  std::optional<model::IntOrString> maxSurge;
  bool operator==(const RollingUpdateDeployment&) const = default;
};

struct DeploymentStrategy {
  std::string type;
  model::Box<RollingUpdateDeployment> rollingUpdate;
  bool operator==(const DeploymentStrategy&) const = default;
};

struct DeploymentSpec {
  std::optional<std::int32_t> replicas;
  model::Box<meta::v1::LabelSelector> selector;
  core::v1::PodTemplateSpec template_;
  DeploymentStrategy strategy;
  std::int32_t minReadySeconds = 0;
  std::optional<std::int32_t> revisionHistoryLimit;
  bool paused = false;
  std::optional<std::int32_t> progressDeadlineSeconds;
  bool operator==(const DeploymentSpec&) const = default;
};

struct DeploymentCondition {
  std::string type;
  std::string status;
  model::Timestamp lastUpdateTime;
  model::Timestamp lastTransitionTime;
  std::string reason;
  std::string message;
  bool operator==(const DeploymentCondition&) const = default;
};

struct DeploymentStatus {
  std::int64_t observedGeneration = 0;
  std::int32_t replicas = 0;
  std::int32_t updatedReplicas = 0;
  std::int32_t readyReplicas = 0;
  std::int32_t availableReplicas = 0;
  std::int32_t unavailableReplicas = 0;
  std::vector<DeploymentCondition> conditions;
  std::optional<std::int32_t> collisionCount;
  bool operator==(const DeploymentStatus&) const = default;
};

struct Deployment {
  meta::v1::ObjectMeta metadata;
  DeploymentSpec spec;
  DeploymentStatus status;
  bool operator==(const Deployment&) const = default;
};

}  // namespace aloft::apps::v1

DECLARE_TYPE(apps::v1::RollingUpdateDeployment)
DECLARE_TYPE(apps::v1::DeploymentStrategy)
DECLARE_TYPE(apps::v1::DeploymentSpec)
DECLARE_TYPE(apps::v1::DeploymentCondition)
DECLARE_TYPE(apps::v1::DeploymentStatus)
DECLARE_TYPE(apps::v1::Deployment)
