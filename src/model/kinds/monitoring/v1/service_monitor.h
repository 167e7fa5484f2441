// ServiceMonitor: the services whose endpoints are scraped, as the Prometheus operator defines it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/label_selector.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/kinds/monitoring/v1/scraping.h"
#include "model/scalars.h"

namespace aloft::monitoring::v1 {

struct Endpoint {
  std::string port;
  std::optional<model::IntOrString> targetPort;
  ScrapeSettings scrape;
  std::optional<TLSConfig> tlsConfig;
  std::string bearerTokenFile;
  bool operator==(const Endpoint&) const = default;
};

struct ServiceMonitorSpec {
  std::string jobLabel;
  std::vector<std::string> targetLabels;
  std::vector<std::string> podTargetLabels;
  std::vector<Endpoint> endpoints;
  meta::v1::LabelSelector selector;
  std::optional<std::string> selectorMechanism;
  std::optional<NamespaceSelector> namespaceSelector;
  std::optional<std::string> serviceDiscoveryRole;
  MonitorLimits limits;
  bool operator==(const ServiceMonitorSpec&) const = default;
};

struct ServiceMonitor {
  meta::v1::ObjectMeta metadata;
  ServiceMonitorSpec spec;
  bool operator==(const ServiceMonitor&) const = default;
};

}  // namespace aloft::monitoring::v1

DECLARE_TYPE(monitoring::v1::Endpoint)
DECLARE_TYPE(monitoring::v1::ServiceMonitorSpec)
DECLARE_TYPE(monitoring::v1::ServiceMonitor)
