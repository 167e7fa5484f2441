// Where a cloud and its telemetry meet: the half that lives beside the controllers, watches the cloud's
// objects and measures its node, and tells the other half what to scrape, read and evaluate.
#pragma once

#include <memory>
#include <string>

#include "api/usage.h"
#include "app/control_loop.h"
#include "app/telemetry/telemetry.h"
#include "base/time.h"
#include "client/reconcile.h"
#include "io/loop.h"
#include "io/pool.h"

namespace aloft::app {

struct ClusterTelemetrySettings {
  std::string node_name;  // empty: no node on this machine
  std::string cgroup;     // parent of the node's pods
  std::string logs;       // folder of the node's log files
};

// Lives on the informers' loop; construct before InformerSet::start(). The telemetry outlives it and lives on
// `telemetry_loop`.
class ClusterTelemetry final : public ControlGuest {
 public:
  ClusterTelemetry(io::Loop& loop, const Clock& clock, client::InformerSet& informers, Telemetry& telemetry,
                   io::Loop& telemetry_loop, api::UsageSource& usage,
                   const ClusterTelemetrySettings& settings);
  ~ClusterTelemetry() override;
  ClusterTelemetry(const ClusterTelemetry&) = delete;
  ClusterTelemetry& operator=(const ClusterTelemetry&) = delete;
  void start() override;
  // Takes back from telemetry what it uses of this object. Before the destructor.
  io::Task<> stop() override;

 private:
  struct Parts;
  io::Loop& loop_;
  Telemetry& telemetry_;
  io::Loop& telemetry_loop_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace aloft::app
