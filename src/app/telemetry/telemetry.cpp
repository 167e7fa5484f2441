// Start order and stop order of telemetry. This is the map of its parts: who uses what can be read from the
// order of the members.
#include "app/telemetry/telemetry.h"

#include "api/version.h"
#include "app/machine.h"
#include "app/telemetry/alerts_side.h"
#include "app/telemetry/exports.h"
#include "app/telemetry/front.h"
#include "app/telemetry/grpc_handler.h"
#include "app/telemetry/log.h"
#include "app/telemetry/logs_side.h"
#include "app/telemetry/metrics_side.h"
#include "app/telemetry/own_metrics.h"
#include "app/telemetry/product_handler.h"
#include "app/telemetry/stores.h"
#include "app/telemetry/taking_handler.h"
#include "app/telemetry/traced_handler.h"
#include "app/telemetry/traces_settings.h"
#include "app/telemetry/traces_side.h"
#include "io/file.h"
#include "io/scope.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/discovery/default_rules.h"
#include "telemetry/discovery/targets/default_scrape.h"
#include "telemetry/logs/ingest/container_logs.h"
#include "telemetry/otlp/server/grpc_service.h"
#include "telemetry/otlp/server/http_api.h"
#include "telemetry/otlp/settings.h"
#include "telemetry/promql/features.h"
#include "telemetry/promql/parser.h"

namespace aloft::app {
namespace {

using telemetry::Exchange;

constexpr Duration own_scrape_interval = 15s;
constexpr Duration own_log_interval = 1s;
constexpr std::size_t ingest_threads = 3;
constexpr std::size_t query_threads = 4;

class RunningTelemetry final : public Telemetry {
 public:
  RunningTelemetry(io::EpollLoop& loop, const Clock& clock, Metrics& metrics, TelemetrySettings settings,
                   std::shared_ptr<LogTap> tap)
      : loop_(loop),
        clock_(clock),
        metrics_(metrics),
        settings_(std::move(settings)),
        tap_(std::move(tap)),
        stores_(loop, clock, metrics),
        exports_(loop, metrics),
        ingest_pool_(std::make_unique<io::Pool>(ingest_threads)),
        query_pool_(std::make_unique<io::Pool>(query_threads)),
        pipeline_(*ingest_pool_, telemetry::PipelineLimits(), metrics),
        front_(loop, clock),
        own_(loop) {}

  io::Task<Result<>> begin() {
    TRY_CO_DO(io::make_directories(settings_.folder, 0750));
    last_reload_.at = clock_.wall();
    if (!settings_.prometheus_config.empty()) {
      TRY_CO(config, telemetry::scrape::load_config(settings_.prometheus_config));
      config_ = std::move(config);
    }
    telemetry::otlp::IngestSettings otlp;
    TRY_CO(naming, telemetry::otlp::metric_settings(config_.otlp));
    otlp.metrics = std::move(naming);
    otlp.metrics.zero_at_start = zero_at_start();
    otlp_ = std::make_unique<telemetry::otlp::Ingest>(loop_, pipeline_, clock_, std::move(otlp));
    otlp_http_ = std::make_unique<telemetry::otlp::HttpApi>(*otlp_);
    otlp_grpc_ = std::make_unique<telemetry::otlp::GrpcService>(*otlp_);
    auto opened = co_await stores_.open(settings_);
    if (!opened) co_return opened;
    pipeline_.add<telemetry::MetricBatch>(stores_.metrics());
    pipeline_.add<telemetry::LogBatch>(stores_.logs());
    auto sampling = co_await open_sampling();
    if (!sampling) co_return sampling;
    pipeline_.add<telemetry::SpanBatch>(*sampling_);
    TRY_CO_DO(exports_.add_to(pipeline_, *sampling_, settings_));
    make_sides();
    TRY_CO_DO(metrics_side_->add_writers(config_));
    TRY_CO_DO(metrics_side_->add_readers(config_));
    TRY_CO_DO(metrics_side_->listen(settings_));
    TRY_CO_DO(logs_side_->begin(settings_));
    TRY_CO_DO(metrics_side_->apply(config_));
    add_routes();
    stores_.start();
    traces_side_->start();
    // Rules link to our address, so it must be known; until the rest stands we are not ready.
    TRY_CO_DO(front_.listen(settings_, {*handler_, *tempo_port_, *jaeger_port_, *grpc_}));
    auto alerting = co_await alerts_side_->start(settings_, config_, front_.urls().at("telemetry"));
    if (!alerting) co_return alerting;
    alerts_side_->add_routes(router_);
    ready_ = true;
    own_.spawn(sampling_->run(loop_, *ingest_pool_));
    own_.spawn(keep_own_metrics());
    if (tap_ != nullptr) own_.spawn(keep_own_logs());
    telemetry_log.info("telemetry is served at {}", front_.urls().at("telemetry"));
    co_return Result<>();
  }

