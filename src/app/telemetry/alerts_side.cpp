// The parts around rules and alerts.
#include "app/telemetry/alerts_side.h"

#include "app/telemetry/log.h"
#include "app/telemetry/log_rules.h"
#include "app/telemetry/settings.h"

namespace aloft::app {
namespace {

constexpr Duration disk_interval = 1s;
// How long the alert holds when nobody renews it, as a client's would.
constexpr Duration disk_alert_holds = 5min;

telemetry::alerts::LabelMap label_map(telemetry::LabelsView labels) {
  telemetry::alerts::LabelMap out;
  for (const telemetry::Label& label : labels) out.emplace(label.name, label.value);
  return out;
}

}  // namespace

AlertsSide::AlertsSide(const AlertsSideParts& parts)
    : parts_(parts),
      alerts_({.loop = parts.loop,
               .pool = pool_,
               .clock = parts.clock,
               .random = random_,
               .metrics = parts.metrics,
               .pipeline = parts.pipeline,
               .engine = parts.engine,
               .storage = parts.source,
               .discovery = parts.discovery,
               .observable = &parts.stores.metrics(),
               .logs = log_rule_language(parts.logs)}),
      work_(parts.loop) {}

telemetry::alerts::AlertsSettings AlertsSide::wanted(
    const telemetry::scrape::PrometheusConfig& config) const {
  telemetry::alerts::AlertsSettings out;
  out.rule_files = settings_.rule_files;
  out.rule_files.insert(out.rule_files.end(), config.rule_files.begin(), config.rule_files.end());
  out.log_rule_files = settings_.log_rule_files;
  out.manager_config = settings_.alertmanager_config;
  out.folder = settings_.folder + "/alerts";
  out.evaluation_interval = config.global.evaluation_interval;
  out.query_offset = config.global.rule_query_offset;
  out.external_url = external_url_;
  out.external_labels = label_map(config.global.external_labels);
  out.alert_relabel_configs = config.alert_relabel_configs;
  out.alertmanagers = config.alertmanagers;
  return out;
}

io::Task<Result<>> AlertsSide::start(const TelemetrySettings& settings,
                                     const telemetry::scrape::PrometheusConfig& config,
                                     std::string external_url) {
  settings_ = settings;
  external_url_ = std::move(external_url);
  auto started = co_await alerts_.start(wanted(config));
  if (!started) co_return std::unexpected<Error>(started.error().at("alerts"));
  work_.spawn(watch_disk());
  co_return Result<>();
}

io::Task<Result<>> AlertsSide::reload(const telemetry::scrape::PrometheusConfig& config) {
  return alerts_.reload(wanted(config));
}

void AlertsSide::use_rule_files(const std::map<std::string, std::string>& files) {
  for (const auto& [name, text] : files_) {
    if (!files.contains(name)) alerts_.set_groups(name, {});
  }
  for (const auto& [name, text] : files) {
    const auto before = files_.find(name);
    if (before != files_.end() && before->second == text) continue;
    auto parsed = telemetry::alerts::parse_rule_file(name, text);
    if (parsed) {
      alerts_.set_groups(name, std::move(parsed->groups));
    } else {
      telemetry_log.warning("rules {} are left out: {}", name, parsed.error().message());
      alerts_.set_groups(name, {});
    }
  }
  files_ = files;
}

void AlertsSide::tell_disk(const std::string& trouble, bool over) {
  const WallTime now = parts_.clock.wall();
  telemetry::alerts::Alert alert;
  alert.labels = {{"alertname", "TelemetryStoreNotWritable"}, {"job", "aloft"}, {"severity", "critical"}};
  alert.annotations = {{"summary", "The disk takes no telemetry; what is sent is refused."},
                       {"description", trouble}};
  alert.starts_at = trouble_since_;
  alert.ends_at = over ? now : now + disk_alert_holds;
  alert.updated_at = now;
  alert.timeout = !over;
  alert.fingerprint = telemetry::alerts::fingerprint_of(alert.labels);
  std::vector<telemetry::alerts::Alert> alerts;
  alerts.push_back(std::move(alert));
  alerts_.raise(std::move(alerts));
}

io::Task<> AlertsSide::watch_disk() {
  std::string told;
  WallTime renewed{};
  for (;;) {
    co_await parts_.loop.sleep(disk_interval);
    const std::string trouble = parts_.stores.trouble();
    const WallTime now = parts_.clock.wall();
    if (trouble.empty() && told.empty()) continue;
    if (trouble.empty()) {
      tell_disk(told, true);
    } else if (told.empty() || now - renewed > disk_alert_holds / 3) {
      if (told.empty()) trouble_since_ = now;
      renewed = now;
      tell_disk(trouble, false);
    }
    told = trouble;
  }
}

io::Task<> AlertsSide::stop() {
  work_.cancel();
  co_await alerts_.drain(last_moment);
  alerts_.stop();
}

}  // namespace aloft::app
