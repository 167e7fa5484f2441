// The list of controllers, written by hand, in start order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/reconcile.h"
#include "controllers/default_objects.h"
#include "controllers/node_lifecycle.h"
#include "controllers/pod_garbage_collection.h"
#include "model/kind.h"

namespace aloft::controllers {

struct ControllersConfig {
  std::string cluster_ca;  // PEM, for kube-root-ca.crt
  DefaultObjectsSettings default_objects;
  NodeLifecycleSettings nodes;
  PodGarbageSettings pod_garbage;
  Duration event_time_to_live = 1h;
  // The resources that namespaces hold and owners own; empty: stored_kinds().
  std::vector<const model::KindInfo*> kinds;
};

// Every kind that is a stored resource, kinds that share a storage once.
std::vector<const model::KindInfo*> stored_kinds();

// Each with its own runner on one loop, over one set of informers.
std::vector<std::unique_ptr<client::Controller>> make_controllers(ControllersConfig config);

}  // namespace aloft::controllers