  const std::map<std::string, std::string>& urls() const override { return front_.urls(); }
  telemetry::Pipeline& pipeline() override { return pipeline_; }

  io::Task<Result<std::vector<telemetry::promql::Sample>>> instant(std::string expression) override {
    using Samples = std::vector<telemetry::promql::Sample>;
    const telemetry::Millis now = clock_.wall().since_epoch.count() / 1'000'000;
    auto ask = [text = std::move(expression), now, &engine = metrics_side_->engine(),
                &store = metrics_side_->source()]() -> Result<Samples> {
      TRY(parsed, telemetry::promql::parse(text));
      TRY(answer, engine.instant(store, *parsed, now));
      return std::move(answer.value.vector);
    };
    return query_pool_->run(loop_, std::move(ask));
  }

  Result<> join(telemetry::discovery::KubernetesTargets& targets) override {
    metrics_side_->use_cluster(&targets);
    if (settings_.prometheus_config.empty()) {
      TRY(jobs, telemetry::scrape::parse_config(telemetry::discovery::default_scrape_configuration(), ""));
      config_ = std::move(jobs);
    }
    Result<> scraped = apply_jobs();
    const Result<> told = alerts_side_->use_alertmanagers(config_);
    return scraped ? told : scraped;
  }

  io::Task<> leave() override {
    std::erase_if(config_.scrape_configs, [](const telemetry::scrape::ScrapeConfig& job) {
      return !job.discovery.kubernetes.empty();
    });
    monitor_jobs_.clear();
    std::erase_if(config_.alertmanagers, [](const telemetry::scrape::AlertmanagerConfig& entry) {
      return !entry.discovery.kubernetes.empty();
    });
    // Jobs and Alertmanagers only end, so nothing can fail.
    (void)metrics_side_->apply(config_);
    (void)alerts_side_->use_alertmanagers(config_);
    co_await metrics_side_->scrapes().settled();
    metrics_side_->use_cluster(nullptr);
  }

  void use_monitor_jobs(std::vector<telemetry::discovery::MonitorJob> jobs) override {
    monitor_jobs_ = std::move(jobs);
    if (auto applied = apply_jobs(); !applied)
      telemetry_log.error("not every job is scraped: {}", applied.error().message());
  }

  void use_rule_files(std::map<std::string, std::string> files) override {
    files.emplace("aloft", telemetry::discovery::default_rule_file());
    alerts_side_->use_rule_files(files);
  }

  io::Task<Result<std::string>> read_pod_lines(
      telemetry::logs::PodLinesRequest request,
      std::function<void(std::string& out, const telemetry::logs::PodLine& line)> append) override {
    auto read = [&store = stores_.logs(), wanted = std::move(request),
                 add = std::move(append)]() -> Result<std::string> {
      std::string out;
      TRY_DO(telemetry::logs::read_pod_lines(store, wanted, [&](const telemetry::logs::PodLine& line) {
        add(out, line);
        return true;
      }));
      return out;
    };
    return query_pool_->run(loop_, std::move(read));
  }

  void use_log_folders(std::vector<telemetry::discovery::ContainerLogFolder> folders) override {
    std::vector<telemetry::logs::LogFolder> wanted;
    for (auto& folder : folders) {
      wanted.push_back({std::move(folder.path), std::move(folder.labels), std::move(folder.fields)});
    }
    if (container_logs_ == nullptr) {
      telemetry::logs::ContainerLogSettings settings;
      settings.checkpoint_path = settings_.folder + "/container-logs.json";
      container_logs_ = std::make_unique<telemetry::logs::ContainerLogs>(loop_, *ingest_pool_, pipeline_,
                                                                         metrics_, std::move(settings));
      container_logs_->set_folders(std::move(wanted));
      own_.spawn(container_logs_->run());
      return;
    }
    container_logs_->set_folders(std::move(wanted));
  }

  Result<std::vector<ServedPort>> serve_pods(const std::string& host, bool everything) override {
    std::vector<UsualPort> ports;
    for (const UsualPort& port : settings_.usual_ports) {
      const bool only_tells = port.name == "tempo" || port.name == "jaeger" || port.name == "alertmanager";
      if (everything || !only_tells) ports.push_back(port);
    }
    ports.push_back({"otlp-grpc", io::Address(host, usual_grpc_port), PortKind::grpc});
    if (everything) return front_.listen_also(host, ports, {*handler_, *tempo_port_, *jaeger_port_, *grpc_});
    return front_.listen_also(host, ports, {*taking_http_, *taking_http_, *taking_http_, *taking_grpc_});
  }

