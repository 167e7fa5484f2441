// The legacy discovery documents: which groups, versions and resources are served.
#pragma once

#include <string>
#include <vector>

#include "model/type_info.h"

namespace aloft::meta::v1 {

struct GroupVersionForDiscovery {
  std::string groupVersion;
  std::string version;
  bool operator==(const GroupVersionForDiscovery&) const = default;
};

struct ServerAddressByClientCIDR {
  std::string clientCIDR;
  std::string serverAddress;
  bool operator==(const ServerAddressByClientCIDR&) const = default;
};

struct APIGroup {
  std::string name;
  std::vector<GroupVersionForDiscovery> versions;
  GroupVersionForDiscovery preferredVersion;
  std::vector<ServerAddressByClientCIDR> serverAddressByClientCIDRs;
  bool operator==(const APIGroup&) const = default;
};

struct APIGroupList {
  std::vector<APIGroup> groups;
  bool operator==(const APIGroupList&) const = default;
};

struct Verbs {
  std::vector<std::string> items;
  bool operator==(const Verbs&) const = default;
};

struct APIResource {
  std::string name;
  std::string singularName;
  bool namespaced = false;
  std::string group;
  std::string version;
  std::string kind;
  Verbs verbs;
  std::vector<std::string> shortNames;
  std::vector<std::string> categories;
  std::string storageVersionHash;
  bool operator==(const APIResource&) const = default;
};

struct APIResourceList {
  std::string groupVersion;
  std::vector<APIResource> resources;
  bool operator==(const APIResourceList&) const = default;
};

struct APIVersions {
  std::vector<std::string> versions;
  std::vector<ServerAddressByClientCIDR> serverAddressByClientCIDRs;
  bool operator==(const APIVersions&) const = default;
};

struct RootPaths {
  std::vector<std::string> paths;
  bool operator==(const RootPaths&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::GroupVersionForDiscovery)
DECLARE_TYPE(meta::v1::ServerAddressByClientCIDR)
DECLARE_TYPE(meta::v1::APIGroup)
DECLARE_TYPE(meta::v1::APIGroupList)
DECLARE_TYPE(meta::v1::Verbs)
DECLARE_TYPE(meta::v1::APIResource)
DECLARE_TYPE(meta::v1::APIResourceList)
DECLARE_TYPE(meta::v1::APIVersions)
DECLARE_TYPE(meta::v1::RootPaths)
