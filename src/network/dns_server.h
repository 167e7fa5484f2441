// The DNS server of the cluster: answers for the cluster's names from a zone in memory, over UDP and TCP, and
// hands everything else on to the machine's own name servers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "io/epoll_loop.h"
#include "io/net.h"
#include "network/dns_upstreams.h"
#include "network/dns_zone.h"

namespace aloft::network {

struct DnsServerSettings {
  io::Address listen;                  // UDP and TCP on the same port
  std::vector<io::Address> upstreams;  // asked in turn; none: other names are refused
  Duration upstream_timeout = 2s;      // per server
  std::size_t forwarded_limit = 1024;  // queries on their way at once; more are dropped
};

// Lives on one loop.
class DnsServer {
 public:
  // Error: naming the address.
  static Result<std::unique_ptr<DnsServer>> start(io::EpollLoop& loop, DnsServerSettings settings,
                                                  std::shared_ptr<const DnsZone> zone, Random& random,
                                                  Metrics& metrics);
  virtual ~DnsServer() = default;
  virtual const io::Address& address() const = 0;  // with the real port
  virtual void publish(std::shared_ptr<const DnsZone> zone) = 0;
};

}  // namespace aloft::network
