// Rules for nodes: taints, amounts, and the ranges and ids that stay once given.
#include <set>

#include "base/go_quote.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/field_checks.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

void validate_node_resources(const ResourceList& amounts, const FieldPath& path, FieldErrors& errors) {
  for (const auto& [name, amount] : amounts)
    model::expect_resource_amount(errors, path.child(name), name, amount);
}

void validate_ranges(const std::vector<std::string>& ranges, const FieldPath& path, FieldErrors& errors) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < ranges.size(); ++i) model::expect_cidr(errors, path.index(i), ranges[i]);
  if (ranges.size() < 2) return;
  if (ranges.size() > 2 || !model::are_dual_stack(ranges[0], ranges[1])) {
    errors.invalid(path, model::list_text(ranges), "may specify no more than one CIDR for each IP family");
  }
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (!seen.insert(ranges[i]).second) errors.duplicate(path.index(i), ranges[i]);
  }
}

}  // namespace

void validate(const Node& node, FieldErrors& errors) {
  const FieldPath metadata("metadata");
  const FieldPath spec("spec");
  const FieldPath status("status");
  // Upstream reports taints under metadata; clients have learned to live with it.
  validate_taints(node.spec.taints, metadata.child("taints"), errors);
  validate_node_resources(node.status.capacity, status.child("capacity"), errors);
  validate_node_resources(node.status.allocatable, status.child("allocatable"), errors);
  validate_ranges(node.spec.podCIDRs, spec.child("podCIDRs"), errors);
}

void validate_update(const Node& node, const Node& old, FieldErrors& errors) {
  const FieldPath spec("spec");
  const FieldPath status("status");
  const FieldPath addresses = status.child("addresses");
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < node.status.addresses.size(); ++i) {
    const NodeAddress& address = node.status.addresses[i];
    if (!seen.emplace(address.type, address.address).second) {
      errors.add(addresses.index(i), "FieldValueDuplicate",
                 fmt::format("Duplicate value: core.NodeAddress{{Type:{}, Address:{}}}",
                             go_quote(address.type), go_quote(address.address)));
    }
  }
  if (!old.spec.podCIDRs.empty() && node.spec.podCIDRs != old.spec.podCIDRs) {
    errors.forbidden(spec.child("podCIDRs"), "node updates may not change podCIDR except from \"\" to valid");
  }
  if (!old.spec.providerID.empty() && node.spec.providerID != old.spec.providerID) {
    errors.forbidden(spec.child("providerID"),
                     "node updates may not change providerID except from \"\" to valid");
  }
  if (node.spec.externalID != old.spec.externalID) {
    errors.forbidden(spec.child("externalID"), "may not be updated");
  }
}

}  // namespace aloft::core::v1
