// Look-up in the table of resources.
#include "api/resource.h"

#include "base/ensure.h"

namespace aloft::api {

ResourceTable::ResourceTable(std::vector<std::unique_ptr<Resource>> resources)
    : resources_(std::move(resources)) {}

const Resource* ResourceTable::find(std::string_view group, std::string_view version,
                                    std::string_view plural) const {
  for (const auto& resource : resources_) {
    if (resource->kind->plural == plural && resource->kind->group == group &&
        resource->kind->version == version) {
      return resource.get();
    }
  }
  return nullptr;
}

const Resource* ResourceTable::of_kind(const model::TypeInfo& type) const {
  for (const auto& resource : resources_) {
    if (resource->kind->type == &type) return resource.get();
  }
  ensure(false, "rules ask only for kinds that are served");
  return nullptr;
}

bool ResourceTable::has_group_version(std::string_view group, std::string_view version) const {
  for (const auto& resource : resources_) {
    if (resource->kind->group == group && resource->kind->version == version) return true;
  }
  return false;
}

}  // namespace aloft::api
