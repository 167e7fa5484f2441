// What nodes and pods use, as the part of the process that measures it hands it to the API: one immutable
// report after the other.
#pragma once

#include <memory>
#include <vector>

#include "io/snapshot.h"
#include "model/kinds/metrics/v1beta1/usage.h"

namespace aloft::api {

struct UsageReport {
  std::vector<std::shared_ptr<const metrics::v1beta1::NodeMetrics>> nodes;
  std::vector<std::shared_ptr<const metrics::v1beta1::PodMetrics>> pods;
};

// Published by one, read by the API's loop.
using UsageSource = io::Snapshot<UsageReport>;

}  // namespace aloft::api
