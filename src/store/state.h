// What readers see: one immutable version of everything, replaced as a whole with each group of commits.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "io/guarded.h"
#include "io/loop.h"
#include "io/snapshot.h"
#include "store/history.h"
#include "store/tree.h"

namespace aloft::store {

struct State {
  Tree tree;
  Revision revision = 0;
  Revision compacted = 0;
  HistoryView history;
  bool closed = false;
};

class WatchHub;

// Where the writer leaves word that there is something new for the watches of one loop. `hub` is locked on
// that loop only, so that a hub never ends on another thread.
struct HubPort {
  explicit HubPort(io::Loop& home) : loop(home) {}
  io::Loop& loop;
  std::atomic<bool> posted{false};
  std::weak_ptr<WatchHub> hub;
};

// What the writer, the readers and the watches have in common. Watches may outlive the store.
struct Shared {
  explicit Shared(std::shared_ptr<const State> first) : state(std::move(first)) {}
  io::Snapshot<State> state;
  io::Guarded<std::vector<std::shared_ptr<HubPort>>> ports;
};

// Lets the watches of every loop look at the state that was published. Any thread.
void wake_watches(Shared& shared);

}  // namespace aloft::store
