// Keeps the DNS of the cluster right as services and endpoints come and go.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "base/random.h"
#include "client/reconcile.h"
#include "io/epoll_loop.h"
#include "io/scope.h"
#include "network/dns_server.h"

namespace aloft::network {

// Lives on the informers' loop; construct before InformerSet::start().
class ClusterDns {
  struct OnlyStart {};

 public:
  // Listens at once; until the services are known the cluster's names get a failure, for which clients ask
  // again. Error: naming the address.
  static Result<std::unique_ptr<ClusterDns>> start(io::EpollLoop& loop, client::InformerSet& informers,
                                                   DnsServerSettings settings, std::string domain,
                                                   Random& random, Metrics& metrics);
  const io::Address& address() const { return server_->address(); }

  // For start().
  ClusterDns(OnlyStart, io::EpollLoop& loop, client::InformerSet& informers, std::string domain);

 private:
  io::Task<> run();
  std::shared_ptr<const DnsZone> build() const;

  io::EpollLoop& loop_;
  client::InformerCore& services_;
  client::InformerCore& slices_;
  client::InformerCore& namespaces_;
  std::string domain_;
  bool dirty_ = true;
  io::WaitList changed_;
  std::unique_ptr<DnsServer> server_;
  io::Scope scope_;
};

}  // namespace aloft::network
