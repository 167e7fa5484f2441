// Opening, upkeep and end.
#include "app/telemetry/stores.h"

#include "app/telemetry/log.h"
#include "telemetry/logs/logql/deletion_filter.h"

namespace aloft::app {
namespace {

constexpr Duration upkeep_interval = 1s;

telemetry::metrics::StoreSettings metrics_settings(const TelemetrySettings& settings) {
  telemetry::metrics::StoreSettings out;
  out.folder = settings.folder + "/metrics";
  out.retention = settings.metrics_retention;
  out.retention_bytes = settings.metrics_retention_bytes;
  out.out_of_order_window = settings.out_of_order_window;
  out.limits.total = settings.series_limit;
  return out;
}

telemetry::logs::StoreSettings log_settings(const TelemetrySettings& settings) {
  telemetry::logs::StoreSettings out;
  out.folder = settings.folder + "/logs";
  out.compile_deletion = telemetry::logs::logql::compile_deletion;
  out.retention = settings.logs_retention;
  out.retention_bytes = settings.logs_retention_bytes;
  return out;
}

telemetry::traces::TraceStoreSettings trace_settings(const TelemetrySettings& settings) {
  telemetry::traces::TraceStoreSettings out;
  out.folder = settings.folder + "/traces";
  out.retention = settings.traces_retention;
  out.retention_bytes = settings.traces_retention_bytes;
  return out;
}

}  // namespace

io::Task<Result<>> TelemetryStores::open(const TelemetrySettings& settings) {
  using telemetry::logs::LogStore;
  using telemetry::traces::TraceStore;
  const auto open_metrics = [this, wanted = metrics_settings(settings)] {
    return telemetry::metrics::Store::open(wanted, clock_, own_);
  };
  const auto open_logs = [this, wanted = log_settings(settings)] {
    return LogStore::open(wanted, clock_, own_);
  };
  const auto open_traces = [this, wanted = trace_settings(settings)] {
    return TraceStore::open(wanted, pool_, clock_, own_);
  };
  // All three begin before the first is awaited.
  struct Opening {
    Result<std::unique_ptr<telemetry::metrics::Store>> metrics = fail(Code::internal, "not opened");
    Result<std::unique_ptr<LogStore>> logs = fail(Code::internal, "not opened");
    Result<std::unique_ptr<TraceStore>> traces = fail(Code::internal, "not opened");
  };
  Opening opening;
  io::Scope work(loop_);
  const auto run = [this](auto& slot, auto call) -> io::Task<> {
    auto running = pool_.run(loop_, std::move(call));
    slot = co_await std::move(running);
  };
  work.spawn(run(opening.metrics, open_metrics));
  work.spawn(run(opening.logs, open_logs));
  work.spawn(run(opening.traces, open_traces));
  co_await work.finish();
  if (!opening.metrics) co_return std::unexpected<Error>(opening.metrics.error().at("metrics"));
  if (!opening.logs) co_return std::unexpected<Error>(opening.logs.error().at("logs"));
  if (!opening.traces) co_return std::unexpected<Error>(opening.traces.error().at("traces"));
  metrics_ = std::move(*opening.metrics);
  logs_ = std::move(*opening.logs);
  traces_ = std::move(*opening.traces);
  co_return Result<>();
}

void TelemetryStores::start() {
  upkeep_.spawn(keep_metrics());
  upkeep_.spawn(keep_logs());
  upkeep_.spawn(traces_->run(loop_));
}

io::Task<> TelemetryStores::keep_metrics() {
  for (;;) {
    co_await loop_.sleep(upkeep_interval);
    auto running = pool_.run(loop_, [store = metrics_.get()]() -> Result<> {
      TRY_DO(store->maintain());
      if (store->status().writable) return {};
      return fail(Code::unavailable, "the disk refuses writes");
    });
    const Result<> kept = co_await std::move(running);
    std::string trouble = kept ? "" : kept.error().message();
    if (trouble == trouble_) continue;
    // Told once, when it begins and when it ends.
    if (trouble.empty()) {
      telemetry_log.info("the metrics store works again");
    } else {
      telemetry_log.error("metrics: {}", trouble);
    }
    trouble_ = std::move(trouble);
  }
}

io::Task<> TelemetryStores::keep_logs() {
  for (;;) {
    co_await loop_.sleep(upkeep_interval);
    logs_->tick();
    auto running = pool_.run(loop_, [store = logs_.get()] { return store->sync(); });
    const Result<> synced = co_await std::move(running);
    if (!synced) telemetry_log.debug("logs: {}", synced.error().message());
  }
}

io::Task<> TelemetryStores::flush(const char* name, std::function<Result<>()> flush) {
  auto running = pool_.run(loop_, std::move(flush));
  const Result<> flushed = co_await std::move(running);
  // What is not flushed stands in the store's log and is taken up by the next start.
  if (!flushed) telemetry_log.warning("{}: {}", name, flushed.error().message());
}

io::Task<> TelemetryStores::stop() {
  upkeep_.cancel();
  io::Scope work(loop_);
  if (metrics_) work.spawn(flush("metrics", [store = metrics_.get()] { return store->flush(); }));
  if (logs_) work.spawn(flush("logs", [store = logs_.get()] { return store->flush(); }));
  if (traces_) work.spawn(flush("traces", [store = traces_.get()] { return store->flush(); }));
  co_await work.finish();
}

}  // namespace aloft::app
