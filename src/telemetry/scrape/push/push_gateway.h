// What short-lived jobs push, in the manner of Prometheus' Pushgateway: a group of metrics at
// /metrics/job/NAME/LABEL/VALUE... is kept, and written as of now again and again, until it is replaced or
// deleted.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/loop.h"
#include "io/scope.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"

namespace aloft::telemetry::scrape {

struct PushGatewaySettings {
  Duration interval = 15s;        // between two writes of what is held
  std::size_t samples = 100'000;  // held in all
  std::size_t body_limit_bytes = 64 * 1024 * 1024;
};

// Lives on the router's loop and outlives it. PUT replaces a group, POST those of its metrics that come with
// it, DELETE ends it. Samples must not have times. What is held does not survive a restart.
class PushGateway {
 public:
  PushGateway(io::Loop& loop, Pipeline& pipeline, const Clock& clock, PushGatewaySettings settings = {});
  void add_routes(Router& router);

 private:
  using Family = std::map<std::string, double>;  // by encoded labels
  struct Group {
    std::map<std::string, Family, std::less<>> families;
  };
  struct Page;

  io::Task<> push(Exchange& exchange);
  io::Task<> remove(Exchange& exchange);
  // True when there is room for it.
  bool keep(const Labels& group, Page page, bool whole);
  std::size_t held() const;
  io::Task<> run();
  io::Task<> give(MetricBatch batch);

  io::Loop& loop_;
  Pipeline& pipeline_;
  const Clock& clock_;
  PushGatewaySettings settings_;
  std::map<Labels, Group> groups_;
  io::Scope scope_;
};

}  // namespace aloft::telemetry::scrape
