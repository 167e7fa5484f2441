// First what others build on, then workloads, then the network, then those that clean up.
#include "controllers/all.h"

#include "controllers/deployment.h"
#include "controllers/endpoint_mirror.h"
#include "controllers/endpoint_slice.h"
#include "controllers/endpoints.h"
#include "controllers/event_expiry.h"
#include "controllers/garbage_collector.h"
#include "controllers/namespace.h"
#include "controllers/replica_set.h"
#include "controllers/service_account.h"
#include "controllers/taint_eviction.h"
#include "controllers/token_secret.h"
#include "model/kinds/all.h"

namespace aloft::controllers {
namespace {

using Kinds = std::vector<const model::KindInfo*>;

Kinds namespaced_ones(const Kinds& kinds) {
  Kinds found;
  std::ranges::copy_if(kinds, std::back_inserter(found),
                       [](const model::KindInfo* kind) { return kind->namespaced; });
  return found;
}

// Events own nothing and are owned by nobody; there are many of them.
Kinds without_events(const Kinds& kinds) {
  Kinds found;
  std::ranges::copy_if(kinds, std::back_inserter(found),
                       [](const model::KindInfo* kind) { return kind->plural != "events"; });
  return found;
}

}  // namespace

std::vector<const model::KindInfo*> stored_kinds() {
  Kinds found;
  for (const model::KindInfo& kind : model::all_kinds()) {
    const bool shares = !kind.stored_in.empty() && kind.stored_in != kind.group;
    if (!kind.plural.empty() && !kind.create_only && !kind.computed && !shares) found.push_back(&kind);
  }
  return found;
}

std::vector<std::unique_ptr<client::Controller>> make_controllers(ControllersConfig config) {
  const Kinds kinds = config.kinds.empty() ? stored_kinds() : std::move(config.kinds);
  std::vector<std::unique_ptr<client::Controller>> controllers;
  controllers.push_back(std::make_unique<DefaultObjectsController>(std::move(config.default_objects)));
  controllers.push_back(std::make_unique<ServiceAccountController>(config.cluster_ca));
  controllers.push_back(std::make_unique<TokenSecretController>(std::move(config.cluster_ca)));
  controllers.push_back(std::make_unique<DeploymentController>());
  controllers.push_back(std::make_unique<ReplicaSetController>());
  controllers.push_back(std::make_unique<EndpointSliceController>());
  controllers.push_back(std::make_unique<EndpointsController>());
  controllers.push_back(std::make_unique<EndpointMirrorController>());
  controllers.push_back(std::make_unique<NodeLifecycleController>(config.nodes));
  controllers.push_back(std::make_unique<TaintEvictionController>());
  controllers.push_back(std::make_unique<NamespaceController>(namespaced_ones(kinds)));
  controllers.push_back(std::make_unique<GarbageCollector>(without_events(kinds)));
  controllers.push_back(std::make_unique<PodGarbageController>(config.pod_garbage));
  controllers.push_back(std::make_unique<EventExpiryController>(config.event_time_to_live));
  return controllers;
}

}  // namespace aloft::controllers
