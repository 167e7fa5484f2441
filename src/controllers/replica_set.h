// Keeps the wanted number of pods of each ReplicaSet: makes missing ones, removes those too many, adopts pods
// that its selector matches and nobody owns, and lets go of those that it no longer matches.
#pragma once

#include "client/reconcile.h"

namespace aloft::controllers {

// Reads ReplicaSets and Pods, writes both. Keys are ReplicaSets. Lives on the loop of its runner.
class ReplicaSetController final : public client::Controller {
 public:
  std::string_view name() const override { return "replicaset-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;
};

}  // namespace aloft::controllers
