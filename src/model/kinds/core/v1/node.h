// Node: a machine that runs pods, what it has and how it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/resources.h"
#include "model/kinds/core/v1/scheduling.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct ConfigMapNodeConfigSource {
  std::string namespace_;
  std::string name;
  std::string uid;
  std::string resourceVersion;
  std::string kubeletConfigKey;
  bool operator==(const ConfigMapNodeConfigSource&) const = default;
};

struct NodeConfigSource {
  model::Box<ConfigMapNodeConfigSource> configMap;
  bool operator==(const NodeConfigSource&) const = default;
};

struct NodeSpec {
  std::string podCIDR;
  std::vector<std::string> podCIDRs;
  std::string providerID;
  bool unschedulable = false;
  std::vector<Taint> taints;
  model::Box<NodeConfigSource> configSource;
  std::string externalID;
  bool operator==(const NodeSpec&) const = default;
};

struct DaemonEndpoint {
  std::int32_t Port = 0;
  bool operator==(const DaemonEndpoint&) const = default;
};

struct NodeDaemonEndpoints {
  DaemonEndpoint kubeletEndpoint;
  bool operator==(const NodeDaemonEndpoints&) const = default;
};

struct NodeRuntimeHandlerFeatures {
  std::optional<bool> recursiveReadOnlyMounts;
  std::optional<bool> userNamespaces;
  bool operator==(const NodeRuntimeHandlerFeatures&) const = default;
};

struct NodeRuntimeHandler {
  std::string name;
  model::Box<NodeRuntimeHandlerFeatures> features;
  bool operator==(const NodeRuntimeHandler&) const = default;
};

struct NodeFeatures {
  std::optional<bool> supplementalGroupsPolicy;
  bool operator==(const NodeFeatures&) const = default;
};

struct NodeSystemInfo {
  std::string machineID;
  std::string systemUUID;
  std::string bootID;
  std::string kernelVersion;
  std::string osImage;
  std::string containerRuntimeVersion;
  std::string kubeletVersion;
  std::string kubeProxyVersion;
  std::string operatingSystem;
  std::string architecture;
  bool operator==(const NodeSystemInfo&) const = default;
};

struct NodeConfigStatus {
  model::Box<NodeConfigSource> assigned;
  model::Box<NodeConfigSource> active;
  model::Box<NodeConfigSource> lastKnownGood;
  std::string error;
  bool operator==(const NodeConfigStatus&) const = default;
};

struct AttachedVolume {
  std::string name;
  std::string devicePath;
  bool operator==(const AttachedVolume&) const = default;
};

struct ContainerImage {
  std::vector<std::string> names;
  std::int64_t sizeBytes = 0;
  bool operator==(const ContainerImage&) const = default;
};

struct NodeCondition {
  std::string type;
  std::string status;
  model::Timestamp lastHeartbeatTime;
  model::Timestamp lastTransitionTime;
  std::string reason;
  std::string message;
  bool operator==(const NodeCondition&) const = default;
};

struct NodeAddress {
  std::string type;
  std::string address;
  bool operator==(const NodeAddress&) const = default;
};

struct NodeStatus {
  ResourceList capacity;
  ResourceList allocatable;
  std::string phase;
  std::vector<NodeCondition> conditions;
  std::vector<NodeAddress> addresses;
  NodeDaemonEndpoints daemonEndpoints;
  NodeSystemInfo nodeInfo;
  std::vector<ContainerImage> images;
  std::vector<std::string> volumesInUse;
  std::vector<AttachedVolume> volumesAttached;
  model::Box<NodeConfigStatus> config;
  std::vector<NodeRuntimeHandler> runtimeHandlers;
  model::Box<NodeFeatures> features;
  bool operator==(const NodeStatus&) const = default;
};

struct Node {
  meta::v1::ObjectMeta metadata;
  NodeSpec spec;
  NodeStatus status;
  bool operator==(const Node&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::ConfigMapNodeConfigSource)
DECLARE_TYPE(core::v1::NodeConfigSource)
DECLARE_TYPE(core::v1::NodeSpec)
DECLARE_TYPE(core::v1::DaemonEndpoint)
DECLARE_TYPE(core::v1::NodeDaemonEndpoints)
DECLARE_TYPE(core::v1::NodeRuntimeHandlerFeatures)
DECLARE_TYPE(core::v1::NodeRuntimeHandler)
DECLARE_TYPE(core::v1::NodeFeatures)
DECLARE_TYPE(core::v1::NodeSystemInfo)
DECLARE_TYPE(core::v1::NodeConfigStatus)
DECLARE_TYPE(core::v1::AttachedVolume)
DECLARE_TYPE(core::v1::ContainerImage)
DECLARE_TYPE(core::v1::NodeCondition)
DECLARE_TYPE(core::v1::NodeAddress)
DECLARE_TYPE(core::v1::NodeStatus)
DECLARE_TYPE(core::v1::Node)
