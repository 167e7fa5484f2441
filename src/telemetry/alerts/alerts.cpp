// Putting rules and manager together.
#include "telemetry/alerts/alerts.h"

#include "telemetry/alerts/api/manager_api.h"
#include "telemetry/alerts/api/ruler_api.h"
#include "telemetry/alerts/api/rules_api.h"
#include "telemetry/alerts/receivers/mail/smtp.h"
#include "telemetry/alerts/rules/rule_tests.h"

namespace aloft::telemetry::alerts {
namespace {

// Under which name the groups of a namespace are in force; no file and no object is called so.
std::string kept_source(const std::string& name) { return "/loki/" + name; }

constexpr std::string_view no_receiver = "route: {receiver: none}\nreceivers: [{name: none}]\n";

}  // namespace

struct Alerts::Loaded {
  std::shared_ptr<const ManagerConfig> config;
  std::shared_ptr<const NotificationTemplates> templates;
  std::vector<RuleGroupConfig> groups;
};

Alerts::Alerts(AlertsParts parts) : parts_(std::move(parts)) {}

RuleFileOptions Alerts::of_logs() const {
  RuleFileOptions options;
  options.language = parts_.logs;
  return options;
}

Alerts::~Alerts() { stop(); }

void Alerts::end_rules() {
  if (rules_ != nullptr) rules_->save();
  rules_.reset();
  environment_.reset();
}

io::Task<> Alerts::drain(Duration grace) {
  end_rules();
  if (outside_ != nullptr) co_await outside_->drain(grace);
}

void Alerts::stop() {
  end_rules();
  outside_.reset();
  manager_.reset();
  writer_.close();
}

Result<Alerts::Loaded> Alerts::load(const AlertsSettings& settings, const RuleFileOptions& of_logs) {
  Loaded out;
  auto config = settings.manager_config.empty() ? parse_manager_config(no_receiver)
                                                : load_manager_config(settings.manager_config);
  if (!config) return fail(std::move(config).error());
  TRY(templates, NotificationTemplates::load(config->templates, settings.external_url));
  out.templates = std::move(templates);
  out.config = std::make_shared<const ManagerConfig>(std::move(*config));
  TRY(groups, load_rule_files(settings.rule_files));
  TRY(log_groups, load_rule_files(settings.log_rule_files, of_logs));
  std::move(log_groups.begin(), log_groups.end(), std::back_inserter(groups));
  for (RuleGroupConfig& group : groups) {
    if (!group.query_offset && settings.query_offset != Duration::zero())
      group.query_offset = settings.query_offset;
  }
  out.groups = std::move(groups);
  return out;
}

io::Task<Result<>> Alerts::start(AlertsSettings settings) {
  settings_ = std::move(settings);
  auto read = [wanted = settings_, logs = of_logs()] { return load(wanted, logs); };
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
                     },
                     [this](const LabelMap& labels, const Notification& message) {
                       return templates_->route_labels(labels, message);
                     }};
  manager_ = std::make_unique<Manager>(std::move(parts));
  const Result<> opened = manager_->open();
  if (!opened) co_return opened;
  outside_ =
      std::make_unique<OutsideManagers>(OutsideEnvironment{parts_.loop, parts_.metrics, parts_.discovery});
  RuleSurroundings around;
  around.query = make_rule_query(parts_.engine, parts_.storage);
  around.external_url = settings_.external_url;
  around.external_labels = settings_.external_labels;
  const Worker worker(parts_.loop, &parts_.pool);
  RuleWriter write = [pipeline = &parts_.pipeline](MetricBatch batch) {
    return pipeline->write(std::move(batch));
  };
  std::function<void(std::vector<Alert>)> send = [this](std::vector<Alert> alerts) {
    raise(std::move(alerts));
  };
  environment_ = std::make_unique<RuleEnvironment>(
      RuleEnvironment{parts_.loop, parts_.clock, worker, std::move(around), std::move(write), std::move(send),
                      manager_->history(), parts_.metrics, &parts_.storage, settings_.resend_delay});
  rules_ = std::make_unique<RuleManager>(*environment_, writer_, parts_.observable);
  rules_->open(settings_.folder);
  if (parts_.logs != nullptr) {
    kept_ = std::make_unique<KeptGroups>(of_logs());
    if (!settings_.folder.empty()) kept_->load(kept_folder());
    for (const auto& [name, groups] : kept_->namespaces()) groups_[kept_source(name)] = kept_->groups(name);
  }
  co_return apply(std::move(*loaded));
}

io::Task<Result<>> Alerts::reload(AlertsSettings settings) {
  auto read = [settings, logs = of_logs()] { return load(settings, logs); };
  io::Task<Result<Loaded>> reading = parts_.pool.run(parts_.loop, std::move(read));
  Result<Loaded> loaded = co_await std::move(reading);
  if (!loaded) co_return fail(loaded.error());
  settings.folder = settings_.folder;
  settings_ = std::move(settings);
  environment_->around.external_url = settings_.external_url;
  environment_->around.external_labels = settings_.external_labels;
  co_return apply(std::move(*loaded));
}

Result<> Alerts::apply(Loaded loaded) {
  templates_ = loaded.templates;
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
  return use_alertmanagers(settings_.alertmanagers);
}

Result<> Alerts::use_alertmanagers(const std::vector<scrape::AlertmanagerConfig>& configs) {
  settings_.alertmanagers = configs;
  return outside_->apply(settings_.alertmanagers);
}

void Alerts::raise(std::vector<Alert> alerts) {
  const bool as_they_are = settings_.alertmanagers.empty() && settings_.external_labels.empty() &&
                           settings_.alert_relabel_configs.empty();
  if (as_they_are) return manager_->put(std::move(alerts));
  std::vector<AlertPtr> shared;
  shared.reserve(alerts.size());
  for (Alert& alert : alerts) shared.push_back(std::make_shared<const Alert>(std::move(alert)));
  const std::vector<AlertPtr> told =
      relabel_alerts(std::move(shared), settings_.external_labels, settings_.alert_relabel_configs);
  outside_->send(told);
  std::vector<Alert> own;
  own.reserve(told.size());
  for (const AlertPtr& alert : told) own.push_back(*alert);
  manager_->put(std::move(own));
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

std::string Alerts::kept_folder() const {
  return settings_.folder.empty() ? std::string() : settings_.folder + "/log-rules";
}

void Alerts::add_routes(Router& router, io::Loop& server) {
  const Between between{server, parts_.loop};
  add_manager_routes(router, "", between, *manager_);
  add_manager_routes(router, "/alertmanager", between, *manager_);
  add_rules_routes(router, between, *rules_, manager_->history());
  if (kept_ != nullptr) {
    add_ruler_routes(router, between,
                     {*kept_, *rules_, writer_, kept_folder(), [this](const std::string& name) {
                        set_groups(kept_source(name), kept_->groups(name));
                      }});
  }
  ManagersQuery managers = [this] {
    KnownManagers out;
    out.active = outside_->active();
    out.active.insert(out.active.begin(), settings_.external_url + "/api/v2/alerts");
    out.dropped = outside_->dropped();
    return out;
  };
  add_alertmanagers_route(router, between, std::move(managers));
}

}  // namespace aloft::telemetry::alerts
