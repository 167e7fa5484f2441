// The receiver of Prometheus remote write, 1.0 and 2.0, at /api/v1/write.
#pragma once

#include <cstdint>

#include "base/metrics.h"
#include "io/loop.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"

namespace aloft::telemetry::scrape {

struct WriteHandlerSettings {
  std::size_t body_limit_bytes = 64 * 1024 * 1024;      // as it comes
  std::size_t request_limit_bytes = 256 * 1024 * 1024;  // decompressed
  bool zero_at_start = false;                           // see DecodeOptions
};

// Lives on one loop, the router's; outlives it. Answers 204 when everything was taken; 400 naming the first
// item that was not, after taking the others; 415 for other messages and encodings; 429 with Retry-After when
// too much is under way; 5xx when trying again may help.
class WriteHandler {
 public:
  WriteHandler(io::Loop& loop, Pipeline& pipeline, Metrics& metrics, WriteHandlerSettings settings = {});
  void add_routes(Router& router);

 private:
  io::Task<> write(Exchange& exchange);

  io::Loop& loop_;
  Pipeline& pipeline_;
  WriteHandlerSettings settings_;
  Counter& requests_;
  Counter& refused_;
};

}  // namespace aloft::telemetry::scrape
