// One of several processes leads: a Lease object that the leader renews and others take over when it expires.
#pragma once

#include <functional>
#include <string>

#include "base/time.h"
#include "client/client.h"
#include "io/loop.h"
#include "io/scope.h"

namespace aloft::client {

struct LeaderOptions {
  ObjectKey lease;       // {"kube-system", "aloft-controllers"}
  std::string identity;  // unique per process
  Duration lease_duration = 15s;
  Duration renew_deadline = 10s;
  Duration retry_period = 2s;
};

// Lives on one loop. `started` is called on becoming the leader, `stopped` when leadership is lost.
class LeaderElection {
 public:
  LeaderElection(io::Loop& loop, const Clock& clock, Client& client, LeaderOptions options, std::function<void()> started,
                 std::function<void()> stopped);
  void start();
  bool leading() const { return leading_; }
  // Gives the lease back, so that another takes over at once.
  io::Task<> release();

 private:
  io::Task<> run();
  io::Task<bool> try_acquire_or_renew();

  io::Loop& loop_;
  const Clock& clock_;
  Client& client_;
  LeaderOptions options_;
  std::function<void()> started_;
  std::function<void()> stopped_;
  bool leading_ = false;
  std::string observed_;
  Time observed_at_{};
  io::Scope scope_;
};

}  // namespace aloft::client
