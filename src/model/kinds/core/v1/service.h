// Service: one stable address and name for a changing set of pods.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/condition.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct ClientIPConfig {
  std::optional<std::int32_t> timeoutSeconds;
  bool operator==(const ClientIPConfig&) const = default;
};

struct SessionAffinityConfig {
  model::Box<ClientIPConfig> clientIP;
  bool operator==(const SessionAffinityConfig&) const = default;
};

struct PortStatus {
  std::int32_t port = 0;
  std::string protocol;
  std::optional<std::string> error;
  bool operator==(const PortStatus&) const = default;
};

struct LoadBalancerIngress {
  std::string ip;
  std::string hostname;
  std::optional<std::string> ipMode;
  std::vector<PortStatus> ports;
  bool operator==(const LoadBalancerIngress&) const = default;
};

struct LoadBalancerStatus {
  std::vector<LoadBalancerIngress> ingress;
  bool operator==(const LoadBalancerStatus&) const = default;
};

struct ServiceStatus {
  LoadBalancerStatus loadBalancer;
  std::vector<meta::v1::Condition> conditions;
  bool operator==(const ServiceStatus&) const = default;
};

struct ServicePort {
  std::string name;
  std::string protocol;
  std::optional<std::string> appProtocol;
  std::int32_t port = 0;
  model::IntOrString targetPort;
  std::int32_t nodePort = 0;
  bool operator==(const ServicePort&) const = default;
};

struct ServiceSpec {
  std::vector<ServicePort> ports;
  std::map<std::string, std::string> selector;
  std::string clusterIP;
  std::vector<std::string> clusterIPs;
  std::string type;
  std::vector<std::string> externalIPs;
  std::string sessionAffinity;
  std::string loadBalancerIP;
  std::vector<std::string> loadBalancerSourceRanges;
  std::string externalName;
  std::string externalTrafficPolicy;
  std::int32_t healthCheckNodePort = 0;
  bool publishNotReadyAddresses = false;
  model::Box<SessionAffinityConfig> sessionAffinityConfig;
  std::vector<std::string> ipFamilies;
  std::optional<std::string> ipFamilyPolicy;
  std::optional<bool> allocateLoadBalancerNodePorts;
  std::optional<std::string> loadBalancerClass;
  std::optional<std::string> internalTrafficPolicy;
  std::optional<std::string> trafficDistribution;
  bool operator==(const ServiceSpec&) const = default;
};

struct Service {
  meta::v1::ObjectMeta metadata;
  ServiceSpec spec;
  ServiceStatus status;
  bool operator==(const Service&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::ClientIPConfig)
DECLARE_TYPE(core::v1::SessionAffinityConfig)
DECLARE_TYPE(core::v1::PortStatus)
DECLARE_TYPE(core::v1::LoadBalancerIngress)
DECLARE_TYPE(core::v1::LoadBalancerStatus)
DECLARE_TYPE(core::v1::ServiceStatus)
DECLARE_TYPE(core::v1::ServicePort)
DECLARE_TYPE(core::v1::ServiceSpec)
DECLARE_TYPE(core::v1::Service)
