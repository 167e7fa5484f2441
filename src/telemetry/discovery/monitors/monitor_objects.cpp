// From objects to jobs, whenever one of them or what they refer to changes.
#include "telemetry/discovery/monitors/monitor_objects.h"

#include <algorithm>

#include "base/log.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/secret.h"

namespace aloft::telemetry::discovery {
namespace {

using core::v1::ConfigMap;
using core::v1::Secret;
using monitoring::v1::PodMonitor;
using monitoring::v1::Probe;
using monitoring::v1::ServiceMonitor;

constexpr Log monitors_log("discovery");

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class T>
std::optional<std::string> value_of(const std::map<std::string, T>& values, const std::string& key) {
  const auto found = values.find(key);
  if (found == values.end()) return std::nullopt;
  if constexpr (std::is_same_v<T, std::string>) {
    return found->second;
  } else {
    return text_of(found->second);
  }
}

}  // namespace

MonitorObjects::MonitorObjects(io::Loop& loop, client::InformerSet& informers, io::Loop& home, Update update,
                               Duration settle)
    : loop_(loop),
      informers_(informers),
      home_(home),
      update_(std::make_shared<Update>(std::move(update))),
      settle_(settle),
      changed_(loop),
      scope_(loop) {
  const auto watch = [this](client::InformerCore& informer) {
    informer.add_handler([this](const client::Notice&) { changed_.set(); });
  };
  watch(informers_.of<ServiceMonitor>());
  watch(informers_.of<PodMonitor>());
  watch(informers_.of<Probe>());
  watch(informers_.of<Secret>());
  watch(informers_.of<ConfigMap>());
}

MonitorObjects::~MonitorObjects() = default;

void MonitorObjects::start() { scope_.spawn(run()); }

MonitorJobs MonitorObjects::jobs() const {
  ValueFinder find;
  find.secret = [this](const std::string& ns, const std::string& name,
                       const std::string& key) -> std::optional<std::string> {
    const auto held =
        std::static_pointer_cast<const Secret>(informers_.of<Secret>().get(client::ObjectKey(ns, name)));
    return held != nullptr ? value_of(held->data, key) : std::nullopt;
  };
  find.config_map = [this](const std::string& ns, const std::string& name,
                           const std::string& key) -> std::optional<std::string> {
    const auto held = std::static_pointer_cast<const ConfigMap>(
        informers_.of<ConfigMap>().get(client::ObjectKey(ns, name)));
    if (held == nullptr) return std::nullopt;
    auto value = value_of(held->data, key);
    return value ? value : value_of(held->binaryData, key);
  };
  MonitorJobs out;
  for (const auto& [key, cached] : informers_.of<ServiceMonitor>().all())
    add_jobs(*static_cast<const ServiceMonitor*>(cached.object.get()), find, out);
  for (const auto& [key, cached] : informers_.of<PodMonitor>().all())
    add_jobs(*static_cast<const PodMonitor*>(cached.object.get()), find, out);
  for (const auto& [key, cached] : informers_.of<Probe>().all())
    add_jobs(*static_cast<const Probe*>(cached.object.get()), find, out);
  std::ranges::sort(out.jobs, {}, &MonitorJob::name);
  return out;
}

// Each once for as long as it lasts.
void MonitorObjects::tell_problems(std::vector<std::string> problems) {
  for (const std::string& problem : problems) {
    if (std::ranges::find(told_problems_, problem) == told_problems_.end())
      monitors_log.warning("an endpoint is not scraped: {}", problem);
  }
  told_problems_ = std::move(problems);
}

io::Task<> MonitorObjects::run() {
  co_await informers_.synced();
  std::vector<MonitorJob> told;
  for (bool first = true;; first = false) {
    changed_.reset();
    MonitorJobs now = jobs();
    tell_problems(std::move(now.problems));
    if (first || now.jobs != told) {
      told = now.jobs;
      home_.post([update = update_, all = std::move(now.jobs)]() mutable { (*update)(std::move(all)); });
    }
    co_await changed_.wait();
    co_await loop_.sleep(settle_);
  }
}

}  // namespace aloft::telemetry::discovery
