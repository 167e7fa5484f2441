// The name servers that know everything which is not the cluster's: asked one after another until one has an
// answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "io/epoll_loop.h"
#include "io/net.h"
#include "io/task.h"

namespace aloft::network {

// Lives on one loop.
class DnsUpstreams {
 public:
  DnsUpstreams(io::EpollLoop& loop, std::vector<io::Address> servers, Duration timeout, Random& random);
  bool empty() const { return servers_.empty(); }

  // The answer to a query, under the query's own id. A server that does not answer in time, or says that it
  // will not or cannot answer, has the next one asked; the one that answered last is asked first from then
  // on. Empty when none has answered. `whole`: what a server cuts short is asked for again over TCP.
  io::Task<std::string> ask(std::string query, bool whole);

 private:
  io::Task<std::string> ask_one(io::Address server, std::string query, bool whole);
  io::Task<std::string> ask_by_datagram(io::Address server, std::string query);
  io::Task<std::string> ask_by_stream(io::Address server, std::string query);

  io::EpollLoop& loop_;
  std::vector<io::Address> servers_;
  Duration timeout_;
  Random& random_;
  std::size_t first_ = 0;
};

// The name servers of a resolv.conf, but for `own`, which would lead back here.
std::vector<io::Address> read_name_servers(std::string_view resolv_conf, std::string_view own);

}  // namespace aloft::network
