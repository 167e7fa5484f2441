// Everything the server serves, row by row. A new kind is one function here and one file beside it.
#pragma once

#include <memory>
#include <vector>

#include "api/resource.h"
#include "api/service_addresses.h"
#include "api/usage.h"
#include "model/schema.h"

namespace aloft::api {

class ServiceAccountTokens;

// What rows need beside the kind; outlives the table.
struct ResourceServices {
  model::SchemaSet& schemas;
  ServiceAddresses& addresses;
  const UsageSource* usage = nullptr;  // null: nobody measures
  // Signs the tokens that secrets hold; null: none are made.
  std::shared_ptr<const ServiceAccountTokens> tokens = nullptr;
};

std::vector<std::unique_ptr<Resource>> make_resources(const ResourceServices& services);

// One row with the names, schema, verbs and selectable fields of its kind.
std::unique_ptr<Resource> make_resource(const model::TypeInfo& type, const ResourceServices& services);

// The rows, each in its own file.
std::unique_ptr<Resource> pods(const ResourceServices& services);
std::unique_ptr<Resource> services(const ResourceServices& services);
std::unique_ptr<Resource> namespaces(const ResourceServices& services);
std::unique_ptr<Resource> nodes(const ResourceServices& services);
std::unique_ptr<Resource> deployments(const ResourceServices& services);
std::unique_ptr<Resource> replica_sets(const ResourceServices& services);
std::unique_ptr<Resource> secrets(const ResourceServices& services);
std::unique_ptr<Resource> priority_classes(const ResourceServices& services);
std::unique_ptr<Resource> node_metrics(const ResourceServices& services);
std::unique_ptr<Resource> pod_metrics(const ResourceServices& services);
std::unique_ptr<Resource> pod_monitors(const ResourceServices& services);
std::unique_ptr<Resource> probes(const ResourceServices& services);
std::unique_ptr<Resource> prometheus_rules(const ResourceServices& services);
std::unique_ptr<Resource> service_monitors(const ResourceServices& services);

}  // namespace aloft::api
