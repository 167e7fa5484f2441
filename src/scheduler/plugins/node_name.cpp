// One comparison, for the few pods that ask for it.
#include "scheduler/plugins/node_name.h"

namespace aloft::scheduler {

Preparation NodeName::prepare_filter(const PodInfo& pod, const Snapshot&) const {
  return pod.pod->spec.nodeName.empty() ? Preparation::skip() : Preparation::go_on();
}

Verdict NodeName::filter(const PluginState*, const PodInfo& pod, const NodeInfo& node) const {
  if (pod.pod->spec.nodeName == node.name()) return Verdict::fits();
  return Verdict::never("node(s) didn't match the requested node name");
}

}  // namespace aloft::scheduler
