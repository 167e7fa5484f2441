// Keeps the rules of this machine in step with services and their endpoints. Changes that come close together
// make one script, which says only what has changed; a script that the kernel refuses is tried again, with
// everything in it, and what was there before stays in force. UDP flows to endpoints that have gone are
// forgotten, so that their clients reach the others.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/metrics.h"
#include "client/reconcile.h"
#include "io/epoll_loop.h"
#include "io/scope.h"
#include "network/conntrack.h"
#include "network/service_rules.h"

namespace aloft::network {

// What the proxy does to the machine; tests put their own in its place.
struct ProxyActions {
  std::function<io::Task<Result<>>(std::string script)> load;
  std::function<Result<std::size_t>(const std::function<bool(const UdpFlow&)>& unwanted)> forget_flows;
};

// Lives on the informers' loop; construct before InformerSet::start().
class ServiceProxy {
 public:
  // Loads with nft.
  ServiceProxy(io::EpollLoop& loop, client::InformerSet& informers, RulesetSettings settings,
               std::string node_name, Metrics& metrics);
  ServiceProxy(io::Loop& loop, client::InformerSet& informers, RulesetSettings settings,
               std::string node_name, Metrics& metrics, ProxyActions actions);
  void start();
  // Resumes when the rules show everything that was known at the call.
  io::Task<> settled();

 private:
  io::Task<> run();
  std::vector<ServiceEntry> entries() const;
  // Carries out what has changed since the last time.
  io::Task<Result<>> load();
  void forget_flows(std::vector<UdpService> services);

  io::Loop& loop_;
  client::InformerCore& services_;
  client::InformerCore& slices_;
  RulesetSettings settings_;
  std::string node_name_;
  ProxyActions actions_;
  Counter& loads_;
  Counter& failures_;
  Counter& forgotten_;
  std::uint64_t changes_ = 1;  // seen so far; the first rules count as one
  std::uint64_t loaded_ = 0;   // of which the rules show so many
  io::WaitList changed_;
  io::WaitList settled_;
  std::optional<ServiceRules> current_;  // in the kernel; nothing when that is not known
  std::vector<UdpService> udp_;          // of the rules in the kernel
  io::Scope scope_;
};

}  // namespace aloft::network
