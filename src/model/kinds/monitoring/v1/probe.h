// Probe: addresses that are looked at by way of a prober such as the blackbox exporter, as the Prometheus
// operator defines it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/kinds/monitoring/v1/scraping.h"

namespace aloft::monitoring::v1 {

struct ProberSpec {
  std::string url;
  std::string scheme;
  std::string path;
  ProxyConfig proxy;
  bool operator==(const ProberSpec&) const = default;
};

struct ProbeTargetStaticConfig {
  std::vector<std::string> static_;
  std::map<std::string, std::string> labels;
  std::vector<RelabelConfig> relabelingConfigs;
  bool operator==(const ProbeTargetStaticConfig&) const = default;
};

struct ProbeTargets {
  std::optional<ProbeTargetStaticConfig> staticConfig;
  bool operator==(const ProbeTargets&) const = default;
};

struct ProbeSpec {
  std::string jobName;
  ProberSpec prober;
  std::string module;
  ProbeTargets targets;
  std::string interval;
  std::string scrapeTimeout;
  std::optional<SafeTLSConfig> tlsConfig;
  std::optional<core::v1::SecretKeySelector> bearerTokenSecret;
  std::optional<BasicAuth> basicAuth;
  std::optional<OAuth2> oauth2;
  std::vector<RelabelConfig> metricRelabelings;
  std::optional<SafeAuthorization> authorization;
  MonitorLimits limits;
  bool operator==(const ProbeSpec&) const = default;
};

struct Probe {
  meta::v1::ObjectMeta metadata;
  ProbeSpec spec;
  bool operator==(const Probe&) const = default;
};

}  // namespace aloft::monitoring::v1

DECLARE_TYPE(monitoring::v1::ProberSpec)
DECLARE_TYPE(monitoring::v1::ProbeTargetStaticConfig)
DECLARE_TYPE(monitoring::v1::ProbeTargets)
DECLARE_TYPE(monitoring::v1::ProbeSpec)
DECLARE_TYPE(monitoring::v1::Probe)
