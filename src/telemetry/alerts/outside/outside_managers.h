// The Alertmanagers of other people that our rules tell of their alerts: `alerting` of Prometheus'
// configuration file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "telemetry/alerts/outside/endpoint.h"
#include "telemetry/scrape/config/config.h"

namespace aloft::telemetry::alerts {

// Lives on one loop.
class OutsideManagers {
 public:
  explicit OutsideManagers(OutsideEnvironment environment);
  ~OutsideManagers();

  // Puts a configuration in force. Entries that did not change keep what they have found and what waits.
  // Error: the first entry that cannot be set up, naming it; the others are in force.
  Result<> apply(const std::vector<scrape::AlertmanagerConfig>& configs);
  // To every Alertmanager that is known now.
  void send(const std::vector<AlertPtr>& alerts);
  // No more are looked for. Resumes when everything has gone out, or when the time is over.
  io::Task<> drain(Duration grace);

  // URLs, sorted: where alerts go, and what relabelling left out.
  std::vector<std::string> active() const;
  std::vector<std::string> dropped() const;

 private:
  class Set;
  void count();

  OutsideEnvironment environment_;
  Gauge& discovered_;
  std::vector<std::unique_ptr<Set>> sets_;
};

// Adds the external labels that an alert does not have, then applies the rules; alerts that a rule drops, or
// that are left without a label, are gone.
std::vector<AlertPtr> relabel_alerts(std::vector<AlertPtr> alerts, const LabelMap& external_labels,
                                     const std::vector<scrape::RelabelRule>& rules);

}  // namespace aloft::telemetry::alerts
