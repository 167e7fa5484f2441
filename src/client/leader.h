// One of several processes leads: a Lease object that the leader renews and others take over when it expires.
#pragma once

#include <functional>
#include <memory>
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

// Lives on one loop. `started` is called on becoming the leader, `stopped` when leadership is lost;
// afterwards it stands for election again. The rules are those of client-go's leaderelection: a lease counts
// as held for its duration from when we saw it change, whatever the clocks say; the holder renews every retry
// period and gives up when it could not for the renew deadline; the others try every retry period, spread by
// up to 1.2 times of it.
class LeaderElection {
 public:
  LeaderElection(io::Loop& loop, const Clock& clock, Client& client, LeaderOptions options,
                 std::function<void()> started, std::function<void()> stopped);
  ~LeaderElection();
  void start();
  bool leading() const { return leading_; }
  // Gives the lease back, so that another takes over at once.
  io::Task<> release();

 private:
  struct Observed;
  io::Task<> run();
  io::Task<> acquire();
  io::Task<> hold();
  io::Task<bool> try_acquire_or_renew();
  io::Task<bool> write();
  bool held_by_other() const;
  Duration retry_pause();
  void set_leading(bool leading);

  io::Loop& loop_;
  const Clock& clock_;
  Client& client_;
  LeaderOptions options_;
  std::function<void()> started_;
  std::function<void()> stopped_;
  bool leading_ = false;
  std::uint64_t attempts_ = 0;
  std::unique_ptr<Observed> observed_;
  io::Scope scope_;
};

}  // namespace aloft::client
