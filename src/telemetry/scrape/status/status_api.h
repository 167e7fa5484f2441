// What Prometheus tells of itself, as clients and Grafana ask for it: /api/v1/status/*, /api/v1/metadata,
// /api/v1/features, /-/healthy, /-/ready, /-/reload and the administration of the store.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/loop.h"
#include "io/pool.h"
#include "telemetry/core/router.h"
#include "telemetry/metrics/storage.h"
#include "telemetry/scrape/exposition/federate.h"

namespace aloft::telemetry::scrape {

struct BuildInfo {
  std::string version, revision, branch, build_user, build_date;
  std::string compiler;  // where Prometheus names its Go version
};

// What the answers are made of. Functions are called on the loop; empty ones stand for nothing to tell.
struct StatusSources {
  BuildInfo build;
  std::map<std::string, std::string> flags;  // of the command line, defaults included
  std::function<std::string()> config;       // PrometheusConfig::printed
  WallTime started;
  std::string working_directory, host_name;
  std::string storage_retention;  // "15d"
  struct Reload {
    bool succeeded = true;
    WallTime at;
  };
  std::function<Reload()> last_reload;
  std::function<io::Task<Result<>>()> reload;  // POST /-/reload; empty: not allowed (403)
  std::function<bool()> ready;
  bool admin = false;                                           // --web.enable-admin-api
  std::map<std::string, std::map<std::string, bool>> features;  // category to feature
};

// Lives on the router's loop and outlives it. The store's calls run on the pool.
class StatusApi {
 public:
  StatusApi(io::Loop& loop, io::Pool& pool, const Clock& clock, metrics::Store& store, SelectorParser parser,
            StatusSources sources);
  void add_routes(Router& router);

 private:
  io::Task<> config(Exchange& exchange);
  io::Task<> flags(Exchange& exchange);
  io::Task<> runtime_info(Exchange& exchange);
  io::Task<> build_info(Exchange& exchange);
  io::Task<> tsdb(Exchange& exchange);
  io::Task<> wal_replay(Exchange& exchange);
  io::Task<> features(Exchange& exchange);
  io::Task<> metadata(Exchange& exchange);
  io::Task<> healthy(Exchange& exchange);
  io::Task<> ready(Exchange& exchange);
  io::Task<> reload(Exchange& exchange);
  io::Task<> snapshot(Exchange& exchange);
  io::Task<> delete_series(Exchange& exchange);
  io::Task<> clean_tombstones(Exchange& exchange);
  bool refuse_admin(Error& why) const;

  io::Loop& loop_;
  io::Pool& pool_;
  const Clock& clock_;
  metrics::Store& store_;
  SelectorParser parser_;
  StatusSources sources_;
};

// The features that Prometheus' /api/v1/features names and that this module has; others add their own.
std::map<std::string, std::map<std::string, bool>> scrape_features();

}  // namespace aloft::telemetry::scrape
