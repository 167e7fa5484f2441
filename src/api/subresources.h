// The subresources of a resource as the discovery and OpenAPI documents tell them: the kind of what they take
// or give, and the verbs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/resource.h"

namespace aloft::api {

// A value of views into the resource table and static text.
struct SubresourceFacts {
  std::string_view name;
  // Of the body; group and version are empty when they are the resource's own.
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::vector<std::string_view> verbs;
  // The kind with its fields; null for options that only travel as query parameters and for text.
  const model::KindInfo* body = nullptr;
};

// Sorted by name.
std::vector<SubresourceFacts> subresources_of(const Resource& resource);

// Whether version `a` stands before `b` in a group: general before beta before alpha, then the newer (v2, v1,
// v1beta1, v1alpha1).
bool version_before(std::string_view a, std::string_view b);

// Whether group `a` stands before `b`, as upstream orders the groups that it knows; others follow by name.
// The core group is first.
bool group_before(std::string_view a, std::string_view b);

// The served resources by group, version and name.
std::vector<const Resource*> in_discovery_order(const ResourceTable& resources);

}  // namespace aloft::api
