// The parts around the store of metrics.
#include "app/telemetry/metrics_side.h"

#include <unistd.h>

#include "app/telemetry/log.h"
#include "app/telemetry/settings.h"
#include "io/scope.h"
#include "telemetry/promql/parser.h"

namespace aloft::app {
namespace {

using telemetry::scrape::HttpClientConfig;

std::size_t query_width() { return static_cast<std::size_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN))); }

// INT64_MAX while there are none.
telemetry::Millis oldest_sample(const telemetry::metrics::Store& store) {
  const telemetry::metrics::StoreStatus status = store.status();
  return status.max_time == 0 ? INT64_MAX : status.min_time;
}

telemetry::scrape::WriteHandlerSettings write_settings(const MetricsParts& parts) {
  telemetry::scrape::WriteHandlerSettings settings;
  settings.zero_at_start = parts.zero_at_start;
  return settings;
}

telemetry::scrape::FederateSettings federate_settings(const telemetry::Labels& external) {
  telemetry::scrape::FederateSettings settings;
  settings.external_labels = [&external] { return external; };
  return settings;
}

}  // namespace

MetricsSide::MetricsSide(MetricsParts parts, telemetry::scrape::StatusSources status)
    : parts_(parts),
      parallel_(parts.query_pool, query_width()),
      engine_(telemetry::promql::EngineOptions(), parallel_),
      write_(parts.loop, parts.pipeline, parts.metrics, write_settings(parts)),
      import_(parts.loop, parts.pipeline, parts.clock),
      influx_(parts.loop, parts.pipeline, parts.clock),
      gateway_(parts.loop, parts.pipeline, parts.clock),
      federate_(parts.loop, parts.query_pool, parts.store, telemetry::promql::parse_metric_selector,
                parts.clock, federate_settings(external_labels_)),
      read_(parts.loop, parts.query_pool, parts.store, [this] { return external_labels_; }),
      merged_(parts.store, [&store = parts.store] { return oldest_sample(store); }),
      queries_(parts.loop, parts.query_pool, merged_, engine_, parts.clock),
      status_(parts.loop, parts.query_pool, parts.clock, parts.store,
              telemetry::promql::parse_metric_selector, std::move(status)),
      sink_(telemetry::scrape::make_pipeline_sink(parts.loop, parts.pipeline)),
      remote_{parts.loop, &name_pool_, parts.clock, parts.metrics} {
  telemetry::scrape::ScrapeEnvironment environment{.loop = parts.loop, .clock = parts.clock, .sink = *sink_};
  environment.zero_at_start = parts.zero_at_start;
  telemetry::scrape::ProviderKit kit = discovery();
  scrapes_ = std::make_unique<telemetry::scrape::ScrapeManager>(
      environment, name_pool_, std::move(kit.fetchers), std::move(kit.factories));
  targets_ =
      std::make_unique<telemetry::scrape::TargetsApi>(*scrapes_, telemetry::promql::parse_metric_selector);
}

telemetry::scrape::ProviderKit MetricsSide::discovery() {
  telemetry::scrape::ProviderKit kit{parts_.loop, name_pool_, {}, {}};
  kit.fetchers = [this](const HttpClientConfig& config) {
    return telemetry::scrape::make_http_fetcher(parts_.loop, name_pool_, config);
  };
  kit.factories.kubernetes = [this](const model::Value& settings, const std::string&) {
    return cluster_targets(settings);
  };
  return kit;
}

Result<std::unique_ptr<telemetry::scrape::TargetProvider>> MetricsSide::cluster_targets(
    const model::Value& settings) {
  if (cluster_ == nullptr) return fail(Code::invalid, "kubernetes_sd_configs: there is no cloud here");
  TRY(what, telemetry::discovery::parse_kubernetes_discovery(settings));
  return cluster_->provider(parts_.loop, std::move(what));
}

MetricsSide::~MetricsSide() = default;

Result<> MetricsSide::apply(const telemetry::scrape::PrometheusConfig& config) {
  external_labels_ = config.global.external_labels;
  return scrapes_->apply(config.scrape_configs);
}

Result<> MetricsSide::add_writers(const telemetry::scrape::PrometheusConfig& config) {
  for (const telemetry::scrape::RemoteWriteConfig& wanted : config.remote_write) {
    TRY(fetcher, telemetry::scrape::make_http_fetcher(parts_.loop, name_pool_, wanted.client));
    TRY(writer, telemetry::scrape::RemoteWriter::make(remote_, wanted, config.global.external_labels,
                                                      std::move(fetcher)));
    parts_.pipeline.add<telemetry::MetricBatch>(*writer);
    writers_.push_back(std::move(writer));
  }
  return {};
}

Result<> MetricsSide::add_readers(const telemetry::scrape::PrometheusConfig& config) {
  for (const telemetry::scrape::RemoteReadConfig& wanted : config.remote_read) {
    TRY(fetcher, telemetry::scrape::make_http_fetcher(parts_.loop, name_pool_, wanted.client));
    TRY(reader, telemetry::scrape::RemoteSource::make(parts_.loop, wanted, config.global.external_labels,
                                                      std::move(fetcher), parts_.metrics));
    merged_.add(*reader);
    readers_.push_back(std::move(reader));
  }
  return {};
}

Result<> MetricsSide::listen(const TelemetrySettings& settings) {
  const telemetry::scrape::PushParts push{parts_.loop, parts_.pipeline, parts_.clock, parts_.metrics};
  if (!settings.graphite.host.empty()) {
    graphite_ = std::make_unique<telemetry::scrape::GraphiteServer>(push);
    auto address = graphite_->listen(settings.graphite);
    if (!address) return fail(address.error().at("--graphite"));
    telemetry_log.info("Graphite's protocol is taken at {}", address->to_string());
  }
  if (!settings.statsd.host.empty()) {
    statsd_ = std::make_unique<telemetry::scrape::StatsdServer>(push, settings.statsd_flush);
    auto address = statsd_->listen(settings.statsd);
    if (!address) return fail(address.error().at("--statsd"));
    telemetry_log.info("StatsD's protocol is taken at {}", address->to_string());
  }
  return {};
}

void MetricsSide::end_reads() {
  for (const auto& reader : readers_) reader->close();
}

void MetricsSide::end_scrapes() {
  graphite_.reset();
  statsd_.reset();
  targets_.reset();
  scrapes_.reset();
}

io::Task<> MetricsSide::stop() {
  io::Scope draining(parts_.loop);
  for (const auto& writer : writers_) draining.spawn(writer->drain(last_moment));
  co_await draining.finish();
}

void MetricsSide::add_routes(telemetry::Router& router) {
  write_.add_routes(router);
  import_.add_routes(router);
  influx_.add_routes(router);
  gateway_.add_routes(router);
  federate_.add_routes(router);
  read_.add_routes(router);
  queries_.add_routes(router);
  status_.add_routes(router);
  targets_->add_routes(router);
}

}  // namespace aloft::app
