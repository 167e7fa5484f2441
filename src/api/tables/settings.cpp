// What kubectl prints of kinds that hold settings, identities and names: a few words each.
#include "api/tables/cells.h"
#include "model/kinds/coordination/v1/lease.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/namespace.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service_account.h"
#include "model/kinds/scheduling/v1/priority_class.h"

namespace aloft::api {
namespace {

using coordination::v1::Lease;
using core::v1::ConfigMap;
using core::v1::Namespace;
using core::v1::Secret;
using core::v1::ServiceAccount;
using scheduling::v1::PriorityClass;

template <class T>
std::string age(const T& object, WallTime now) {
  return age_of(object.metadata.creationTimestamp, now);
}
std::int64_t count(std::size_t number) { return static_cast<std::int64_t>(number); }

model::Array namespace_cells(const Namespace& object, WallTime now) {
  return {object.metadata.name, object.status.phase, age(object, now)};
}
model::Array config_map_cells(const ConfigMap& object, WallTime now) {
  return {object.metadata.name, count(object.data.size() + object.binaryData.size()), age(object, now)};
}
model::Array secret_cells(const Secret& object, WallTime now) {
  return {object.metadata.name, object.type, count(object.data.size()), age(object, now)};
}
model::Array service_account_cells(const ServiceAccount& object, WallTime now) {
  return {object.metadata.name, count(object.secrets.size()), age(object, now)};
}
model::Array lease_cells(const Lease& object, WallTime now) {
  return {object.metadata.name, object.spec.holderIdentity.value_or(""), age(object, now)};
}
model::Array priority_class_cells(const PriorityClass& object, WallTime now) {
  return {object.metadata.name, object.value, object.globalDefault, age(object, now),
          object.preemptionPolicy.value_or("")};
}

}  // namespace

TableForm namespace_table() {
  return table_form<Namespace, &namespace_cells>(
      {name_column(),
       {"Status", "string", "", "Active, or Terminating while its content is being removed."},
       age_column()});
}

TableForm config_map_table() {
  return table_form<ConfigMap, &config_map_cells>(
      {name_column(), {"Data", "string", "", "Number of entries."}, age_column()});
}

TableForm secret_table() {
  return table_form<Secret, &secret_cells>({
      name_column(),
      {"Type", "string", "", "What the entries are for."},
      {"Data", "string", "", "Number of entries."},
      age_column(),
  });
}

TableForm service_account_table() {
  return table_form<ServiceAccount, &service_account_cells>(
      {name_column(), {"Secrets", "string", "", "Number of secrets that its pods may mount."}, age_column()});
}

TableForm lease_table() {
  return table_form<Lease, &lease_cells>(
      {name_column(), {"Holder", "string", "", "Who holds the lease."}, age_column()});
}

TableForm priority_class_table() {
  return table_form<PriorityClass, &priority_class_cells>({
      name_column(),
      {"Value", "integer", "", "The priority that pods of this class get."},
      {"Global-Default", "boolean", "", "Whether pods without a class get this one."},
      age_column(),
      {"PreemptionPolicy", "string", "", "Whether pods of this class may displace others."},
  });
}

}  // namespace aloft::api
