// The aggregated discovery document: all groups, versions and resources in one answer.
#pragma once

#include <string>
#include <vector>

#include "model/kinds/meta/v1/list_meta.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/kinds/meta/v1/type_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::apidiscovery::v2 {

struct APISubresourceDiscovery {
  std::string subresource;
  model::Box<meta::v1::GroupVersionKind> responseKind;
  std::vector<meta::v1::GroupVersionKind> acceptedTypes;
  std::vector<std::string> verbs;
  bool operator==(const APISubresourceDiscovery&) const = default;
};

struct APIResourceDiscovery {
  std::string resource;
  model::Box<meta::v1::GroupVersionKind> responseKind;
  std::string scope;
  std::string singularResource;
  std::vector<std::string> verbs;
  std::vector<std::string> shortNames;
  std::vector<std::string> categories;
  std::vector<APISubresourceDiscovery> subresources;
  bool operator==(const APIResourceDiscovery&) const = default;
};

struct APIVersionDiscovery {
  std::string version;
  std::vector<APIResourceDiscovery> resources;
  std::string freshness;
  bool operator==(const APIVersionDiscovery&) const = default;
};

struct APIGroupDiscovery {
  meta::v1::ObjectMeta metadata;
  std::vector<APIVersionDiscovery> versions;
  bool operator==(const APIGroupDiscovery&) const = default;
};

struct APIGroupDiscoveryList {
  meta::v1::ListMeta metadata;
  std::vector<APIGroupDiscovery> items;
  bool operator==(const APIGroupDiscoveryList&) const = default;
};

}  // namespace aloft::apidiscovery::v2

DECLARE_TYPE(apidiscovery::v2::APISubresourceDiscovery)
DECLARE_TYPE(apidiscovery::v2::APIResourceDiscovery)
DECLARE_TYPE(apidiscovery::v2::APIVersionDiscovery)
DECLARE_TYPE(apidiscovery::v2::APIGroupDiscovery)
DECLARE_TYPE(apidiscovery::v2::APIGroupDiscoveryList)
