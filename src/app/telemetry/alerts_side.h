// Rules, the Alertmanager, and the alert that telemetry raises about itself: a disk that takes nothing any
// more cannot take the samples of a rule either.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/telemetry/settings.h"
#include "app/telemetry/stores.h"
#include "base/metrics.h"
#include "base/random.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "io/scope.h"
#include "telemetry/alerts/alerts.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/logs/logql/engine.h"
#include "telemetry/promql/engine.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/targets/providers.h"

namespace aloft::app {

struct AlertsSideParts {
  io::EpollLoop& loop;
  telemetry::Pipeline& pipeline;
  TelemetryStores& stores;
  const telemetry::promql::Engine& engine;
  const telemetry::metrics::Queryable& source;  // what rules read
  const telemetry::logs::logql::Engine& logs;   // what rules over logs ask
  telemetry::scrape::ProviderKit discovery;     // of other Alertmanagers
  const Clock& clock;
  Metrics& metrics;
};

// Lives on one loop.
class AlertsSide {
 public:
  explicit AlertsSide(const AlertsSideParts& parts);
  // Error: invalid, naming file, line and field of a rule or of the configuration.
  io::Task<Result<>> start(const TelemetrySettings& settings,
                           const telemetry::scrape::PrometheusConfig& config, std::string external_url);
  void add_routes(telemetry::Router& router) { alerts_.add_routes(router, parts_.loop); }
  // Reads all files again. Error: as start(); what was in force stays in force.
  io::Task<Result<>> reload(const telemetry::scrape::PrometheusConfig& config);
  // The Alertmanagers of the configuration anew: what finds them has come or goes.
  Result<> use_alertmanagers(const telemetry::scrape::PrometheusConfig& config) {
    return alerts_.use_alertmanagers(config.alertmanagers);
  }
  // Rule files that come from elsewhere, by name; replaces the previous set. A file that is wrong is left out
  // and told about in the log.
  void use_rule_files(const std::map<std::string, std::string>& files);
  // Lets what waits for other Alertmanagers go out, for a moment.
  io::Task<> stop();

 private:
  telemetry::alerts::AlertsSettings wanted(const telemetry::scrape::PrometheusConfig& config) const;
  io::Task<> watch_disk();
  void tell_disk(const std::string& trouble, bool over);

  AlertsSideParts parts_;
  SystemRandom random_;
  io::Pool pool_{2};  // evaluates rules, whatever people's queries do
  TelemetrySettings settings_;
  std::string external_url_;
  telemetry::alerts::Alerts alerts_;
  std::map<std::string, std::string> files_;
  WallTime trouble_since_{};
  io::Scope work_;
};

}  // namespace aloft::app
