// Mirrors the Endpoints that people write by hand, for a Service without a selector, into EndpointSlices,
// which is all that proxies and the DNS read.
#pragma once

#include "client/reconcile.h"

namespace aloft::controllers {

// Reads Services, Endpoints and EndpointSlices; writes EndpointSlices. Keys are Endpoints, which bear the
// name of their Service. Lives on the loop of its runner.
class EndpointMirrorController final : public client::Controller {
 public:
  std::string_view name() const override { return "endpoint-slice-mirroring-controller"; }
  std::vector<client::Source> sources() const override;
  Result<client::Plan> plan(const client::World& world, const client::ObjectKey& key) override;
};

}  // namespace aloft::controllers
