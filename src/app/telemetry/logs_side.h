// Everything about logs but their store: Loki's interface, JSON lines and syslog, the steps that change lines
// on their way in, and those who follow them as they come.
#pragma once

#include <memory>

#include "app/telemetry/settings.h"
#include "base/metrics.h"
#include "base/random.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/logs/api/api.h"
#include "telemetry/logs/api/tail.h"
#include "telemetry/logs/ingest/json_lines.h"
#include "telemetry/logs/ingest/processors.h"
#include "telemetry/logs/ingest/syslog_server.h"
#include "telemetry/logs/logql/engine.h"
#include "telemetry/logs/store/store.h"

namespace aloft::app {

struct LogsParts {
  io::EpollLoop& loop;
  io::Pool& query_pool;
  io::Pool& ingest_pool;
  telemetry::Pipeline& pipeline;
  telemetry::logs::LogStore& store;
  const Clock& clock;
  Metrics& metrics;
};

// Lives on one loop.
class LogsSide {
 public:
  explicit LogsSide(const LogsParts& parts);
  // Registers the steps of the settings and begins to listen for syslog; before the first batch. Error: a
  // step or an address that cannot be used.
  Result<> begin(const TelemetrySettings& settings);
  void add_routes(telemetry::Router& router);
  const telemetry::logs::logql::Engine& engine() const { return engine_; }
  // Takes no more messages.
  void stop() { syslog_.reset(); }

 private:
  LogsParts parts_;
  SystemRandom random_;
  telemetry::logs::TailHub tail_;
  telemetry::logs::logql::Engine engine_;
  telemetry::logs::LokiApi api_;
  telemetry::logs::JsonLineApi json_lines_;
  std::unique_ptr<telemetry::logs::LogProcessors> steps_;
  std::unique_ptr<telemetry::logs::SyslogServer> syslog_;
};

}  // namespace aloft::app
