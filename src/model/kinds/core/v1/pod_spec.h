// What a pod shall be: its containers, volumes, identity, place and restart rules.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/container.h"
#include "model/kinds/core/v1/references.h"
#include "model/kinds/core/v1/resources.h"
#include "model/kinds/core/v1/scheduling.h"
#include "model/kinds/core/v1/security_context.h"
#include "model/kinds/core/v1/volume.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct PodReadinessGate {
  std::string conditionType;
  bool operator==(const PodReadinessGate&) const = default;
};

struct PodResourceClaim {
  std::string name;
  std::optional<std::string> resourceClaimName;
  std::optional<std::string> resourceClaimTemplateName;
  bool operator==(const PodResourceClaim&) const = default;
};

struct PodOS {
  std::string name;
  bool operator==(const PodOS&) const = default;
};

struct PodSchedulingGate {
  std::string name;
  bool operator==(const PodSchedulingGate&) const = default;
};

struct HostAlias {
  std::string ip;
  std::vector<std::string> hostnames;
  bool operator==(const HostAlias&) const = default;
};

struct PodDNSConfigOption {
  std::string name;
  std::optional<std::string> value;
  bool operator==(const PodDNSConfigOption&) const = default;
};

struct PodDNSConfig {
  std::vector<std::string> nameservers;
  std::vector<std::string> searches;
  std::vector<PodDNSConfigOption> options;
  bool operator==(const PodDNSConfig&) const = default;
};

struct PodSpec {
  std::vector<Volume> volumes;
  std::vector<Container> initContainers;
  std::vector<Container> containers;
  std::vector<EphemeralContainer> ephemeralContainers;
  std::string restartPolicy;
  std::optional<std::int64_t> terminationGracePeriodSeconds;
  std::optional<std::int64_t> activeDeadlineSeconds;
  std::string dnsPolicy;
  std::map<std::string, std::string> nodeSelector;
  std::string serviceAccountName;
  std::string serviceAccount;
  std::optional<bool> automountServiceAccountToken;
  std::string nodeName;
  bool hostNetwork = false;
  bool hostPID = false;
  bool hostIPC = false;
  std::optional<bool> shareProcessNamespace;
  model::Box<PodSecurityContext> securityContext;
  std::vector<LocalObjectReference> imagePullSecrets;
  std::string hostname;
  std::string subdomain;
  model::Box<Affinity> affinity;
  std::string schedulerName;
  std::vector<Toleration> tolerations;
  std::vector<HostAlias> hostAliases;
  std::string priorityClassName;
  std::optional<std::int32_t> priority;
  model::Box<PodDNSConfig> dnsConfig;
  std::vector<PodReadinessGate> readinessGates;
  std::optional<std::string> runtimeClassName;
  std::optional<bool> enableServiceLinks;
  std::optional<std::string> preemptionPolicy;
  ResourceList overhead;
  std::vector<TopologySpreadConstraint> topologySpreadConstraints;
  std::optional<bool> setHostnameAsFQDN;
  model::Box<PodOS> os;
  std::optional<bool> hostUsers;
  std::vector<PodSchedulingGate> schedulingGates;
  std::vector<PodResourceClaim> resourceClaims;
  model::Box<ResourceRequirements> resources;
  bool operator==(const PodSpec&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::PodReadinessGate)
DECLARE_TYPE(core::v1::PodResourceClaim)
DECLARE_TYPE(core::v1::PodOS)
DECLARE_TYPE(core::v1::PodSchedulingGate)
DECLARE_TYPE(core::v1::HostAlias)
DECLARE_TYPE(core::v1::PodDNSConfigOption)
DECLARE_TYPE(core::v1::PodDNSConfig)
DECLARE_TYPE(core::v1::PodSpec)
