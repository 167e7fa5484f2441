// What kubectl prints of a node.
#include <set>

#include "api/tables/cells.h"
#include "model/kinds/core/v1/node.h"

namespace aloft::api {
namespace {

using core::v1::Node;

std::string status_of(const Node& node) {
  std::string status = "Unknown";
  for (const auto& condition : node.status.conditions) {
    if (condition.type == "Ready") status = condition.status == "True" ? "Ready" : "NotReady";
  }
  if (node.spec.unschedulable) status += ",SchedulingDisabled";
  return status;
}

// A role is a label node-role.kubernetes.io/ROLE with any value, or kubernetes.io/role=ROLE.
std::string roles_of(const Node& node) {
  constexpr std::string_view prefix = "node-role.kubernetes.io/";
  std::set<std::string> roles;
  for (const auto& [key, value] : node.metadata.labels) {
    if (key.starts_with(prefix) && key.size() > prefix.size()) roles.insert(key.substr(prefix.size()));
    if (key == "kubernetes.io/role" && !value.empty()) roles.insert(value);
  }
  return or_none(joined(std::vector<std::string>(roles.begin(), roles.end())));
}

std::string address_of(const Node& node, std::string_view type) {
  for (const auto& address : node.status.addresses) {
    if (address.type == type) return address.address;
  }
  return "<none>";
}

model::Array cells_of(const Node& node, WallTime now) {
  const auto& facts = node.status.nodeInfo;
  return {node.metadata.name,
          status_of(node),
          roles_of(node),
          age_of(node.metadata.creationTimestamp, now),
          facts.kubeletVersion,
          address_of(node, "InternalIP"),
          address_of(node, "ExternalIP"),
          text_or(facts.osImage, "<unknown>"),
          text_or(facts.kernelVersion, "<unknown>"),
          text_or(facts.containerRuntimeVersion, "<unknown>")};
}

}  // namespace

TableForm node_table() {
  return table_form<Node, &cells_of>({
      name_column(),
      {"Status", "string", "", "Whether the node is ready, and whether new pods may be placed on it."},
      {"Roles", "string", "", "The roles that its labels give it."},
      age_column(),
      {"Version", "string", "", "Version of the agent on the node."},
      {"Internal-IP", "string", "", "Its first address inside the cluster.", 1},
      {"External-IP", "string", "", "Its first address for the outside.", 1},
      {"OS-Image", "string", "", "The operating system, as it calls itself.", 1},
      {"Kernel-Version", "string", "", "The kernel that runs.", 1},
      {"Container-Runtime", "string", "", "The container runtime and its version.", 1},
  });
}

}  // namespace aloft::api
