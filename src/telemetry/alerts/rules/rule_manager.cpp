// Groups in force, samples that cross thresholds, and the state file.
#include "telemetry/alerts/rules/rule_manager.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <glob.h>

#include "base/bytes.h"
#include "io/file.h"
#include "model/json.h"
#include "telemetry/alerts/log.h"

namespace aloft::telemetry::alerts {
namespace {

// Crossings of one write come together, and those of writes at the same time are taken together: the loop
// waits until no more come. A single one waits 4 ms; where many come, so that one notification can tell of
// all of them, the quiet must be longer, within a bound.
constexpr Duration quiet_step = 4ms;
constexpr std::size_t burst = 16;
constexpr Duration burst_quiet = 30ms;
constexpr Duration longest_wait = 400ms;
// A sample further in the past says nothing about now.
constexpr Duration lookback = 5min;
constexpr Duration state_period = 15s;

model::Object alert_object(const ActiveAlert& alert) {
  model::Object out;
  const auto texts = [](const LabelMap& map) {
    model::Object object;
    for (const auto& [name, value] : map) object.append(name, value);
    return object;
  };
  out.append("labels", texts(alert.labels));
  out.append("annotations", texts(alert.annotations));
  out.append("state", to_string(alert.state));
  if (alert.value - alert.value == 0) out.append("value", alert.value);
  out.append("activeAt", alert.active_at.since_epoch.count());
  out.append("firedAt", alert.fired_at.since_epoch.count());
  out.append("resolvedAt", alert.resolved_at.since_epoch.count());
  out.append("keepFiringSince", alert.keep_firing_since.since_epoch.count());
  return out;
}

LabelMap read_texts(const model::Value* value) {
  LabelMap out;
  if (value == nullptr || value->if_object() == nullptr) return out;
  for (const auto& [name, member] : *value->if_object()) {
    if (const auto* text = member.if_string()) out.emplace(name, *text);
  }
  return out;
}

ActiveAlert read_alert(const model::Value& value) {
  ActiveAlert out;
  const auto time = [&value](std::string_view name) {
    const auto* member = value.at(name);
    const auto* number = member != nullptr ? member->if_int() : nullptr;
    return WallTime{Duration(number != nullptr ? *number : 0)};
  };
  out.labels = read_texts(value.at("labels"));
  out.annotations = read_texts(value.at("annotations"));
  const std::string_view state = value.text_at("state");
  out.state = state == "firing"    ? AlertState::firing
              : state == "pending" ? AlertState::pending
                                   : AlertState::inactive;
  if (const auto* number = value.at("value"); number != nullptr && number->is_number())
    out.value = number->as_double();
  out.active_at = time("activeAt");
  out.fired_at = time("firedAt");
  out.resolved_at = time("resolvedAt");
  out.keep_firing_since = time("keepFiringSince");
  return out;
}

}  // namespace

struct RuleManager::Earlier {
  WallTime saved_at;
  std::map<std::string, std::vector<ActiveAlert>> alerts;
  std::map<std::string, std::string> models;
};

RuleManager::RuleManager(RuleEnvironment& environment, StateWriter& writer, metrics::Observable* observable)
    : environment_(environment),
      writer_(writer),
      observable_(observable),
      crossings_(CrossingQueue::make(environment.loop,
                                     [this] {
                                       if (!draining_) scope_.spawn(drain());
                                     })),
      scope_(environment.loop) {}

RuleManager::~RuleManager() {
  crossings_->close();
  watched_.clear();
  scope_.cancel();
}

void RuleManager::open(const std::string& folder) {
  settings_.folder = folder;
  if (folder.empty()) return;
  const auto text = io::read_file(folder + "/rules.json", 512 * 1024 * 1024);
  if (!text) return;
  const auto document = model::parse_json(*text);
  const auto* saved = document ? document->at("savedAt") : nullptr;
  const auto* rules = document ? document->at("rules") : nullptr;
  if (saved == nullptr || saved->if_int() == nullptr || rules == nullptr || rules->if_object() == nullptr) {
    log.warning("{}/rules.json: the state of the rules cannot be read", folder);
    return;
  }
  earlier_ = std::make_unique<Earlier>();
  earlier_->saved_at = WallTime{Duration(*saved->if_int())};
  for (const auto& [key, rule] : *rules->if_object()) {
    if (const auto* alerts = rule.at("alerts"); alerts != nullptr && alerts->if_array() != nullptr) {
      for (const model::Value& alert : *alerts->if_array())
        earlier_->alerts[key].push_back(read_alert(alert));
    }
    std::string models;
    if (base64_decode(rule.text_at("models"), models) && !models.empty())
      earlier_->models.emplace(key, std::move(models));
  }
}

void RuleManager::apply(std::vector<RuleGroupConfig> configs, RuleManagerSettings settings) {
  settings_ = std::move(settings);
  watched_.clear();
  std::map<std::string, std::unique_ptr<RuleGroup>> before;
  for (auto& group : groups_) {
    std::string key = group->key();
    before.emplace(std::move(key), std::move(group));
  }
  const bool first = groups_.empty();
  groups_.clear();
  for (RuleGroupConfig& config : configs) {
    auto group = std::make_unique<RuleGroup>(std::move(config), settings_.evaluation_interval, environment_);
    const auto earlier = before.find(group->key());
    if (earlier != before.end())
      group->take_from(*earlier->second);
    else
      restore(*group);
    groups_.push_back(std::move(group));
  }
  std::sort(groups_.begin(), groups_.end(), [](const auto& a, const auto& b) { return a->key() < b->key(); });
  // What is left in the earlier groups are rules that went.
  const WallTime now = environment_.clock.wall();
  for (const auto& [key, group] : before) {
    for (const auto& rule : group->rules()) {
      MetricBatch stale = rule->retire(now);
      if (stale.empty()) continue;
      auto shared = std::make_shared<MetricBatch>(std::move(stale));
      writer_.submit([write = environment_.write, shared] { static_cast<void>(write(std::move(*shared))); });
    }
  }
  before.clear();
  if (first) scope_.spawn(keep_state());
  watch_thresholds();
  for (const auto& group : groups_) group->start();
}

void RuleManager::restore(RuleGroup& group) {
  if (earlier_ == nullptr) return;
  const WallTime now = environment_.clock.wall();
  for (const auto& rule : group.rules()) {
    const std::string key = group.key() + ";" + rule->identity();
    if (const auto models = earlier_->models.find(key); models != earlier_->models.end()) {
      rule->load_models(models->second);
      earlier_->models.erase(models);
    }
    const auto alerts = earlier_->alerts.find(key);
    if (alerts == earlier_->alerts.end() || rule->alerting() == nullptr) continue;
    for (ActiveAlert& alert : alerts->second)
      rule->alerting()->restore(std::move(alert), earlier_->saved_at, now);
    earlier_->alerts.erase(alerts);
  }
}

void RuleManager::watch_thresholds() {
  if (observable_ == nullptr) return;
  for (const auto& group : groups_) {
    for (std::size_t i = 0; i < group->rules().size(); ++i) {
      const auto& threshold = group->thresholds()[i];
      if (!threshold) continue;
      Watched entry{group.get(), i, std::make_unique<ThresholdWatch>(watched_.size(), *threshold, crossings_),
                    nullptr};
      entry.observation = observable_->observe(threshold->matchers(), *entry.watch);
      watched_.push_back(std::move(entry));
    }
  }
  watching_since_ = environment_.clock.wall();
  // Crossings of watches that are gone name other rules now; the next evaluation knows what they knew.
  static_cast<void>(crossings_->take());
}

io::Task<> RuleManager::drain() {
  draining_ = true;
  const Time begun = environment_.loop.now();
  Time grew = begun;
  std::size_t before = 0;
  for (;;) {
    co_await environment_.loop.sleep(quiet_step);
    const Time now = environment_.loop.now();
    const std::size_t size = crossings_->size();
    if (size != before) grew = now;
    before = size;
    const Duration quiet = size >= burst ? burst_quiet : Duration::zero();
    if (now - grew >= quiet || now - begun >= longest_wait) break;
  }
  draining_ = false;
  take_crossings();
}

void RuleManager::take_crossings() {
  const WallTime now = environment_.clock.wall();
  const TemplateContext context({}, now, environment_.around.external_url,
                                environment_.around.external_labels);
  std::set<std::size_t> told;
  std::set<std::size_t> ask;
  for (const Crossing& crossing : crossings_->take()) {
    if (crossing.rule >= watched_.size()) continue;
    const WallTime at{std::chrono::milliseconds(crossing.time)};
    if (at > now + 1s || at < now - lookback) continue;
    const Watched& entry = watched_[crossing.rule];
    // Most series are fine and have no alert.
    if (!crossing.holds && entry.group->rules()[entry.rule]->alerting()->alerts().empty()) continue;
    const bool known = entry.group->tell(entry.rule, crossing, context);
    (known ? told : ask).insert(crossing.rule);
  }
  for (const std::size_t rule : told) watched_[rule].group->send(watched_[rule].rule);
  for (const std::size_t rule : ask) watched_[rule].group->evaluate_soon(watched_[rule].rule);
}

std::uint64_t RuleManager::changes() const {
  std::uint64_t out = 0;
  for (const auto& group : groups_) out += group->changes();
  return out;
}

// Soon after a change, and now and then while there are alerts or models: the time of the last writing tells
// a later process for how long nobody looked.
io::Task<> RuleManager::keep_state() {
  int seconds = 0;
  for (;;) {
    co_await environment_.loop.sleep(1s);
    const bool due = ++seconds % (state_period / 1s) == 0;
    if (changes() != saved_changes_ || due) save();
    for (const Watched& entry : watched_) {
      const AlertingState& alerts = *entry.group->rules()[entry.rule]->alerting();
      const bool evaluated = entry.group->last_evaluation() >= watching_since_;
      if (evaluated && !alerts.has_untold(watching_since_)) entry.watch->relax();
    }
  }
}

void RuleManager::save() {
  saved_changes_ = changes();
  if (settings_.folder.empty()) return;
  writer_.submit([path = settings_.folder + "/rules.json", text = state_json()] {
    if (auto written = io::write_file(path, text, 0600); !written)
      log.error("{}: {}", path, written.error().message());
  });
}

std::string RuleManager::state_json() const {
  model::Object rules;
  for (const auto& group : groups_) {
    for (const auto& rule : group->rules()) {
      model::Object entry;
      if (rule->alerting() != nullptr && !rule->alerting()->alerts().empty()) {
        model::Array alerts;
        for (const auto& [fingerprint, alert] : rule->alerting()->alerts())
          alerts.push_back(alert_object(alert));
        entry.append("alerts", std::move(alerts));
      }
      const std::string models = rule->save_models();
      if (!models.empty()) entry.append("models", base64_encode(models));
      if (!entry.empty()) rules.set(group->key() + ";" + rule->identity(), std::move(entry));
    }
  }
  model::Object out;
  out.append("savedAt", environment_.clock.wall().since_epoch.count());
  out.append("rules", std::move(rules));
  return model::to_json(model::Value(std::move(out)));
}

std::vector<std::string> expand_pattern(const std::string& pattern) {
  std::vector<std::string> out;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  return out;
}

Result<std::vector<RuleGroupConfig>> load_rule_files(const std::vector<std::string>& patterns,
                                                     const RuleFileOptions& options) {
  std::vector<RuleGroupConfig> out;
  std::string errors;
  std::set<std::string> seen;
  for (const std::string& pattern : patterns) {
    const std::vector<std::string> files = expand_pattern(pattern);
    if (files.empty() && pattern.find_first_of("*?[") == std::string::npos)
      errors += (errors.empty() ? "" : "\n") + pattern + ": no such file";
    for (const std::string& file : files) {
      if (!seen.insert(file).second) continue;
      auto loaded = load_rule_file(file, options);
      if (!loaded) {
        errors += (errors.empty() ? "" : "\n") + loaded.error().message();
        continue;
      }
      for (const std::string& warning : loaded->warnings) log.warning("{}", warning);
      for (RuleGroupConfig& group : loaded->groups) out.push_back(std::move(group));
    }
  }
  if (!errors.empty()) return fail(Code::invalid, std::move(errors));
  return out;
}

}  // namespace aloft::telemetry::alerts
