// Keeps the rules of this machine in step with services and their endpoints. Changes that come close together make one ruleset; a ruleset that
// the kernel refuses is tried again, and the one before it stays in force.
#pragma once

#include <memory>
#include <string>

#include "base/metrics.h"
#include "client/reconcile.h"
#include "io/epoll_loop.h"
#include "io/scope.h"
#include "network/service_rules.h"

namespace aloft::network {

// Lives on the informers' loop; construct before InformerSet::start().
class ServiceProxy {
 public:
  ServiceProxy(io::EpollLoop& loop, client::InformerSet& informers, RulesetSettings settings, std::string node_name, Metrics& metrics);
  void start();
  // Resumes when the rules show everything that was known at the call.
  io::Task<> settled();

 private:
  io::Task<> run();
  std::string ruleset() const;

  io::EpollLoop& loop_;
  client::InformerCore& services_;
  client::InformerCore& slices_;
  RulesetSettings settings_;
  std::string node_name_;
  Counter& loads_;
  Counter& failures_;
  std::uint64_t changes_ = 1;  // seen so far; the first ruleset counts as one
  std::uint64_t loaded_ = 0;   // of which the rules show so many
  io::WaitList changed_;
  io::WaitList settled_;
  std::string current_;
  io::Scope scope_;
};

}  // namespace aloft::network
