// The write interfaces of InfluxDB: /write of version 1 and /api/v2/write, also below /influx.
#pragma once

#include "base/time.h"
#include "io/loop.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"

namespace aloft::telemetry::scrape {

// Lives on the router's loop and outlives it. 204 when everything was taken; 400 naming the first damaged
// line after taking the others. Parameters: precision; db (version 1), which becomes a label.
class InfluxHandler {
 public:
  InfluxHandler(io::Loop& loop, Pipeline& pipeline, const Clock& clock)
      : loop_(loop), pipeline_(pipeline), clock_(clock) {}
  void add_routes(Router& router);

 private:
  io::Task<> write(Exchange& exchange);

  io::Loop& loop_;
  Pipeline& pipeline_;
  const Clock& clock_;
};

}  // namespace aloft::telemetry::scrape
