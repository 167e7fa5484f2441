// What Prometheus shows of its targets: /api/v1/targets, /api/v1/targets/metadata, /api/v1/scrape_pools.
#pragma once

#include "telemetry/core/router.h"
#include "telemetry/scrape/exposition/federate.h"
#include "telemetry/scrape/targets/scrape_manager.h"

namespace aloft::telemetry::scrape {

// Lives on the manager's loop, which is the router's too; outlives the router.
class TargetsApi {
 public:
  TargetsApi(const ScrapeManager& manager, SelectorParser parser);
  void add_routes(Router& router);

 private:
  io::Task<> targets(Exchange& exchange);
  io::Task<> metadata(Exchange& exchange);
  io::Task<> pools(Exchange& exchange);

  const ScrapeManager& manager_;
  SelectorParser parser_;
};

}  // namespace aloft::telemetry::scrape
