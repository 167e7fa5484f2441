// Priority classes: at most one is the default for pods that name none.
#include "api/registry.h"
#include "api/resources/all.h"
#include "api/resources/rules.h"
#include "api/status.h"
#include "model/kinds/scheduling/v1/priority_class.h"

namespace aloft::api {
namespace {

using scheduling::v1::PriorityClass;

Result<> check_single_default(RuleContext& rules, const PriorityClass& added) {
  if (!added.globalDefault) return {};
  const Resource& resource = *rules.registry.resources().of_kind(model::type_info<PriorityClass>());
  TRY(listed, rules.registry.list(resource, ListQuery{}));
  for (const store::Entry& entry : listed.entries) {
    TRY(existing, model::from_json<PriorityClass>(entry.value.view()));
    if (existing.globalDefault && existing.metadata.name != added.metadata.name) {
      return fail(
          forbidden(resource.group(), resource.plural(), added.metadata.name,
                    fmt::format("PriorityClass {} is already marked as default. Only one default can exist",
                                existing.metadata.name)));
    }
  }
  return {};
}

}  // namespace

std::unique_ptr<Resource> priority_classes(const ResourceServices& services) {
  auto resource = make_resource(model::type_info<PriorityClass>(), services);
  resource->admit_create = [](RuleContext& rules, void* object) {
    return check_single_default(rules, *static_cast<const PriorityClass*>(object));
  };
  resource->admit_update = [](RuleContext& rules, void* next, const void*) {
    return check_single_default(rules, *static_cast<const PriorityClass*>(next));
  };
  return resource;
}

}  // namespace aloft::api
