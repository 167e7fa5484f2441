// Loki's HTTP interface over the log store: push, queries, labels, series, sizes, live tail, deletion.
// Source: Loki's HTTP API reference.
#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "base/time.h"
#include "http/websocket.h"
#include "io/loop.h"
#include "io/pool.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/logs/api/explore.h"
#include "telemetry/logs/api/tail.h"
#include "telemetry/logs/logql/engine.h"
#include "telemetry/logs/store/store.h"

namespace aloft::telemetry::logs {

struct ApiSettings {
  std::string version = "3.7.6";  // the release of Loki whose interface this is
  std::size_t body_limit_bytes = 64 * 1024 * 1024;
  // Adds the label service_name from the first of the usual labels that a stream has, as Loki 3 does.
  bool discover_service_name = false;
};

// What the interface stands on; all of it outlives the interface.
struct ApiParts {
  io::Loop& loop;
  io::Pool& pool;
  const Clock& clock;
  Random& random;  // of the loop
  Pipeline& pipeline;
  LogStore& store;
  const logql::Engine& engine;
  // Must be an exporter of the pipeline behind the store for /tail to see what comes in.
  TailHub& tail;
};

// Lives on the router's loop.
class LokiApi {
 public:
  LokiApi(ApiParts parts, ApiSettings settings) : parts_(parts), settings_(std::move(settings)) {}
  void add_routes(Router& router);

 private:
  using Explore = Result<std::string> (*)(const logql::Engine& engine, const ExploreRequest& request);
  struct TailOptions {
    Duration delay{};          // before what came is given
    bool categorized = false;  // fields and parsed labels beside each line
  };
  io::Task<> push(Exchange& exchange);
  enum class QueryForm { instant, range, legacy };
  io::Task<> query(Exchange& exchange, QueryForm form);
  io::Task<> labels(Exchange& exchange);
  io::Task<> label_values(Exchange& exchange);
  io::Task<> series(Exchange& exchange);
  io::Task<> explore(Exchange& exchange, Explore what);
  io::Task<> field_values(Exchange& exchange);
  io::Task<> format_query(Exchange& exchange);
  io::Task<> request_deletion(Exchange& exchange);
  io::Task<> list_deletions(Exchange& exchange);
  io::Task<> cancel_deletion(Exchange& exchange);
  io::Task<> tail(Exchange& exchange);
  io::Task<> follow(std::unique_ptr<http::WebSocket> socket, std::unique_ptr<TailHub::Follower> follower,
                    logql::QueryRequest history, TailOptions options);
  io::Task<> build_info(Exchange& exchange);
  std::int64_t now_ns() const { return parts_.clock.wall().since_epoch.count(); }

  ApiParts parts_;
  ApiSettings settings_;
};

}  // namespace aloft::telemetry::logs
