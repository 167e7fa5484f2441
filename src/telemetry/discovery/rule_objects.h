// PrometheusRule objects as rule files: watched in the API, handed to whoever evaluates rules.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "client/reconcile.h"
#include "io/event.h"
#include "io/scope.h"
#include "model/kinds/monitoring/v1/prometheus_rule.h"

namespace aloft::telemetry::discovery {

// The text of a Prometheus rule file with the object's groups; their names carry nothing of the object.
std::string rule_file_of(const monitoring::v1::PrometheusRule& object);

// Lives on the informers' loop; construct before InformerSet::start().
class RuleObjects {
 public:
  // By file name ("namespace/name"): every object there is. Called on `home` at the start and after changes.
  using Update = std::function<void(std::map<std::string, std::string> files)>;
  RuleObjects(io::Loop& loop, client::InformerSet& informers, io::Loop& home, Update update,
              Duration settle = 1s);
  ~RuleObjects();
  void start();

 private:
  io::Task<> run();

  io::Loop& loop_;
  client::InformerSet& informers_;
  io::Loop& home_;
  std::shared_ptr<Update> update_;  // called on `home_`
  Duration settle_;
  io::Event changed_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::discovery
