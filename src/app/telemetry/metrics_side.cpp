// The parts around the store of metrics.
#include "app/telemetry/metrics_side.h"

#include <unistd.h>

#include "io/scope.h"
#include "telemetry/promql/parser.h"

namespace aloft::app {
namespace {

using telemetry::scrape::HttpClientConfig;

constexpr Duration last_moment = 3s;

std::size_t query_width() { return static_cast<std::size_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN))); }

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
      write_(parts.loop, parts.pipeline, parts.metrics),
      import_(parts.loop, parts.pipeline, parts.clock),
      federate_(parts.loop, parts.query_pool, parts.store, telemetry::promql::parse_metric_selector,
                parts.clock, federate_settings(external_labels_)),
      read_(parts.loop, parts.query_pool, parts.store, [this] { return external_labels_; }),
      queries_(parts.loop, parts.query_pool, parts.store, engine_, parts.clock),
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

void MetricsSide::end_scrapes() {
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
  federate_.add_routes(router);
  read_.add_routes(router);
  queries_.add_routes(router);
  status_.add_routes(router);
  targets_->add_routes(router);
}

}  // namespace aloft::app
