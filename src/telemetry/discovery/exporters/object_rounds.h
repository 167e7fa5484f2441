// The state of all exported objects, round by round: batches of bounded size, and an end for the series of
// what has changed or gone. Series are a function of their object alone, so nothing but the objects of the
// last round is remembered, which the caches mostly share.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <tuple>
#include <vector>

#include "telemetry/core/metric_batch.h"
#include "telemetry/discovery/exporters/object_exporter.h"

namespace aloft::telemetry::discovery {

template <class T>
using ObjectSnapshot = std::vector<std::shared_ptr<const T>>;

// What the caches held at one instant, each kind in the order of namespaces and names.
struct ObjectStates {
  std::tuple<ObjectSnapshot<core::v1::Node>, ObjectSnapshot<core::v1::Namespace>,
             ObjectSnapshot<core::v1::Pod>, ObjectSnapshot<apps::v1::Deployment>,
             ObjectSnapshot<apps::v1::ReplicaSet>, ObjectSnapshot<core::v1::Service>,
             ObjectSnapshot<core::v1::Endpoints>, ObjectSnapshot<::aloft::discovery::v1::EndpointSlice>,
             ObjectSnapshot<core::v1::ConfigMap>, ObjectSnapshot<core::v1::Secret>,
             ObjectSnapshot<coordination::v1::Lease>>
      kinds;
  template <class T>
  const ObjectSnapshot<T>& of() const {
    return std::get<ObjectSnapshot<T>>(kinds);
  }
  template <class T>
  ObjectSnapshot<T>& of() {
    return std::get<ObjectSnapshot<T>>(kinds);
  }
};

class ObjectRounds {
 public:
  // `labels` are those of the target. Gives each batch to `write` and returns how many samples there were,
  // stale markers not counted.
  std::size_t write(std::shared_ptr<const ObjectStates> now, LabelsView labels, Millis at,
                    const std::function<void(MetricBatch)>& write);

 private:
  std::shared_ptr<const ObjectStates> before_;
};

}  // namespace aloft::telemetry::discovery
