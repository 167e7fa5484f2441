// Which table belongs to which kind.
#include "api/tables/all.h"

#include "api/tables/cells.h"
#include "model/kinds/apps/v1/controller_revision.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/apps/v1/replica_set.h"
#include "model/kinds/coordination/v1/lease.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/core/v1/event.h"
#include "model/kinds/core/v1/namespace.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/core/v1/service_account.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "model/kinds/events/v1/event.h"
#include "model/kinds/metrics/v1beta1/usage.h"
#include "model/kinds/scheduling/v1/priority_class.h"

namespace aloft::api {
namespace {

struct TableRow {
  const model::TypeInfo* type;
  TableForm (*make)();
};

template <class T>
TableRow row(TableForm (*make)()) {
  return {&model::type_info<T>(), make};
}

// Every kind begins with its metadata, so this one needs no type.
model::Array name_and_age(const meta::v1::ObjectMeta& metadata, WallTime now) {
  return {metadata.name, age_of(metadata.creationTimestamp, now)};
}

}  // namespace

TableForm table_of(const model::KindInfo& kind) {
  const TableRow rows[] = {
      row<core::v1::ConfigMap>(&config_map_table),
      row<core::v1::Endpoints>(&endpoints_table),
      row<core::v1::Event>(&core_event_table),
      row<core::v1::Namespace>(&namespace_table),
      row<core::v1::Node>(&node_table),
      row<core::v1::Pod>(&pod_table),
      row<core::v1::Secret>(&secret_table),
      row<core::v1::Service>(&service_table),
      row<core::v1::ServiceAccount>(&service_account_table),
      row<apps::v1::ControllerRevision>(&controller_revision_table),
      row<apps::v1::Deployment>(&deployment_table),
      row<apps::v1::ReplicaSet>(&replica_set_table),
      row<coordination::v1::Lease>(&lease_table),
      row<discovery::v1::EndpointSlice>(&endpoint_slice_table),
      row<events::v1::Event>(&event_table),
      row<metrics::v1beta1::NodeMetrics>(&node_metrics_table),
      row<metrics::v1beta1::PodMetrics>(&pod_metrics_table),
      row<scheduling::v1::PriorityClass>(&priority_class_table),
  };
  for (const TableRow& row : rows) {
    if (row.type == kind.type) return row.make();
  }
  return table_form<meta::v1::ObjectMeta, &name_and_age>({name_column(), age_column()});
}

}  // namespace aloft::api
