// Finding Alertmanagers and handing alerts to them.
#include "telemetry/alerts/outside/outside_managers.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "telemetry/alerts/log.h"

namespace aloft::telemetry::alerts {
namespace {

constexpr std::string_view path_label = "__alerts_path__";

// As Go's path.Join of "/", the prefix and the path of the interface.
std::string post_path(std::string_view prefix) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at < prefix.size();) {
    const std::size_t end = std::min(prefix.find('/', at), prefix.size());
    const std::string_view part = prefix.substr(at, end - at);
    at = end + 1;
    if (part == ".." && !parts.empty()) parts.pop_back();
    if (!part.empty() && part != "." && part != "..") parts.push_back(part);
  }
  std::string out;
  for (const std::string_view part : parts) out.append("/").append(part);
  return out + "/api/v2/alerts";
}

EndpointAddress address_of(const LabelsBuilder& labels) {
  return {std::string(labels.get(scrape::scheme_label)), std::string(labels.get(scrape::address_label)),
          std::string(labels.get(path_label))};
}

std::string wrong_with(const EndpointAddress& address) {
  if (address.address.empty()) return "no address";
  if (address.address.find('/') != std::string::npos)
    return fmt::format("\"{}\" is not a valid hostname", address.address);
  if (address.scheme != "http" && address.scheme != "https")
    return fmt::format("\"{}\" is no scheme to send by", address.scheme);
  return "";
}

bool same(const scrape::AlertmanagerConfig& a, const scrape::AlertmanagerConfig& b) {
  return a.document == b.document && a.client == b.client;
}

}  // namespace

// What one entry of `alertmanagers` found.
class OutsideManagers::Set {
 public:
  Set(OutsideManagers& owner, scrape::AlertmanagerConfig config, std::shared_ptr<scrape::Fetcher> fetcher)
      : owner_(owner), config_(std::move(config)), fetcher_(std::move(fetcher)) {}

  void start(std::vector<std::unique_ptr<scrape::TargetProvider>> providers) {
    providers_ = std::move(providers);
    groups_.resize(providers_.size());
    for (std::size_t i = 0; i < providers_.size(); ++i) {
      providers_[i]->start([this, i](std::vector<scrape::TargetGroup> groups) {
        groups_[i] = std::move(groups);
        sync();
      });
    }
  }
  void send(const std::vector<AlertPtr>& alerts) {
    if (endpoints_.empty()) return;
    const std::vector<AlertPtr> told = relabel_alerts(alerts, {}, config_.alert_relabel_configs);
    for (const auto& [url, endpoint] : endpoints_) endpoint->put(told);
  }
  void stop_looking() { providers_.clear(); }
  const scrape::AlertmanagerConfig& config() const { return config_; }
  const std::map<std::string, std::unique_ptr<Endpoint>>& endpoints() const { return endpoints_; }
  const std::set<std::string>& dropped() const { return dropped_; }

 private:
  void sync() {
    std::map<std::string, EndpointAddress> found;
    dropped_.clear();
    for (const auto& groups : groups_) {
      for (const scrape::TargetGroup& group : groups) {
        for (const Labels& target : group.targets) look_at(target, group.labels, found);
      }
    }
    std::erase_if(endpoints_, [&](const auto& entry) { return !found.contains(entry.first); });
    for (auto& [url, address] : found) {
      if (endpoints_.contains(url)) continue;
      endpoints_.emplace(url, std::make_unique<Endpoint>(owner_.environment_, std::move(address), fetcher_,
                                                         config_.timeout));
    }
    owner_.count();
  }
  void look_at(LabelsView own, LabelsView group, std::map<std::string, EndpointAddress>& found) {
    LabelsBuilder labels(own);
    labels.set(scrape::scheme_label, config_.scheme);
    labels.set(path_label, post_path(config_.path_prefix));
    for (const Label& label : group) {
      if (!own.has(label.name)) labels.set(label.name, label.value);
    }
    const EndpointAddress before = address_of(labels);
    if (!scrape::relabel(config_.relabel_configs, labels)) {
      dropped_.insert(before.url());
      return;
    }
    EndpointAddress address = address_of(labels);
    if (const std::string wrong = wrong_with(address); !wrong.empty()) {
      log.warning("an Alertmanager that was found is left out: {}", wrong);
      return;
    }
    std::string url = address.url();
    found.insert_or_assign(std::move(url), std::move(address));
  }

