// Clears away pods that nobody else would: those bound to nodes that are gone, those removed before they were
// bound, those stuck on machines that are out of service, and the oldest finished ones beyond a number.
#pragma once

#include <map>
#include <string>

#include "client/reconcile.h"
#include "model/kinds/core/v1/pod.h"

namespace aloft::controllers {

struct PodGarbageSettings {
  std::size_t most_finished_pods = 12500;
  Duration quarantine = 40s;  // how long a node must be gone before its pods go
};

// Reads Pods and Nodes, writes Pods. Keys are Pods, and one key for the finished pods of all namespaces.
// Lives on the loop of its runner. Remembers since when it has missed each node.
class PodGarbageController final : public client::Controller {
 public:
  explicit PodGarbageController(PodGarbageSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "pod-garbage-collector-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;

 private:
  client::Plan plan_finished(const client::World& world) const;
  client::Plan plan_orphan(const client::World& world, const core::v1::Pod& pod);

  PodGarbageSettings settings_;
  std::map<std::string, WallTime> missed_since_;  // by node
};

}  // namespace aloft::controllers
