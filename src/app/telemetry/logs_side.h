// Everything about logs but their store: Loki's interface and those who follow lines as they come.
#pragma once

#include "base/random.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/logs/api/api.h"
#include "telemetry/logs/api/tail.h"
#include "telemetry/logs/logql/engine.h"
#include "telemetry/logs/store/store.h"

namespace aloft::app {

struct LogsParts {
  io::EpollLoop& loop;
  io::Pool& query_pool;
  telemetry::Pipeline& pipeline;
  telemetry::logs::LogStore& store;
  const Clock& clock;
};

// Lives on one loop. Followers get what the pipeline writes from here on.
class LogsSide {
 public:
  explicit LogsSide(const LogsParts& parts)
      : engine_(parts.store, parts.query_pool, telemetry::logs::logql::QueryLimits()),
        api_(
            {parts.loop, parts.query_pool, parts.clock, random_, parts.pipeline, parts.store, engine_, tail_},
            telemetry::logs::ApiSettings()) {
    parts.pipeline.add<telemetry::LogBatch>(tail_);
  }
  void add_routes(telemetry::Router& router) { api_.add_routes(router); }
  const telemetry::logs::logql::Engine& engine() const { return engine_; }

 private:
  SystemRandom random_;
  telemetry::logs::TailHub tail_;
  telemetry::logs::logql::Engine engine_;
  telemetry::logs::LokiApi api_;
};

}  // namespace aloft::app
