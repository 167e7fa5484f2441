// What is served, as clients ask for it: groups, versions and resources, in the aggregated form (apidiscovery
// v2) and in the older one, one document per group-version.
#pragma once

#include <string>
#include <string_view>

#include "api/exchange.h"
#include "api/resource.h"

namespace aloft::api {

// The documents, made once from the table; each is compact JSON.
class Discovery {
 public:
  // `server_address` is "host:port" as legacy clients are told it.
  // With `custom_metrics`, that group is announced; which metrics there are is known only when asked.
  Discovery(const ResourceTable& resources, std::string server_address, bool custom_metrics = false);
  // /api and /apis with Accept ...;as=APIGroupDiscoveryList. `beta` gives apidiscovery v2beta1.
  const TaggedText& aggregated(bool core, bool beta) const;
  const std::string& versions() const { return versions_; }  // /api: APIVersions
  const std::string& groups() const { return groups_; }      // /apis: APIGroupList
  // /apis/G: APIGroup; null when there is none.
  const std::string* group(std::string_view group) const;
  // /api/v1 or /apis/G/V: APIResourceList; null when there is none.
  const std::string* resources(std::string_view group, std::string_view version) const;
  // Paths of the root document.
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  void announce_custom_metrics(model::Array& aggregated, model::Array& groups);

  TaggedText aggregated_[2][2];
  std::string versions_;
  std::string groups_;
  std::map<std::string, std::string, std::less<>> group_;
  std::map<std::string, std::string, std::less<>> resources_;  // by "group/version"
  std::vector<std::string> paths_;
};

}  // namespace aloft::api
