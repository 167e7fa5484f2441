// What is there and right is left alone; what people delete or change comes back.
#include "controllers/service_account.h"

#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/namespace.h"
#include "model/kinds/core/v1/service_account.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using client::Plan;
using client::World;
using core::v1::ConfigMap;
using core::v1::Namespace;
using core::v1::ServiceAccount;

constexpr std::string_view account_name = "default";
constexpr std::string_view config_map_name = "kube-root-ca.crt";
constexpr std::string_view certificate_key = "ca.crt";

// The namespace of an object with that name.
client::Source named_source(const model::TypeInfo& type, std::string_view name) {
  client::Source source;
  source.type = &type;
  source.keys = [name](const World&, const client::Notice& notice) {
    std::vector<ObjectKey> keys;
    if (notice.key.name == name) keys.emplace_back("", notice.key.ns);
    return keys;
  };
  return source;
}

}  // namespace

std::vector<client::Source> ServiceAccountController::sources() const {
  return {client::own_source(model::type_info<Namespace>()),
          named_source(model::type_info<ServiceAccount>(), account_name),
          named_source(model::type_info<ConfigMap>(), config_map_name)};
}

Result<Plan> ServiceAccountController::plan(const World& world, const ObjectKey& key) {
  Plan plan;
  const auto space = world.get<Namespace>(key);
  if (space == nullptr || space->metadata.deletionTimestamp || space->status.phase == "Terminating")
    return plan;
  if (world.get<ServiceAccount>(ObjectKey(key.name, std::string(account_name))) == nullptr) {
    ServiceAccount account;
    account.metadata.namespace_ = key.name;
    account.metadata.name = account_name;
    plan.changes.push_back(client::create_change(account));
  }
  const auto known = world.get<ConfigMap>(ObjectKey(key.name, std::string(config_map_name)));
  ConfigMap next;
  if (known != nullptr) next = *known;
  next.metadata.namespace_ = key.name;
  next.metadata.name = config_map_name;
  next.data.clear();
  next.data[std::string(certificate_key)] = cluster_ca_;
  if (known == nullptr) {
    next.metadata.annotations["kubernetes.io/description"] =
        "The certificate authority of this cluster's API server, for pods that call it by its service "
        "address.";
    plan.changes.push_back(client::create_change(next));
  } else if (next.data != known->data) {
    plan.changes.push_back(client::update_change(next));
  }
  return plan;
}

}  // namespace aloft::controllers
