// Everything the server serves, row by row. A new kind is one function here and one file beside it.
#pragma once

#include <memory>
#include <vector>

#include "api/resource.h"
#include "api/service_addresses.h"
#include "api/usage.h"
#include "model/schema.h"

namespace aloft::api {

// What rows need beside the kind; outlives the table.
class ServiceAccountTokens;

struct ResourceServices {
  model::SchemaSet& schemas;
  ServiceAddresses& addresses;
  const UsageSource* usage = nullptr;  // null: nobody measures
  // Signs the tokens that secrets hold; null: none are made.
  std::shared_ptr<const ServiceAccountTokens> tokens = nullptr;
};

std::vector<std::unique_ptr<Resource>> make_resources(ResourceServices services);

// One row with the names, schema, verbs and selectable fields of its kind.
std::unique_ptr<Resource> make_resource(const model::TypeInfo& type, ResourceServices services);

// The rows, each in its own file.
std::unique_ptr<Resource> pods(ResourceServices services);
std::unique_ptr<Resource> services(ResourceServices services);
std::unique_ptr<Resource> namespaces(ResourceServices services);
std::unique_ptr<Resource> nodes(ResourceServices services);
std::unique_ptr<Resource> deployments(ResourceServices services);
std::unique_ptr<Resource> replica_sets(ResourceServices services);
std::unique_ptr<Resource> secrets(ResourceServices services);
std::unique_ptr<Resource> priority_classes(ResourceServices services);
std::unique_ptr<Resource> node_metrics(ResourceServices services);
std::unique_ptr<Resource> pod_metrics(ResourceServices services);
std::unique_ptr<Resource> pod_monitors(ResourceServices services);
std::unique_ptr<Resource> probes(ResourceServices services);
std::unique_ptr<Resource> prometheus_rules(ResourceServices services);
std::unique_ptr<Resource> service_monitors(ResourceServices services);

}  // namespace aloft::api
