// The service kube-dns, under which pods find the DNS of their node, and its endpoints. What somebody removes
// is made again: without it no name in the cluster means anything.
#pragma once

#include <string>

#include "client/reconcile.h"
#include "io/net.h"
#include "io/event.h"
#include "io/scope.h"

namespace aloft::app {

struct DnsServiceSettings {
  std::string service_address;
  io::Address server;  // of the DNS itself
  std::string node_name;
};

// Lives on the informers' loop; construct before InformerSet::start().
class DnsService {
 public:
  DnsService(io::Loop& loop, client::Client& client, client::InformerSet& informers,
             DnsServiceSettings settings);
  DnsService(const DnsService&) = delete;
  DnsService& operator=(const DnsService&) = delete;

  // Makes both, or brings them to what they must be.
  io::Task<Result<>> publish();

 private:
  io::Task<> run();

  io::Loop& loop_;
  client::Client& client_;
  DnsServiceSettings settings_;
  bool missing_ = false;
  io::WaitList removed_;
  io::Scope scope_;
};

}  // namespace aloft::app
