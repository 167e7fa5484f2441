// The watchers of the cloud's own objects, in order of need.
#include "app/telemetry/cluster_telemetry.h"

#include "app/telemetry/log.h"
#include "io/cross.h"
#include "telemetry/discovery/cluster_exporter.h"
#include "telemetry/discovery/default_rules.h"
#include "telemetry/discovery/monitors/monitor_objects.h"
#include "telemetry/discovery/pod_log_files.h"
#include "telemetry/discovery/rule_objects.h"
#include "telemetry/discovery/targets/kubernetes_targets.h"

namespace aloft::app {

namespace td = telemetry::discovery;

namespace {

td::ClusterExporterSettings exporter_settings(const ClusterTelemetrySettings& settings) {
  td::ClusterExporterSettings exporter;
  exporter.node_name = settings.node_name;
  exporter.cgroup = settings.cgroup;
  return exporter;
}

td::ClusterExporter::OnUsage publish_to(api::UsageSource& usage) {
  return [&usage](td::Usage measured) {
    auto report = std::make_shared<api::UsageReport>();
    report->nodes = std::move(measured.nodes);
    report->pods = std::move(measured.pods);
    usage.publish(std::move(report));
  };
}

}  // namespace

struct ClusterTelemetry::Parts {
  Parts(io::Loop& loop, const Clock& clock, client::InformerSet& informers, Telemetry& telemetry,
        io::Loop& telemetry_loop, api::UsageSource& usage, const ClusterTelemetrySettings& settings)
      : targets(loop, informers),
        exporter(loop, clock, informers, pool, telemetry.pipeline(), exporter_settings(settings),
                 publish_to(usage)),
        rules(loop, informers, telemetry_loop,
              [&telemetry](std::map<std::string, std::string> files) {
                files.emplace("aloft", td::default_rule_file());
                telemetry.use_rule_files(std::move(files));
              }),
        monitors(
            loop, informers, telemetry_loop,
            [&telemetry](std::vector<td::MonitorJob> jobs) { telemetry.use_monitor_jobs(std::move(jobs)); }),
        logs(loop, informers, settings.node_name, settings.logs, telemetry_loop,
             [&telemetry](std::vector<td::ContainerLogFolder> folders) {
               telemetry.use_log_folders(std::move(folders));
             }) {}

  io::Pool pool{1};
  td::KubernetesTargets targets;
  td::ClusterExporter exporter;
  td::RuleObjects rules;
  td::MonitorObjects monitors;
  td::PodLogFiles logs;
};

ClusterTelemetry::ClusterTelemetry(io::Loop& loop, const Clock& clock, client::InformerSet& informers,
                                   Telemetry& telemetry, io::Loop& telemetry_loop, api::UsageSource& usage,
                                   const ClusterTelemetrySettings& settings)
    : loop_(loop),
      telemetry_(telemetry),
      telemetry_loop_(telemetry_loop),
      parts_(std::make_unique<Parts>(loop, clock, informers, telemetry, telemetry_loop, usage, settings)) {}

ClusterTelemetry::~ClusterTelemetry() = default;

void ClusterTelemetry::start() {
  parts_->targets.start();
  parts_->exporter.start();
  parts_->rules.start();
  parts_->monitors.start();
  parts_->logs.start();
  telemetry_loop_.post([&telemetry = telemetry_, targets = &parts_->targets] {
    if (auto joined = telemetry.join(*targets); !joined)
      telemetry_log.error("targets of the cloud are not scraped: {}", joined.error().message());
  });
}

io::Task<> ClusterTelemetry::stop() {
  std::move_only_function<io::Task<>()> leave = [&telemetry = telemetry_]() { return telemetry.leave(); };
  co_await io::run_on<void>(loop_, telemetry_loop_, std::move(leave));
}

}  // namespace aloft::app
