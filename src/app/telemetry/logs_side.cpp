// The parts around the store of logs.
#include "app/telemetry/logs_side.h"

#include "app/telemetry/log.h"
#include "io/file.h"

namespace aloft::app {
LogsSide::LogsSide(const LogsParts& parts)
    : parts_(parts),
      engine_(parts.store, parts.query_pool, telemetry::logs::logql::QueryLimits()),
      api_({parts.loop, parts.query_pool, parts.clock, random_, parts.pipeline, parts.store, engine_, tail_},
           telemetry::logs::ApiSettings()),
      json_lines_(parts.loop, parts.pipeline, parts.clock) {
  parts.pipeline.add<telemetry::LogBatch>(tail_);
}

Result<> LogsSide::begin(const TelemetrySettings& settings) {
  if (!settings.log_steps.empty()) {
    TRY(text, io::read_file(settings.log_steps));
    auto steps = telemetry::logs::LogProcessors::parse(text, parts_.clock, parts_.metrics);
    if (!steps) return std::unexpected<Error>(steps.error().at(settings.log_steps));
    steps_ = std::move(*steps);
    parts_.pipeline.add<telemetry::LogBatch>(*steps_);
  }
  if (settings.syslog_udp.host.empty() && settings.syslog_tcp.host.empty()) return {};
  syslog_ = std::make_unique<telemetry::logs::SyslogServer>(parts_.loop, parts_.ingest_pool, parts_.pipeline,
                                                            parts_.clock, parts_.metrics, "");
  if (!settings.syslog_udp.host.empty()) {
    TRY(address, syslog_->listen_udp(settings.syslog_udp));
    telemetry_log.info("syslog is taken at {} over UDP", address.to_string());
  }
  if (!settings.syslog_tcp.host.empty()) {
    TRY(address, syslog_->listen_tcp(settings.syslog_tcp));
    telemetry_log.info("syslog is taken at {} over TCP", address.to_string());
  }
  return {};
}

void LogsSide::add_routes(telemetry::Router& router) {
  api_.add_routes(router);
  json_lines_.add_routes(router);
}

}  // namespace aloft::app
