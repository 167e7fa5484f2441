// The loop where controllers and the scheduler live, on a thread of its own, over one set of informers.
#pragma once

#include <memory>
#include <string>

#include "app/control_plane.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "client/reconcile.h"
#include "controllers/all.h"
#include "io/loop_thread.h"

namespace aloft::app {

// What else watches the cloud's objects from this loop, over the same informers.
class ControlGuest {
 public:
  virtual ~ControlGuest() = default;
  // Once all informers that were asked for have begun.
  virtual void start() = 0;
  virtual io::Task<> stop() = 0;
};
using MakeControlGuest =
    std::move_only_function<std::unique_ptr<ControlGuest>(io::Loop&, client::InformerSet&)>;

// Made and destroyed on the main loop; what it holds lives on its own.
class ControlLoop {
 public:
  // Resumes when the first namespaces and services exist and the caches are filled.
  static io::Task<Result<std::unique_ptr<ControlLoop>>> start(io::EpollLoop& main, const Clock& clock,
                                                              Metrics& metrics, ControlPlane& plane,
                                                              controllers::ControllersConfig config,
                                                              MakeControlGuest make_guest = nullptr);
  explicit ControlLoop(io::EpollLoop& main);  // for start()
  ~ControlLoop();
  ControlLoop(const ControlLoop&) = delete;
  ControlLoop& operator=(const ControlLoop&) = delete;
  // Stops every controller; afterwards nothing writes any more.
  io::Task<> stop();

 private:
  struct Parts;
  io::Task<Result<>> build(const Clock& clock, Metrics& metrics, ControlPlane& plane,
                           controllers::ControllersConfig config, MakeControlGuest make_guest);
  io::Task<> clear();

  io::EpollLoop& main_;
  io::LoopThread thread_;
  std::unique_ptr<Parts> parts_;  // touched on the thread's loop only
};

}  // namespace aloft::app
