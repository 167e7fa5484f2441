// Alerting in one piece: rules over the metrics, and the Alertmanager that tells people.
//
//   Alerts alerts(parts);
//   const Result<> started = co_await alerts.start(settings);
//   alerts.add_routes(router, server_loop);
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "telemetry/alerts/manager/manager.h"
#include "telemetry/alerts/outside/outside_managers.h"
#include "telemetry/alerts/receivers/kinds.h"
#include "telemetry/alerts/rules/kept_groups.h"
#include "telemetry/alerts/rules/rule_manager.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/metrics/ingest_observer.h"
#include "telemetry/metrics/queryable.h"
#include "telemetry/promql/engine.h"

namespace aloft::telemetry::alerts {

struct AlertsParts {
  io::EpollLoop& loop;  // where alerts live
  io::Pool& pool;
  const Clock& clock;
  Random& random;  // used on the loop
  Metrics& metrics;
  Pipeline& pipeline;  // recorded series go in by it
  const promql::Engine& engine;
  const metrics::Queryable& storage;
  scrape::ProviderKit discovery;              // of other Alertmanagers, and how they are reached
  metrics::Observable* observable = nullptr;  // for thresholds on ingest; null: at their turn only
  std::shared_ptr<const RuleLanguage> logs;   // of rules over logs; null: there are none
};

struct AlertsSettings {
  std::vector<std::string> rule_files;      // with * and ?
  std::vector<std::string> log_rule_files;  // the same, of rules over logs
  std::string manager_config;               // a file; empty: a receiver that tells nobody
  std::string folder;                       // for the state; empty: none is kept
  Duration evaluation_interval = 1min;
  std::string external_url;  // in links, without a slash at its end
  LabelMap external_labels;  // of every alert that does not have them
  Duration query_offset{};   // of groups that say nothing
  Duration resend_delay = 1min;
  std::vector<scrape::RelabelRule> alert_relabel_configs;
  std::vector<scrape::AlertmanagerConfig> alertmanagers;  // told beside our own
};

// Made, used and destroyed on its loop, but for add_routes().
class Alerts {
 public:
  explicit Alerts(AlertsParts parts);
  ~Alerts();

  // Reads state, configuration and rules, and begins. Error: invalid, naming file, line and field; nothing
  // runs then. Once.
  io::Task<Result<>> start(AlertsSettings settings);
  // Reads the files again. Error: as start(); what was in force stays in force. The folder stays.
  io::Task<Result<>> reload(AlertsSettings settings);
  // Rule groups from elsewhere (objects of an API), by the name of their source; an empty list takes them
  // away.
  void set_groups(std::string source, std::vector<RuleGroupConfig> groups);
  // The Alertmanagers beside our own. Error: one that cannot be set up, naming it; the others are in force.
  Result<> use_alertmanagers(const std::vector<scrape::AlertmanagerConfig>& configs);
  // Alerts from elsewhere in the process, as if a rule had raised them.
  void raise(std::vector<Alert> alerts);
  // No rule is evaluated any more; lets what waits for other Alertmanagers go out, for a moment.
  io::Task<> drain(Duration grace);
  // Writes the state; nothing is sent afterwards.
  void stop();

  // The v2 interface of the Alertmanager, also below /alertmanager, the rules and alerts of Prometheus' v1,
  // and Loki's interface of rules where there are logs. On the router's loop, which `server` is; after
  // start(). The router is used no longer than this lives.
  void add_routes(Router& router, io::Loop& server);

  Manager& manager() { return *manager_; }
  RuleManager& rules() { return *rules_; }

 private:
  struct Loaded;
  static Result<Loaded> load(const AlertsSettings& settings, const RuleFileOptions& of_logs);
  Result<> apply(Loaded loaded);
  void apply_groups();
  RuleFileOptions of_logs() const;
  std::string kept_folder() const;
  void end_rules();

  AlertsParts parts_;
  AlertsSettings settings_;
  StateWriter writer_{StateWriter::Runs::own_thread};
  NotifierFactory factory_;
  std::shared_ptr<const NotificationTemplates> templates_;
  std::unique_ptr<Manager> manager_;
  std::unique_ptr<OutsideManagers> outside_;
  std::unique_ptr<RuleEnvironment> environment_;
  std::unique_ptr<RuleManager> rules_;
  std::unique_ptr<KeptGroups> kept_;                            // of rules over logs
  std::map<std::string, std::vector<RuleGroupConfig>> groups_;  // by source; the files' under ""
};

}  // namespace aloft::telemetry::alerts
