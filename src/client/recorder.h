// Writes Event objects that people read in `kubectl describe` and `kubectl get events`, folding repetitions
// into a count as upstream's recorder does, and never failing its caller.
#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "base/time.h"
#include "client/client.h"
#include "client/reconcile.h"
#include "io/scope.h"

namespace aloft::client {

// Lives on one loop.
class EventRecorder {
 public:
  // `component` is shown as the source: "kubelet", "default-scheduler"; host may be empty.
  EventRecorder(io::Loop& loop, const Clock& clock, Client& client, Random& random, std::string component,
                std::string host);
  ~EventRecorder();
  // Returns at once; the write goes on in the background, bounded in number.
  void announce(Announcement announcement);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aloft::client
