// Keeps the Endpoints object of each Service with a selector: the older form of its EndpointSlices, in one
// object.
#pragma once

#include "client/reconcile.h"

namespace aloft::controllers {

// Reads Services, Pods and Endpoints; writes Endpoints. Keys are Services. Lives on the loop of its runner.
class EndpointsController final : public client::Controller {
 public:
  std::string_view name() const override { return "endpoint-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;
};

}  // namespace aloft::controllers
