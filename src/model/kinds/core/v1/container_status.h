// What has become of a container: waiting, running or ended, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/resources.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct ContainerStateWaiting {
  std::string reason;
  std::string message;
  bool operator==(const ContainerStateWaiting&) const = default;
};

struct ContainerStateRunning {
  model::Timestamp startedAt;
  bool operator==(const ContainerStateRunning&) const = default;
};

struct ContainerStateTerminated {
  std::int32_t exitCode = 0;
  std::int32_t signal = 0;
  std::string reason;
  std::string message;
  model::Timestamp startedAt;
  model::Timestamp finishedAt;
  std::string containerID;
  bool operator==(const ContainerStateTerminated&) const = default;
};

struct ContainerState {
  model::Box<ContainerStateWaiting> waiting;
  model::Box<ContainerStateRunning> running;
  model::Box<ContainerStateTerminated> terminated;
  bool operator==(const ContainerState&) const = default;
};

struct VolumeMountStatus {
  std::string name;
  std::string mountPath;
  bool readOnly = false;
  std::optional<std::string> recursiveReadOnly;
  bool operator==(const VolumeMountStatus&) const = default;
};

struct ResourceHealth {
  std::string resourceID;
  std::string health;
  bool operator==(const ResourceHealth&) const = default;
};

struct ResourceStatus {
  std::string name;
  std::vector<ResourceHealth> resources;
  bool operator==(const ResourceStatus&) const = default;
};

struct LinuxContainerUser {
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::vector<std::int64_t> supplementalGroups;
  bool operator==(const LinuxContainerUser&) const = default;
};

struct ContainerUser {
  model::Box<LinuxContainerUser> linux_;
  bool operator==(const ContainerUser&) const = default;
};

struct ContainerStatus {
  std::string name;
  ContainerState state;
  ContainerState lastState;
  bool ready = false;
  std::int32_t restartCount = 0;
  std::string image;
  std::string imageID;
  std::string containerID;
  std::optional<bool> started;
  ResourceList allocatedResources;
  model::Box<ResourceRequirements> resources;
  std::vector<VolumeMountStatus> volumeMounts;
  model::Box<ContainerUser> user;
  std::vector<ResourceStatus> allocatedResourcesStatus;
  bool operator==(const ContainerStatus&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::ContainerStateWaiting)
DECLARE_TYPE(core::v1::ContainerStateRunning)
DECLARE_TYPE(core::v1::ContainerStateTerminated)
DECLARE_TYPE(core::v1::ContainerState)
DECLARE_TYPE(core::v1::VolumeMountStatus)
DECLARE_TYPE(core::v1::ResourceHealth)
DECLARE_TYPE(core::v1::ResourceStatus)
DECLARE_TYPE(core::v1::LinuxContainerUser)
DECLARE_TYPE(core::v1::ContainerUser)
DECLARE_TYPE(core::v1::ContainerStatus)
