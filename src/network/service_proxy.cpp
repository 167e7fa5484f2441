#include "network/service_proxy.h"

#include "base/log.h"
#include "network/nft.h"
#include "network/slices_by_service.h"

namespace aloft::network {
namespace {

constexpr Log log("network");

using core::v1::Service;
using discovery::v1::EndpointSlice;

// A rollout changes many endpoints within a moment; waiting this long makes one load of them.
constexpr Duration gather_time = 10ms;
constexpr Duration retry_time = 1s;

}  // namespace

ServiceProxy::ServiceProxy(io::EpollLoop& loop, client::InformerSet& informers, RulesetSettings settings, std::string node_name,
                           Metrics& metrics)
    : loop_(loop),
      services_(informers.of<Service>()),
      slices_(informers.of<EndpointSlice>()),
      settings_(std::move(settings)),
      node_name_(std::move(node_name)),
      loads_(metrics.counter("network_ruleset_loads_total", "Rulesets of services that the kernel has taken.")),
      failures_(metrics.counter("network_ruleset_failures_total", "Rulesets of services that the kernel has refused.")),
      changed_(loop),
      settled_(loop),
      scope_(loop) {
  const auto note = [this](const client::Notice&) {
    ++changes_;
    changed_.notify_all();
  };
  services_.add_handler(note);
  slices_.add_handler(note);
}

void ServiceProxy::start() { scope_.spawn(run()); }

io::Task<> ServiceProxy::settled() {
  const std::uint64_t wanted = changes_;
  while (loaded_ < wanted) co_await settled_.wait();
}

std::string ServiceProxy::ruleset() const {
  auto slices = slices_by_service(slices_);
  std::vector<ServiceEntry> entries;
  for (const auto& [key, cached] : services_.all()) {
    for (ServiceEntry& entry : entries_of(*static_cast<const Service*>(cached.object.get()), slices[key], node_name_)) {
      entries.push_back(std::move(entry));
    }
  }
  return make_ruleset(settings_, std::move(entries));
}

io::Task<> ServiceProxy::run() {
  co_await services_.synced();
  co_await slices_.synced();
  for (;;) {
    while (loaded_ == changes_) co_await changed_.wait();
    co_await loop_.sleep(gather_time);
    const std::uint64_t seen = changes_;
    std::string next = ruleset();
    if (next != current_) {
      auto loaded = co_await load_ruleset(loop_, next);
      if (!loaded) {
        failures_.add();
        log.error("service rules were refused and will be tried again: {}", loaded.error().message());
        co_await loop_.sleep(retry_time);
        continue;
      }
      loads_.add();
      current_ = std::move(next);
    }
    loaded_ = seen;
    settled_.notify_all();
  }
}

}  // namespace aloft::network
