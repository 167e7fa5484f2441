// The loop from changed services to loaded rules.
#include "network/service_proxy.h"

#include "network/log.h"
#include "network/nft.h"
#include "network/slices_by_service.h"

namespace aloft::network {
namespace {

using core::v1::Service;
using discovery::v1::EndpointSlice;

// A rollout changes many endpoints within a moment; waiting this long makes one load of them. Computing the
// rules takes longer the more services there are, so it is done less often then.
constexpr Duration rules_gather_time = 10ms;
constexpr Duration rules_gather_time_per_service = 20us;
constexpr Duration retry_time = 1s;

ProxyActions actions_with_nft(io::EpollLoop& loop) {
  ProxyActions actions;
  actions.load = [&loop](std::string script) { return load_ruleset(loop, std::move(script)); };
  actions.forget_flows = forget_udp_flows;
  return actions;
}

}  // namespace

ServiceProxy::ServiceProxy(io::EpollLoop& loop, client::InformerSet& informers, RulesetSettings settings,
                           std::string node_name, Metrics& metrics)
    : ServiceProxy(loop, informers, std::move(settings), std::move(node_name), metrics,
                   actions_with_nft(loop)) {}

ServiceProxy::ServiceProxy(io::Loop& loop, client::InformerSet& informers, RulesetSettings settings,
                           std::string node_name, Metrics& metrics, ProxyActions actions)
    : loop_(loop),
      services_(informers.of<Service>()),
      slices_(informers.of<EndpointSlice>()),
      settings_(std::move(settings)),
      node_name_(std::move(node_name)),
      actions_(std::move(actions)),
      loads_(metrics.counter("network_ruleset_loads_total",
                             "Changes of service rules that the kernel has taken.")),
      failures_(metrics.counter("network_ruleset_failures_total",
                                "Changes of service rules that the kernel has refused.")),
      forgotten_(metrics.counter("network_udp_flows_forgotten_total",
                                 "UDP flows ended because their endpoint had gone.")),
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

std::vector<ServiceEntry> ServiceProxy::entries() const {
  const auto slices = slices_by_service(slices_);
  static const std::vector<const EndpointSlice*> none;
  std::vector<ServiceEntry> all;
  for (const auto& [key, cached] : services_.all()) {
    const auto found = slices.find(key);
    const Service& service = *static_cast<const Service*>(cached.object.get());
    for (ServiceEntry& entry :
         entries_of(service, found == slices.end() ? none : found->second, node_name_)) {
      all.push_back(std::move(entry));
    }
  }
  return all;
}

io::Task<Result<>> ServiceProxy::load() {
  std::vector<ServiceEntry> all = entries();
  std::vector<UdpService> udp = udp_services(all);
  ServiceRules next = rules_of(settings_, std::move(all));
  std::string script = current_ ? change_script(settings_, *current_, next) : full_script(settings_, next);
  if (script.empty()) co_return Result<>();
  auto loaded = co_await actions_.load(std::move(script));
  if (!loaded) {
    // Somebody may have changed the table: the next script does not build on it.
    current_.reset();
    co_return loaded;
  }
  loads_.add();
  current_ = std::move(next);
  forget_flows(std::move(udp));
  co_return Result<>();
}

void ServiceProxy::forget_flows(std::vector<UdpService> services) {
  if (services == udp_) return;
  udp_ = std::move(services);
  auto forgotten = actions_.forget_flows([this](const UdpFlow& flow) { return is_stale(flow, udp_); });
  if (forgotten) {
    forgotten_.add(*forgotten);
  } else {
    log.warning("UDP clients of endpoints that have gone may not notice: {}", forgotten.error().message());
  }
}

io::Task<> ServiceProxy::run() {
  co_await services_.synced();
  co_await slices_.synced();
  for (;;) {
    while (loaded_ == changes_) co_await changed_.wait();
    co_await loop_.sleep(rules_gather_time + rules_gather_time_per_service * services_.all().size());
    const std::uint64_t seen = changes_;
    auto loaded = co_await load();
    if (!loaded) {
      failures_.add();
      log.error("service rules were refused and will be tried again: {}", loaded.error().message());
      co_await loop_.sleep(retry_time);
      continue;
    }
    loaded_ = seen;
    settled_.notify_all();
  }
}

}  // namespace aloft::network
