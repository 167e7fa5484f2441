// Rules for requests and limits.
#include <fmt/format.h>

#include "base/go_quote.h"
#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"
#include "model/names.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;
using model::Quantity;

namespace {

bool is_container_resource(std::string_view name) {
  return name == "cpu" || name == "memory" || name == "ephemeral-storage" ||
         model::is_huge_page_resource(name);
}

bool is_standard_resource(std::string_view name) {
  static const std::set<std::string_view> standard = {"cpu",
                                                      "memory",
                                                      "ephemeral-storage",
                                                      "requests.cpu",
                                                      "requests.memory",
                                                      "requests.ephemeral-storage",
                                                      "limits.cpu",
                                                      "limits.memory",
                                                      "limits.ephemeral-storage",
                                                      "pods",
                                                      "resourcequotas",
                                                      "services",
                                                      "replicationcontrollers",
                                                      "secrets",
                                                      "configmaps",
                                                      "persistentvolumeclaims",
                                                      "storage",
                                                      "requests.storage",
                                                      "services.nodeports",
                                                      "services.loadbalancers"};
  return standard.contains(name) || model::is_huge_page_resource(name) ||
         name.starts_with("requests.hugepages-");
}

void validate_name(const std::string& name, const FieldPath& path, FieldErrors& errors) {
  const auto messages = model::check_qualified_name(name);
  model::add_invalid(errors, path, name, messages);
  if (name.find('/') == std::string::npos) {
    if (messages.empty() && !is_standard_resource(name)) {
      errors.invalid_string(path, name, "must be a standard resource type or fully qualified");
    }
    if (!is_container_resource(name))
      errors.invalid_string(path, name, "must be a standard resource for containers");
  } else if (!model::is_native_resource(name) && !model::is_extended_resource(name)) {
    errors.invalid_string(path, name, "doesn't follow extended resource name standard");
  }
}

// hugepages-2Mi comes in whole pages.
void validate_pages(const std::string& name, const Quantity& amount, const FieldPath& path,
                    FieldErrors& errors) {
  if (!model::is_huge_page_resource(name)) return;
  const auto page = Quantity::parse(std::string_view(name).substr(std::string_view("hugepages-").size()));
  const bool divisible =
      page && page->sign() > 0 && amount.sign() >= 0 && amount.units() % page->units() == 0;
  if (!divisible) {
    errors.invalid_string(path, amount.to_string(),
                          fmt::format("{} is not positive integer multiple of {}", amount.to_string(), name));
  }
}

void validate_amounts(const ResourceList& amounts, const FieldPath& path, FieldErrors& errors) {
  for (const auto& [name, amount] : amounts) {
    const FieldPath at = path.key(name);
    validate_name(name, at, errors);
    model::expect_resource_amount(errors, at, name, amount);
    validate_pages(name, amount, at, errors);
  }
}

void validate_request(const std::string& name, const Quantity& amount, const ResourceRequirements& resources,
                      const FieldPath& path, FieldErrors& errors) {
  const FieldPath requests = path.child("requests");
  const auto limit = resources.limits.find(name);
  if (limit == resources.limits.end()) {
    if (!model::may_overcommit(name)) {
      errors.required(path.child("limits"), "Limit must be set for non overcommitable resources");
    }
    return;
  }
  const std::string most = limit->second.to_string();
  if (amount != limit->second && !model::may_overcommit(name)) {
    errors.invalid_string(requests, amount.to_string(),
                          fmt::format("must be equal to {} limit of {}", name, most));
  } else if (amount > limit->second) {
    errors.invalid_string(requests, amount.to_string(),
                          fmt::format("must be less than or equal to {} limit of {}", name, most));
  }
}

void validate_claims(const std::vector<ResourceClaim>& claims, const std::set<std::string>& known,
                     const FieldPath& path, FieldErrors& errors) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const std::string& name = claims[i].name;
    const FieldPath at = path.index(i);
    if (name.empty()) {
      errors.required(at);
      continue;
    }
    if (!seen.insert(name + "/" + claims[i].request).second) errors.duplicate(at, name);
    if (known.contains(name)) continue;
    std::string detail = "must be one of the names in pod.spec.resourceClaims";
    if (known.empty()) detail += " which is empty";
    for (const auto& other : known) detail.append(&other == &*known.begin() ? ": " : ", ").append(other);
    errors.add(at, "FieldValueNotFound", fmt::format("Not found: {}: {}", go_quote(name), detail));
  }
}

}  // namespace

void validate_resources(const ResourceRequirements& resources, const std::set<std::string>& claims,
                        const FieldPath& path, FieldErrors& errors) {
  validate_amounts(resources.limits, path.child("limits"), errors);
  bool cpu_or_memory = resources.limits.contains("cpu") || resources.limits.contains("memory");
  bool huge_pages = false;
  for (const auto& [name, amount] : resources.limits) huge_pages |= model::is_huge_page_resource(name);
  const FieldPath requests = path.child("requests");
  for (const auto& [name, amount] : resources.requests) {
    const FieldPath at = requests.key(name);
    validate_name(name, at, errors);
    model::expect_resource_amount(errors, at, name, amount);
    validate_request(name, amount, resources, path, errors);
    validate_pages(name, amount, at, errors);
    huge_pages |= model::is_huge_page_resource(name);
    cpu_or_memory |= name == "cpu" || name == "memory";
  }
  if (huge_pages && !cpu_or_memory) errors.forbidden(path, "HugePages require cpu or memory");
  validate_claims(resources.claims, claims, path.child("claims"), errors);
}

}  // namespace aloft::core::v1
