// PodMonitor: the pods that are scraped, as the Prometheus operator defines it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/label_selector.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/kinds/monitoring/v1/scraping.h"
#include "model/scalars.h"

namespace aloft::monitoring::v1 {

struct PodMetricsEndpoint {
  std::optional<std::string> port;
  std::optional<std::int32_t> portNumber;
  std::optional<model::IntOrString> targetPort;
  ScrapeSettings scrape;
  std::optional<SafeTLSConfig> tlsConfig;
  bool operator==(const PodMetricsEndpoint&) const = default;
};

struct PodMonitorSpec {
  std::string jobLabel;
  std::vector<std::string> podTargetLabels;
  std::vector<PodMetricsEndpoint> podMetricsEndpoints;
  meta::v1::LabelSelector selector;
  std::optional<std::string> selectorMechanism;
  std::optional<NamespaceSelector> namespaceSelector;
  MonitorLimits limits;
  bool operator==(const PodMonitorSpec&) const = default;
};

struct PodMonitor {
  meta::v1::ObjectMeta metadata;
  PodMonitorSpec spec;
  bool operator==(const PodMonitor&) const = default;
};

}  // namespace aloft::monitoring::v1

DECLARE_TYPE(monitoring::v1::PodMetricsEndpoint)
DECLARE_TYPE(monitoring::v1::PodMonitorSpec)
DECLARE_TYPE(monitoring::v1::PodMonitor)
