// Putting rules and manager together.
#include "telemetry/alerts/alerts.h"

#include "telemetry/alerts/api/manager_api.h"
#include "telemetry/alerts/api/rules_api.h"
#include "telemetry/alerts/receivers/smtp.h"
#include "telemetry/alerts/rules/rule_tests.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::string_view no_receiver = "route: {receiver: none}\nreceivers: [{name: none}]\n";

}  // namespace

struct Alerts::Loaded {
  std::shared_ptr<const ManagerConfig> config;
  std::shared_ptr<const NotificationTemplates> templates;
  std::vector<RuleGroupConfig> groups;
};

Alerts::Alerts(AlertsParts parts) : parts_(parts) {}

Alerts::~Alerts() { stop(); }

void Alerts::stop() {
  if (rules_ != nullptr) rules_->save();
  rules_.reset();
  environment_.reset();
  manager_.reset();
  writer_.close();
}

Result<Alerts::Loaded> Alerts::load(const AlertsSettings& settings) {
  Loaded out;
  auto config = settings.manager_config.empty() ? parse_manager_config(no_receiver)
                                                : load_manager_config(settings.manager_config);
  if (!config) return fail(std::move(config).error());
  TRY(templates, NotificationTemplates::load(config->templates, settings.external_url));
  out.templates = std::move(templates);
  out.config = std::make_shared<const ManagerConfig>(std::move(*config));
  TRY(groups, load_rule_files(settings.rule_files));
  out.groups = std::move(groups);
  return out;
}

io::Task<Result<>> Alerts::start(AlertsSettings settings) {
  settings_ = std::move(settings);
  auto read = [wanted = settings_] { return load(wanted); };
  io::Task<Result<Loaded>> reading = parts_.pool.run(parts_.loop, std::move(read));
  Result<Loaded> loaded = co_await std::move(reading);
  if (!loaded) co_return fail(loaded.error());
  ManagerParts parts{parts_.loop,
                     parts_.clock,
                     parts_.random,
                     parts_.metrics,
                     writer_,
                     settings_.folder,
                     [this](const ReceiverConfig& receiver, const IntegrationConfig& integration) {
                       return factory_(receiver, integration);
                     }};
  manager_ = std::make_unique<Manager>(std::move(parts));
  const Result<> opened = manager_->open();
  if (!opened) co_return opened;
  RuleSurroundings around;
  around.query = make_rule_query(parts_.engine, parts_.storage);
  around.external_url = settings_.external_url;
  around.external_labels = settings_.external_labels;
  const Worker worker(parts_.loop, &parts_.pool);
  RuleWriter write = [pipeline = &parts_.pipeline](MetricBatch batch) {
    return pipeline->write(std::move(batch));
  };
  std::function<void(std::vector<Alert>)> send = [manager = manager_.get()](std::vector<Alert> alerts) {
    manager->put(std::move(alerts));
  };
  environment_ = std::make_unique<RuleEnvironment>(
      RuleEnvironment{parts_.loop, parts_.clock, worker, std::move(around), std::move(write), std::move(send),
                      manager_->history(), parts_.metrics, &parts_.storage, settings_.resend_delay});
  rules_ = std::make_unique<RuleManager>(*environment_, writer_, parts_.observable);
  rules_->open(settings_.folder);
  co_return apply(std::move(*loaded));
}

io::Task<Result<>> Alerts::reload() {
  auto read = [wanted = settings_] { return load(wanted); };
  io::Task<Result<Loaded>> reading = parts_.pool.run(parts_.loop, std::move(read));
  Result<Loaded> loaded = co_await std::move(reading);
  if (!loaded) co_return fail(loaded.error());
  co_return apply(std::move(*loaded));
}

Result<> Alerts::apply(Loaded loaded) {
  ReceiverKit kit{parts_.loop,
                  Worker(parts_.loop, &parts_.pool),
                  parts_.clock,
                  make_http_sender(parts_.loop, parts_.pool),
                  make_mail_sender(parts_.loop, parts_.pool),
                  std::move(loaded.templates)};
  factory_ = make_notifier_factory(std::move(kit));
  TRY_DO(manager_->apply(std::move(loaded.config)));
  groups_[""] = std::move(loaded.groups);
  apply_groups();
  return {};
}

void Alerts::set_groups(std::string source, std::vector<RuleGroupConfig> groups) {
  if (groups.empty())
    groups_.erase(source);
  else
    groups_.insert_or_assign(std::move(source), std::move(groups));
  if (rules_ != nullptr) apply_groups();
}

void Alerts::apply_groups() {
  std::vector<RuleGroupConfig> all;
  for (const auto& [source, groups] : groups_) all.insert(all.end(), groups.begin(), groups.end());
  RuleManagerSettings settings;
  settings.files = settings_.rule_files;
  settings.evaluation_interval = settings_.evaluation_interval;
  settings.folder = settings_.folder;
  rules_->apply(std::move(all), std::move(settings));
}

void Alerts::add_routes(Router& router, io::Loop& server) {
  const Between between{server, parts_.loop};
  add_manager_routes(router, "", between, *manager_);
  add_manager_routes(router, "/alertmanager", between, *manager_);
  add_rules_routes(router, between, *rules_, manager_->history(), settings_.external_url + "/api/v2/alerts");
}

}  // namespace aloft::telemetry::alerts
