// Runs the rollouts of Deployments: one ReplicaSet for each version of the pod template, from the old ones to
// the new one step by step, with history, pause, scaling and a deadline.
#pragma once

#include "client/reconcile.h"

namespace aloft::controllers {

// Reads Deployments, ReplicaSets and Pods; writes Deployments and ReplicaSets. Keys are Deployments. Lives on
// the loop of its runner.
class DeploymentController final : public client::Controller {
 public:
  std::string_view name() const override { return "deployment-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;
};

}  // namespace aloft::controllers
