// Keeps the EndpointSlices of each Service with a selector: which pods answer for it, where, and whether they
// are ready.
#pragma once

#include "client/reconcile.h"

namespace aloft::controllers {

// Reads Services, Pods, Nodes and EndpointSlices; writes EndpointSlices. Keys are Services. Lives on the loop
// of its runner.
class EndpointSliceController final : public client::Controller {
 public:
  std::string_view name() const override { return "endpoint-slice-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;
};

}  // namespace aloft::controllers