  io::Task<> stop() override {
    co_await front_.stop();
    own_.cancel();
    if (container_logs_) (void)co_await container_logs_->drain();
    if (logs_side_) logs_side_->stop();
    if (traces_side_) traces_side_->stop();
    // Rules may wait for another server as well.
    if (metrics_side_) metrics_side_->end_reads();
    if (alerts_side_) co_await alerts_side_->stop();
    if (metrics_side_) metrics_side_->end_scrapes();
    // What was admitted is written before the stores end.
    query_pool_.reset();
    ingest_pool_.reset();
    co_await exports_.stop();
    if (metrics_side_) co_await metrics_side_->stop();
    co_await stores_.stop();
  }

 private:
  bool zero_at_start() const { return settings_.features.contains(zero_ingestion_feature); }

  telemetry::scrape::StatusSources status_sources() {
    telemetry::scrape::StatusSources sources;
    // Clients choose what to ask by this number: the Prometheus whose interface is served.
    sources.build.version = "3.5.0";
    sources.build.revision = fmt::format("aloft-{}", api::aloft_version);
    sources.flags = settings_.flags;
    sources.config = [this] { return config_.printed; };
    sources.started = clock_.wall();
    sources.working_directory = settings_.folder;
    sources.host_name = host_name();
    sources.storage_retention = telemetry::format_prometheus_duration(settings_.metrics_retention);
    sources.ready = [this] { return ready_; };
    sources.reload = [this] { return reload(); };
    sources.last_reload = [this] { return last_reload_; };
    sources.admin = true;
    sources.features = telemetry::scrape::scrape_features();
    sources.features["scrape"]["created_timestamp_zero_ingestion"] = zero_at_start();
    for (auto& [category, features] : telemetry::promql::query_features())
      sources.features[category].merge(features);
    return sources;
  }

  // Reads the configuration and the rules again; what is wrong leaves in force what was.
  io::Task<Result<>> reload() {
    Result<> done = reload_configuration();
    if (done) {
      auto rules = co_await alerts_side_->reload(config_);
      done = std::move(rules);
    }
    last_reload_ = {done.has_value(), clock_.wall()};
    if (!done) telemetry_log.error("reload: {}", done.error().message());
    co_return done;
  }
  Result<> reload_configuration() {
    if (settings_.prometheus_config.empty()) return {};
    TRY(config, telemetry::scrape::load_config(settings_.prometheus_config));
    config_ = std::move(config);
    return apply_jobs();
  }

  // What the configuration and the cloud's objects name.
  Result<> apply_jobs() {
    telemetry::scrape::PrometheusConfig all = config_;
    for (const telemetry::discovery::MonitorJob& job : monitor_jobs_) {
      auto parsed = telemetry::scrape::parse_scrape_config(job.configuration, config_.global);
      if (parsed) {
        all.scrape_configs.push_back(std::move(*parsed));
      } else {
        telemetry_log.warning("{} is not scraped: {}", job.name, parsed.error().message());
      }
    }
    return metrics_side_->apply(all);
  }

  io::Task<Result<>> open_sampling() {
    TRY_CO(wanted, load_sampling(settings_.traces_config));
    auto open = [this, sampling = std::move(wanted)]() mutable {
      return telemetry::traces::SpanSampling::open(stores_.traces(), std::move(sampling),
                                                   settings_.folder + "/traces/undecided", clock_, metrics_);
    };
    auto opened = co_await ingest_pool_->run(loop_, std::move(open));
    if (!opened) co_return std::unexpected<Error>(opened.error().at("undecided spans"));
    sampling_ = std::move(*opened);
    co_return Result<>();
  }

  void make_sides() {
    metrics_side_ = std::make_unique<MetricsSide>(
        MetricsParts{loop_, *query_pool_, pipeline_, stores_.metrics(), clock_, metrics_, zero_at_start()},
        status_sources());
    logs_side_ = std::make_unique<LogsSide>(
        LogsParts{loop_, *query_pool_, *ingest_pool_, pipeline_, stores_.logs(), clock_, metrics_});
    traces_side_ = std::make_unique<TracesSide>(TracesParts{loop_, *query_pool_, pipeline_, stores_.traces(),
                                                            clock_, metrics_, settings_.own_traces});
    alerts_side_ = std::make_unique<AlertsSide>(
        AlertsSideParts{loop_, pipeline_, stores_, metrics_side_->engine(), metrics_side_->source(),
                        logs_side_->engine(), metrics_side_->discovery(), clock_, metrics_});
    handler_ = std::make_unique<TracedHandler>(router_, traces_side_->tracer());
    tempo_port_ = std::make_unique<ProductHandler>(*handler_);
    traces_side_->add_tempo_routes(tempo_port_->own());
    jaeger_port_ = std::make_unique<ProductHandler>(*handler_);
    traces_side_->add_jaeger_routes(jaeger_port_->own());
    grpc_ = std::make_unique<GrpcHandler>(*otlp_grpc_, traces_side_->jaeger_grpc());
    taking_http_ = std::make_unique<TakingHandler>(*handler_);
    taking_grpc_ = std::make_unique<TakingHandler>(*grpc_);
  }

