// Ports of a pod against those that the node's pods have taken.
#include "scheduler/plugins/node_ports.h"

namespace aloft::scheduler {

Preparation NodePorts::prepare_filter(const PodInfo& pod, const Snapshot&) const {
  return pod.host_ports.empty() ? Preparation::skip() : Preparation::go_on();
}

Verdict NodePorts::filter(const PluginState*, const PodInfo& pod, const NodeInfo& node) const {
  for (const HostPort& wanted : pod.host_ports) {
    for (const HostPort& taken : node.taken_ports()) {
      if (wanted.collides_with(taken)) {
        return Verdict::refused("node(s) didn't have free ports for the requested pod ports");
      }
    }
  }
  return Verdict::fits();
}

}  // namespace aloft::scheduler
