// Cordoning counts as the taint that upstream's node controller puts beside it.
#include "scheduler/plugins/node_unschedulable.h"

namespace aloft::scheduler {

Preparation NodeUnschedulable::prepare_filter(const PodInfo& pod, const Snapshot& snapshot) const {
  if (snapshot.unschedulable_nodes() == 0) return Preparation::skip();
  core::v1::Taint cordoned;
  cordoned.key = "node.kubernetes.io/unschedulable";
  cordoned.effect = "NoSchedule";
  return is_tolerated(pod.pod->spec.tolerations, cordoned) ? Preparation::skip() : Preparation::go_on();
}

Verdict NodeUnschedulable::filter(const PluginState*, const PodInfo&, const NodeInfo& node) const {
  if (!node.is_unschedulable()) return Verdict::fits();
  return Verdict::never("node(s) were unschedulable");
}

}  // namespace aloft::scheduler
