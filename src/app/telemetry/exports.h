// Where telemetry goes besides our own stores: a collector, a Loki, a file.
#pragma once

#include <memory>
#include <vector>

#include "app/telemetry/settings.h"
#include "base/metrics.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "io/scope.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/traces/derive/sampling.h"

namespace aloft::app {

// Lives on one loop and outlives the work of its pipeline.
class TelemetryExports {
 public:
  TelemetryExports(io::EpollLoop& loop, Metrics& metrics);
  ~TelemetryExports();
  // Registers what the settings name, after the stores; spans behind sampling. Error: a URL or a file that
  // cannot be used.
  Result<> add_to(telemetry::Pipeline& pipeline, telemetry::traces::SpanSampling& spans,
                  const TelemetrySettings& settings);
  // Lets what is queued go out, for a moment.
  io::Task<> stop();

 private:
  struct Parts;
  io::EpollLoop& loop_;
  Metrics& metrics_;
  io::Pool pool_{1};  // looks names up
  std::unique_ptr<Parts> parts_;
  io::Scope sending_;
};

}  // namespace aloft::app
