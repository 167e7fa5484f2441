// Text import: the exposition formats pushed by anybody, with or without timestamps, at
// /api/v1/import/prometheus; and below it the path form of the Pushgateway.
#pragma once

#include "base/metrics.h"
#include "base/time.h"
#include "io/loop.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"

namespace aloft::telemetry::scrape {

struct ImportSettings {
  std::size_t body_limit_bytes = 64 * 1024 * 1024;
  std::size_t page_limit_bytes = 256 * 1024 * 1024;  // decompressed
};

// Lives on the router's loop and outlives it. Parameters: extra_label=name=value (repeated; goes before the
// sample's own), timestamp=milliseconds for samples without one (otherwise now). 204 when everything was
// taken; 400 naming the first damaged line after taking the others.
class ImportHandler {
 public:
  ImportHandler(io::Loop& loop, Pipeline& pipeline, const Clock& clock, ImportSettings settings = {});
  void add_routes(Router& router);

 private:
  io::Task<> import(Exchange& exchange);

  io::Loop& loop_;
  Pipeline& pipeline_;
  const Clock& clock_;
  ImportSettings settings_;
};

}  // namespace aloft::telemetry::scrape
