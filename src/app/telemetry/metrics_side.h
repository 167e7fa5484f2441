// Everything about metrics but their store: what takes them in, what asks for them, what goes and gets them.
#pragma once

#include <memory>
#include <optional>

#include "app/telemetry/settings.h"
#include "base/metrics.h"
#include "io/epoll_loop.h"
#include "io/pool.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/discovery/targets/kubernetes_targets.h"
#include "telemetry/metrics/storage.h"
#include "telemetry/promql/api.h"
#include "telemetry/promql/engine.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/exposition/federate.h"
#include "telemetry/scrape/exposition/import_handler.h"
#include "telemetry/scrape/push/influx_handler.h"
#include "telemetry/scrape/push/line_sinks.h"
#include "telemetry/scrape/push/push_gateway.h"
#include "telemetry/scrape/remote/remote_out.h"
#include "telemetry/scrape/remote/remote_read.h"
#include "telemetry/scrape/remote/remote_source.h"
#include "telemetry/scrape/remote/write_handler.h"
#include "telemetry/scrape/status/status_api.h"
#include "telemetry/scrape/targets/scrape_manager.h"
#include "telemetry/scrape/targets/targets_api.h"

namespace aloft::app {

struct MetricsParts {
  io::EpollLoop& loop;
  io::Pool& query_pool;
  telemetry::Pipeline& pipeline;
  telemetry::metrics::Store& store;
  const Clock& clock;
  Metrics& metrics;
  bool zero_at_start = false;  // where counting begins becomes a zero
};

// Lives on one loop.
class MetricsSide {
 public:
  MetricsSide(MetricsParts parts, telemetry::scrape::StatusSources status);
  ~MetricsSide();
  // Puts a configuration in force. Error: a job that cannot be set up, naming it; the others run.
  Result<> apply(const telemetry::scrape::PrometheusConfig& config);
  // Registers the remote writers of the configuration, after the store and before the first batch. Error: a
  // URL or a certificate that cannot be used.
  Result<> add_writers(const telemetry::scrape::PrometheusConfig& config);
  // Listens for Graphite and StatsD where the settings say so. Error: an address that cannot be had.
  Result<> listen(const TelemetrySettings& settings);
  // Sets up the servers that queries read from besides, before the first query. Error: as above.
  Result<> add_readers(const telemetry::scrape::PrometheusConfig& config);
  // Queries that wait for other servers fail, so that their threads can be joined.
  void end_reads();
  // Scrapes nothing any more.
  void end_scrapes();
  // Lets what waits for other servers go out, for a moment.
  io::Task<> stop();
  void add_routes(telemetry::Router& router);
  // Jobs with kubernetes_sd_configs take their targets from here; null: such jobs cannot be set up. Outlives
  // the jobs.
  void use_cluster(telemetry::discovery::KubernetesTargets* targets) { cluster_ = targets; }
  // How targets are found and reached, for others; no longer used than this lives.
  telemetry::scrape::ProviderKit discovery();
  telemetry::scrape::ScrapeManager& scrapes() { return *scrapes_; }
  const telemetry::promql::Engine& engine() const { return engine_; }
  // What queries and rules read: the store, and other servers where the configuration names some.
  const telemetry::metrics::Queryable& source() const { return merged_; }

 private:
  Result<std::unique_ptr<telemetry::scrape::TargetProvider>> cluster_targets(const model::Value& settings);

  MetricsParts parts_;
  telemetry::promql::PoolFor parallel_;
  telemetry::promql::Engine engine_;
  telemetry::Labels external_labels_;
  telemetry::scrape::WriteHandler write_;
  telemetry::scrape::ImportHandler import_;
  telemetry::scrape::InfluxHandler influx_;
  telemetry::scrape::PushGateway gateway_;
  telemetry::scrape::FederateHandler federate_;
  telemetry::scrape::ReadHandler read_;
  telemetry::scrape::MergedSource merged_;
  telemetry::promql::QueryApi queries_;
  telemetry::scrape::StatusApi status_;
  std::unique_ptr<telemetry::scrape::ScrapeSink> sink_;
  telemetry::discovery::KubernetesTargets* cluster_ = nullptr;
  io::Pool name_pool_{2};  // looks names up and reads discovery's files
  std::unique_ptr<telemetry::scrape::ScrapeManager> scrapes_;
  std::unique_ptr<telemetry::scrape::TargetsApi> targets_;
  telemetry::scrape::RemoteOutEnvironment remote_;
  std::vector<std::unique_ptr<telemetry::scrape::RemoteWriter>> writers_;
  std::vector<std::unique_ptr<telemetry::scrape::RemoteSource>> readers_;
  std::unique_ptr<telemetry::scrape::GraphiteServer> graphite_;
  std::unique_ptr<telemetry::scrape::StatsdServer> statsd_;
};

}  // namespace aloft::app
