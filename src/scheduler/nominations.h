// Rooms that are being cleared: which waiting pod each is for, so that no other takes it meanwhile.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scheduler/framework/snapshot.h"

namespace aloft::scheduler {

struct Nomination {
  SharedPod pod;
  std::string node_name;
  std::vector<SharedPod> victims;  // empty: not known
};

// Lives on one loop.
class Nominations {
 public:
  void set(Nomination nomination);
  void remove(const std::string& key) { by_key_.erase(key); }
  // Null when no room is being cleared for the pod.
  const Nomination* find(const std::string& key) const;

  // Puts the pods into the snapshot whose claims count against `pod`: those of its priority and above.
  // hide() takes them out again.
  void show(const PodInfo& pod, Snapshot& snapshot);
  void hide(Snapshot& snapshot);

 private:
  std::map<std::string, Nomination> by_key_;
  std::vector<const Nomination*> shown_;
};

// A victim is still on the node.
bool is_being_cleared(const Nomination& nomination, const Snapshot& snapshot);

}  // namespace aloft::scheduler
