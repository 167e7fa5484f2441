// Defaults of workloads that depend on other fields.
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/apps/v1/rules.h"
#include "model/kinds/core/v1/pod_defaults.h"

namespace aloft::apps::v1 {

void set_defaults(Deployment& deployment) {
  core::v1::set_pod_spec_defaults(deployment.spec.template_.spec);
  DeploymentStrategy& strategy = deployment.spec.strategy;
  if (strategy.type != "RollingUpdate") return;
  if (!strategy.rollingUpdate) strategy.rollingUpdate.emplace();
  if (!strategy.rollingUpdate->maxUnavailable) strategy.rollingUpdate->maxUnavailable = "25%";
  if (!strategy.rollingUpdate->maxSurge) strategy.rollingUpdate->maxSurge = "25%";
}

void set_defaults(ReplicaSet& set) { core::v1::set_pod_spec_defaults(set.spec.template_.spec); }

}  // namespace aloft::apps::v1
