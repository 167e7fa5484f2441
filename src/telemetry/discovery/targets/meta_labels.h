// The __meta_kubernetes_* labels of objects, as Prometheus' Kubernetes discovery names them, so that people's
// relabel rules work unchanged.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "telemetry/core/labels.h"
#include "telemetry/scrape/targets/target_group.h"

namespace aloft::telemetry::discovery {

// Finds the object that others refer to; null when there is none.
struct ObjectFinder {
  std::function<std::shared_ptr<const core::v1::Pod>(const std::string& ns, const std::string& name)> pod;
  std::function<std::shared_ptr<const core::v1::Service>(const std::string& ns, const std::string& name)>
      service;
};

// One group for each object; the source is "role/namespace/name". Objects without an address give no target.
scrape::TargetGroup node_targets(const core::v1::Node& node);
scrape::TargetGroup pod_targets(const core::v1::Pod& pod);
scrape::TargetGroup service_targets(const core::v1::Service& service);
scrape::TargetGroup endpoints_targets(const core::v1::Endpoints& endpoints, const ObjectFinder& find);
scrape::TargetGroup endpoint_slice_targets(const ::aloft::discovery::v1::EndpointSlice& slice,
                                           const ObjectFinder& find);

// The target's labels and those of the node that it is on.
Labels with_node(const Labels& target, const core::v1::Node& node);

// Everything that no label name may hold becomes an underscore.
std::string sanitized(std::string_view name);

}  // namespace aloft::telemetry::discovery
