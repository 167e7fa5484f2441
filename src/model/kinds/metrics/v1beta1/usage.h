// NodeMetrics and PodMetrics: what machines and pods use now, as `kubectl top` and autoscalers ask for it.
// Nobody stores them; they are made when somebody asks.
#pragma once

#include <string>
#include <vector>

#include "model/kinds/core/v1/resources.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::metrics::v1beta1 {

struct NodeMetrics {
  meta::v1::ObjectMeta metadata;
  model::Timestamp timestamp;
  model::ApiDuration window;
  core::v1::ResourceList usage;
  bool operator==(const NodeMetrics&) const = default;
};

struct ContainerMetrics {
  std::string name;
  core::v1::ResourceList usage;
  bool operator==(const ContainerMetrics&) const = default;
};

struct PodMetrics {
  meta::v1::ObjectMeta metadata;
  model::Timestamp timestamp;
  model::ApiDuration window;
  std::vector<ContainerMetrics> containers;
  bool operator==(const PodMetrics&) const = default;
};

}  // namespace aloft::metrics::v1beta1

DECLARE_TYPE(metrics::v1beta1::NodeMetrics)
DECLARE_TYPE(metrics::v1beta1::ContainerMetrics)
DECLARE_TYPE(metrics::v1beta1::PodMetrics)