  OutsideManagers& owner_;
  scrape::AlertmanagerConfig config_;
  std::shared_ptr<scrape::Fetcher> fetcher_;
  std::vector<std::vector<scrape::TargetGroup>> groups_;  // by provider
  std::map<std::string, std::unique_ptr<Endpoint>> endpoints_;
  std::set<std::string> dropped_;
  std::vector<std::unique_ptr<scrape::TargetProvider>> providers_;
};

OutsideManagers::OutsideManagers(OutsideEnvironment environment)
    : environment_(std::move(environment)),
      discovered_(environment_.metrics.gauge("prometheus_notifications_alertmanagers_discovered",
                                             "Alertmanagers that are told of alerts, our own among them.")) {
  environment_.metrics
      .gauge("prometheus_notifications_queue_capacity", "Alerts that may wait for one Alertmanager.")
      .set(static_cast<double>(environment_.queue_capacity));
  count();
}

OutsideManagers::~OutsideManagers() = default;

Result<> OutsideManagers::apply(const std::vector<scrape::AlertmanagerConfig>& configs) {
  Result<> first;
  std::vector<std::unique_ptr<Set>> before = std::move(sets_);
  sets_.clear();
  for (std::size_t i = 0; i < configs.size(); ++i) {
    const auto kept = std::find_if(before.begin(), before.end(), [&](const auto& set) {
      return set != nullptr && same(set->config(), configs[i]);
    });
    if (kept != before.end()) {
      sets_.push_back(std::move(*kept));
      continue;
    }
    const std::string name = fmt::format("alertmanagers[{}]", i);
    auto providers = scrape::make_providers(environment_.discovery, configs[i].discovery, name);
    auto fetcher = environment_.discovery.fetchers(configs[i].client);
    if (!providers || !fetcher) {
      Error error = std::move(providers ? fetcher.error() : providers.error()).at(name);
      if (first) first = fail(std::move(error));
      continue;
    }
    sets_.push_back(std::make_unique<Set>(*this, configs[i], std::move(*fetcher)));
    sets_.back()->start(std::move(*providers));
  }
  before.clear();
  count();
  return first;
}

void OutsideManagers::count() {
  std::size_t known = 1;
  for (const auto& set : sets_) known += set->endpoints().size();
  discovered_.set(static_cast<double>(known));
}

void OutsideManagers::send(const std::vector<AlertPtr>& alerts) {
  for (const auto& set : sets_) set->send(alerts);
}

io::Task<> OutsideManagers::drain(Duration grace) {
  const Time until = environment_.loop.now() + grace;
  for (const auto& set : sets_) set->stop_looking();
  for (const auto& set : sets_) {
    for (const auto& [url, endpoint] : set->endpoints()) co_await endpoint->drain(until);
  }
}

std::vector<std::string> OutsideManagers::active() const {
  std::set<std::string> out;
  for (const auto& set : sets_) {
    for (const auto& [url, endpoint] : set->endpoints()) out.insert(url);
  }
  return {out.begin(), out.end()};
}

std::vector<std::string> OutsideManagers::dropped() const {
  std::set<std::string> out;
  for (const auto& set : sets_) out.insert(set->dropped().begin(), set->dropped().end());
  return {out.begin(), out.end()};
}

std::vector<AlertPtr> relabel_alerts(std::vector<AlertPtr> alerts, const LabelMap& external_labels,
                                     const std::vector<scrape::RelabelRule>& rules) {
  if (external_labels.empty() && rules.empty()) return alerts;
  std::vector<AlertPtr> out;
  out.reserve(alerts.size());
  for (AlertPtr& alert : alerts) {
    LabelsBuilder labels;
    for (const auto& [name, value] : alert->labels) labels.set(name, value);
    for (const auto& [name, value] : external_labels) {
      if (label_of(alert->labels, name).empty()) labels.set(name, value);
    }
    if (!scrape::relabel(rules, labels)) continue;
    LabelMap now(labels.pairs().begin(), labels.pairs().end());
    if (now.empty()) continue;
    if (now == alert->labels) {
      out.push_back(std::move(alert));
      continue;
    }
    auto changed = std::make_shared<Alert>(*alert);
    changed->labels = std::move(now);
    out.push_back(std::move(changed));
  }
  return out;
}

}  // namespace aloft::telemetry::alerts
