// Removes pods from nodes whose NoExecute taints they do not tolerate, or no longer: at once, or when
// tolerationSeconds have passed.
#pragma once

#include <map>
#include <string>

#include "client/reconcile.h"
#include "model/kinds/core/v1/node.h"

namespace aloft::controllers {

// Reads Pods and Nodes, writes Pods. Keys are Pods. Lives on the loop of its runner. Remembers when it first
// saw taints that do not say when they were added.
class TaintEvictionController final : public client::Controller {
 public:
  std::string_view name() const override { return "taint-eviction-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;

 private:
  void forget_taints(const core::v1::Node& node);

  std::map<std::string, WallTime> first_seen_;  // "node uid/key=value"
};

}  // namespace aloft::controllers
