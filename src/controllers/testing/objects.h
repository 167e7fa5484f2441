// Plain objects for tests of controllers.
#pragma once

#include <string>

#include "client/client.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/core/v1/namespace.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/service.h"

namespace aloft::controllers {

// In namespace "default", with label app=NAME.
apps::v1::Deployment make_deployment(std::string name, std::int32_t replicas);
apps::v1::ReplicaSet make_replica_set(std::string name, std::int32_t replicas);
core::v1::Pod make_pod(std::string name, std::string app);
core::v1::Service make_service(std::string name);
core::v1::Namespace make_namespace(std::string name);
// Ready, without pressure.
core::v1::Node make_node(std::string name);

client::ObjectKey in_default(std::string name);

}  // namespace aloft::controllers
