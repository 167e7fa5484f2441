// ServiceMonitor, PodMonitor and Probe objects as scrape jobs, with the relabelling by which the Prometheus
// operator gives targets their labels. Source: the operator's API reference and the configuration that it
// generates.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/monitoring/v1/pod_monitor.h"
#include "model/kinds/monitoring/v1/probe.h"
#include "model/kinds/monitoring/v1/service_monitor.h"

namespace aloft::telemetry::discovery {

// An entry of scrape_configs.
struct MonitorJob {
  std::string name;           // "serviceMonitor/namespace/name/0"
  std::string configuration;  // JSON; secrets stand in it in clear
  bool operator==(const MonitorJob&) const = default;
};

// What objects refer to; nullopt where the object or the key is missing.
struct ValueFinder {
  using Find = std::function<std::optional<std::string>(const std::string& ns, const std::string& name,
                                                        const std::string& key)>;
  Find secret;
  Find config_map;
};

struct MonitorJobs {
  std::vector<MonitorJob> jobs;
  std::vector<std::string> problems;  // endpoints that cannot be scraped, and why
};

// One job for each endpoint.
void add_jobs(const monitoring::v1::ServiceMonitor& object, const ValueFinder& find, MonitorJobs& out);
void add_jobs(const monitoring::v1::PodMonitor& object, const ValueFinder& find, MonitorJobs& out);
// One for all its addresses.
void add_jobs(const monitoring::v1::Probe& object, const ValueFinder& find, MonitorJobs& out);

}  // namespace aloft::telemetry::discovery
