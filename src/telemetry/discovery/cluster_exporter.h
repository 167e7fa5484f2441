// Measures this cloud without anybody's help: every interval the exporters of the node, its containers and
// the API's objects write their series into the pipeline, under the jobs and labels that the usual
// installations of node_exporter, the kubelet and kube-state-metrics give them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/random.h"
#include "base/time.h"
#include "client/reconcile.h"
#include "io/pool.h"
#include "io/scope.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/discovery/exporters/families.h"
#include "telemetry/discovery/usage_meter.h"

namespace aloft::telemetry::discovery {

struct ObjectStates;

struct ClusterExporterSettings {
  std::string node_name;  // empty: no node here, only objects are shown
  std::string cgroup;     // parent of the pods of this node, below the hierarchies
  std::string root;       // where proc/ and sys/ are; empty: this machine
  Duration interval = 15s;
};

// Lives on the informers' loop; construct before InformerSet::start(). Reading files and rendering happen on
// the pool. Each exporter also writes `up`, as a scrape would.
class ClusterExporter {
 public:
  // The newest usage after each measuring, called on the loop.
  using OnUsage = std::function<void(Usage)>;
  ClusterExporter(io::Loop& loop, const Clock& clock, client::InformerSet& informers, io::Pool& pool,
                  Pipeline& pipeline, ClusterExporterSettings settings, OnUsage on_usage);
  ~ClusterExporter();
  // Begins once the informers have synced.
  void start();
  // One round of everything; for start() and for tests.
  io::Task<> measure();

 private:
  struct Memory;
  std::shared_ptr<const ObjectStates> gather() const;
  io::Task<> run();

  io::Loop& loop_;
  const Clock& clock_;
  client::InformerSet& informers_;
  io::Pool& pool_;
  Pipeline& pipeline_;
  ClusterExporterSettings settings_;
  OnUsage on_usage_;
  std::shared_ptr<Memory> memory_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::discovery
