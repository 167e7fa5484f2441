// The state of API objects under the names of kube-state-metrics (kube_*), so that its dashboards and rules
// work with nothing installed. Pure: it reads snapshots of caches.
#pragma once

#include <memory>
#include <span>

#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/coordination/v1/lease.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/core/v1/namespace.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "telemetry/discovery/exporters/families.h"

namespace aloft::telemetry::discovery {

template <class T>
using Objects = std::span<const std::shared_ptr<const T>>;

// Each adds the families of one kind. Values that an object does not have make no sample.
void export_nodes(Objects<core::v1::Node> nodes, Families& out);
void export_namespaces(Objects<core::v1::Namespace> namespaces, Families& out);
void export_pods(Objects<core::v1::Pod> pods, Families& out);
void export_pod_details(Objects<core::v1::Pod> pods, Families& out);
void export_containers(Objects<core::v1::Pod> pods, Families& out);
void export_deployments(Objects<apps::v1::Deployment> deployments, Families& out);
void export_replica_sets(Objects<apps::v1::ReplicaSet> replica_sets, Families& out);
void export_services(Objects<core::v1::Service> services, Families& out);
void export_endpoints(Objects<core::v1::Endpoints> endpoints, Families& out);
void export_endpoint_slices(Objects<::aloft::discovery::v1::EndpointSlice> slices, Families& out);
void export_config_maps(Objects<core::v1::ConfigMap> config_maps, Families& out);
void export_secrets(Objects<core::v1::Secret> secrets, Families& out);
void export_leases(Objects<coordination::v1::Lease> leases, Families& out);

}  // namespace aloft::telemetry::discovery
