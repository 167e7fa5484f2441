// ServiceMonitor, PodMonitor and Probe objects, and the secrets and config maps that they refer to: watched
// in the API, handed as scrape jobs to whoever scrapes.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "client/reconcile.h"
#include "io/event.h"
#include "io/scope.h"
#include "telemetry/discovery/monitors/monitor_jobs.h"

namespace aloft::telemetry::discovery {

// Lives on the informers' loop; construct before InformerSet::start().
class MonitorObjects {
 public:
  // Every job there is, by name. Called on `home` at the start and after changes.
  using Update = std::function<void(std::vector<MonitorJob> jobs)>;
  MonitorObjects(io::Loop& loop, client::InformerSet& informers, io::Loop& home, Update update,
                 Duration settle = 1s);
  ~MonitorObjects();
  void start();

 private:
  io::Task<> run();
  MonitorJobs jobs() const;
  void tell_problems(std::vector<std::string> problems);

  io::Loop& loop_;
  client::InformerSet& informers_;
  io::Loop& home_;
  std::shared_ptr<Update> update_;  // called on `home_`
  Duration settle_;
  io::Event changed_;
  std::vector<std::string> told_problems_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::discovery