  void add_routes() {
    otlp_http_->add_routes(router_);
    metrics_side_->add_routes(router_);
    logs_side_->add_routes(router_);
    traces_side_->add_routes(router_);
    for (const char* path : {"/ready", "/health"}) {
      router_.add("GET", path, [this](Exchange& exchange) -> io::Task<> {
        co_await exchange.send(ready_ ? 200 : 503, "text/plain; charset=utf-8",
                               ready_ ? "ready\n" : "not ready\n");
      });
    }
    router_.add("GET", "/metrics", [this](Exchange& exchange) -> io::Task<> {
      co_await exchange.send(200, "text/plain; version=0.0.4; charset=utf-8", own_exposition(metrics_));
    });
  }

  // A batch of our own; one that is refused is told about by the pipeline's counters.
  template <class Batch>
  io::Task<> write_own(Batch batch) {
    std::move_only_function<Result<Batch>()> decode = [b = std::move(batch)]() mutable {
      return Result<Batch>(std::move(b));
    };
    auto pushed = pipeline_.push<Batch>(loop_, telemetry::Pipeline::Ticket(), std::move(decode));
    (void)co_await std::move(pushed);
  }

  io::Task<> keep_own_metrics() {
    const std::string instance = front_.address().to_string();
    for (;;) {
      co_await write_own(own_metrics(metrics_, instance, clock_.wall()));
      co_await loop_.sleep(own_scrape_interval);
    }
  }

  io::Task<> keep_own_logs() {
    for (;;) {
      telemetry::LogBatch batch = tap_->take();
      if (!batch.streams.empty()) co_await write_own(std::move(batch));
      co_await loop_.sleep(own_log_interval);
    }
  }

  io::EpollLoop& loop_;
  const Clock& clock_;
  Metrics& metrics_;
  TelemetrySettings settings_;
  std::shared_ptr<LogTap> tap_;
  TelemetryStores stores_;
  std::unique_ptr<telemetry::traces::SpanSampling> sampling_;
  TelemetryExports exports_;
  std::unique_ptr<io::Pool> ingest_pool_;
  std::unique_ptr<io::Pool> query_pool_;
  telemetry::Pipeline pipeline_;
  telemetry::scrape::PrometheusConfig config_;
  std::vector<telemetry::discovery::MonitorJob> monitor_jobs_;
  std::unique_ptr<telemetry::otlp::Ingest> otlp_;
  std::unique_ptr<telemetry::otlp::HttpApi> otlp_http_;
  std::unique_ptr<telemetry::otlp::GrpcService> otlp_grpc_;
  std::unique_ptr<MetricsSide> metrics_side_;
  std::unique_ptr<LogsSide> logs_side_;
  std::unique_ptr<TracesSide> traces_side_;
  std::unique_ptr<AlertsSide> alerts_side_;
  std::unique_ptr<telemetry::logs::ContainerLogs> container_logs_;
  telemetry::Router router_;
  std::unique_ptr<TracedHandler> handler_;
  std::unique_ptr<ProductHandler> tempo_port_;
  std::unique_ptr<ProductHandler> jaeger_port_;
  std::unique_ptr<GrpcHandler> grpc_;
  std::unique_ptr<TakingHandler> taking_http_;
  std::unique_ptr<TakingHandler> taking_grpc_;
  bool ready_ = false;
  telemetry::scrape::StatusSources::Reload last_reload_;
  TelemetryFront front_;
  io::Scope own_;
};

}  // namespace

io::Task<Result<std::unique_ptr<Telemetry>>> Telemetry::start(io::EpollLoop& loop, const Clock& clock,
                                                              Metrics& metrics, TelemetrySettings settings,
                                                              std::shared_ptr<LogTap> tap) {
  auto made = std::make_unique<RunningTelemetry>(loop, clock, metrics, std::move(settings), std::move(tap));
  auto begun = co_await made->begin();
  if (!begun) {
    co_await made->stop();
    co_return std::unexpected<Error>(begun.error());
  }
  co_return std::unique_ptr<Telemetry>(std::move(made));
}

}  // namespace aloft::app
