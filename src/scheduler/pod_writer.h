// The scheduler's writes: the binding of a pod to its node, the condition PodScheduled of a pod that has
// none, and the removal of a pod that has to make room.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/time.h"
#include "client/client.h"
#include "io/event.h"
#include "io/scope.h"
#include "scheduler/framework/pod_info.h"

namespace aloft::scheduler {

// Lives on one loop. Writes about one pod never overtake each other.
class PodWriter {
 public:
  PodWriter(io::Loop& loop, const Clock& clock, client::Client& client);

  // Errors are the API's. Where it is unknown whether the write happened, the pod is read to find out.
  io::Task<Result<>> bind(SharedPod pod, std::string node_name);
  // Sets the condition PodScheduled=False in the background, unless the pod has it like this already.
  // `nominated_node` is where room is being made for it; empty: nowhere.
  void set_unscheduled(SharedPod pod, std::string_view reason, std::string_view message,
                       std::string nominated_node = {});
  // Says in the pod's status why it goes, and removes it with its own grace period.
  io::Task<Result<>> remove_for_another(SharedPod pod, std::string scheduler);

 private:
  io::Task<> patch_condition(SharedPod pod, std::string patch);
  io::Task<Result<>> find_out(SharedPod pod, std::string node_name, Error error);

  const Clock& clock_;
  client::Client& client_;
  std::set<std::string> patching_;  // keys of pods whose condition is being written
  io::WaitList patched_;
  io::Scope scope_;
};

}  // namespace aloft::scheduler
