// The environment variables of a container: from its own list, from ConfigMaps and Secrets, from fields of
// its pod, and for the services beside it. Pure; what it refers to is handed in.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/secret.h"
#include "model/kinds/core/v1/service.h"

namespace aloft::node {

// Objects of the pod's namespace by name; null when the API has none of that name.
struct ConfigSources {
  std::map<std::string, std::shared_ptr<const core::v1::ConfigMap>> config_maps;
  std::map<std::string, std::shared_ptr<const core::v1::Secret>> secrets;
  std::vector<core::v1::Service> services;  // of the namespace, and default/kubernetes
};

// What a container or a volume of a pod refers to.
struct ConfigNames {
  std::set<std::string> config_maps;
  std::set<std::string> secrets;
  bool services = false;
};
ConfigNames names_in_environment(const core::v1::Container& container);

// What fields of a pod need that its object does not say yet.
struct PodFacts {
  std::vector<std::string> pod_ips;
  std::vector<std::string> host_ips;
  core::v1::ResourceList allocatable;  // of the node: the limit of containers without one
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// Error: not_found or invalid, in kubelet's words: configmap "x" not found.
Result<Environment> make_environment(const core::v1::Pod& pod, const core::v1::Container& container,
                                     const ConfigSources& sources, const PodFacts& facts);

// Replaces $(NAME); $$ stands for a dollar, and unknown names stay as they are.
std::string expand_variables(std::string_view text, const Environment& environment);
// The names that expand_variables would look for and that are not there, or empty; sorted.
std::set<std::string> missing_variables(std::string_view text, const Environment& environment);

// The value of "metadata.name", "metadata.labels['x']", "status.podIP", ... Error: invalid.
Result<std::string> field_value(const core::v1::Pod& pod, std::string_view path, const PodFacts& facts);
// The value of "limits.memory" and the like, divided and rounded up. Error: invalid.
Result<std::string> resource_value(const core::v1::Container& container,
                                   const core::v1::ResourceFieldSelector& field, const PodFacts& facts);

// Service addresses as Docker links spelled them: HELLO_SERVICE_HOST, HELLO_PORT_80_TCP_ADDR, ...
Environment service_environment(const std::vector<core::v1::Service>& services);

}  // namespace aloft::node
