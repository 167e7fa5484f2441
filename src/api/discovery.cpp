// Makes the discovery documents from the resource table.
#include "api/discovery.h"

#include <algorithm>

#include "api/custom_metrics.h"
#include "api/subresources.h"
#include "base/bytes.h"
#include "http/tls.h"
#include "model/json.h"
#include "model/value.h"

namespace aloft::api {
namespace {

using model::Array;
using model::Object;
using model::Value;
using Served = std::span<const Resource* const>;

template <class Names>
Array array_of(const Names& names) {
  Array array;
  for (const std::string_view name : names) array.emplace_back(name);
  return array;
}

// Clients compare it to see whether the stored form of a kind has changed; made as upstream makes it.
std::string storage_version_hash(const model::KindInfo& kind) {
  // A kind that shows what another group stores has that group's hash.
  std::string name(kind.storage_group() == "core" ? std::string_view() : kind.storage_group());
  name.append("/").append(kind.version).append("/").append(kind.kind);
  return base64_encode(http::sha256(name).substr(0, 8));
}

std::string api_version_of(const model::KindInfo& kind) { return kind.gvk().api_version(); }

Value kind_reference(std::string_view group, std::string_view version, std::string_view kind) {
  return Object{{"group", group}, {"version", version}, {"kind", kind}};
}

Value aggregated_resource(const Resource& resource) {
  const model::KindInfo& kind = *resource.kind;
  Object out;
  out.set("resource", kind.plural);
  out.set("responseKind", kind_reference("", "", kind.kind));
  out.set("scope", kind.namespaced ? "Namespaced" : "Cluster");
  out.set("singularResource", kind.singular);
  out.set("verbs", array_of(resource.verbs));
  if (!kind.short_names.empty()) out.set("shortNames", array_of(kind.short_names));
  if (!kind.categories.empty()) out.set("categories", array_of(kind.categories));
  Array subresources;
  for (const SubresourceFacts& facts : subresources_of(resource)) {
    subresources.emplace_back(Object{{"subresource", facts.name},
                                     {"responseKind", kind_reference(facts.group, facts.version, facts.kind)},
                                     {"verbs", array_of(facts.verbs)}});
  }
  if (!subresources.empty()) out.set("subresources", std::move(subresources));
  return out;
}

// Calls visit(first, last) for each run of resources with the same key.
template <class Key, class Visit>
void each_run(Served resources, Key key, Visit visit) {
  for (std::size_t begin = 0; begin < resources.size();) {
    std::size_t end = begin + 1;
    while (end < resources.size() && key(*resources[end]) == key(*resources[begin])) ++end;
    visit(resources.subspan(begin, end - begin));
    begin = end;
  }
}
std::string_view group_key(const Resource& resource) { return resource.kind->group; }
std::string_view version_key(const Resource& resource) { return resource.kind->version; }

Value aggregated_group(Served resources) {
  Object metadata;
  if (!resources.front()->kind->group.empty()) metadata.set("name", resources.front()->kind->group);
  metadata.set("creationTimestamp", nullptr);
  Array versions;
  each_run(resources, version_key, [&versions](Served version) {
    Array listed;
    for (const Resource* resource : version) listed.push_back(aggregated_resource(*resource));
    versions.emplace_back(Object{{"version", version.front()->kind->version},
                                 {"resources", std::move(listed)},
                                 {"freshness", "Current"}});
  });
  return Object{{"metadata", std::move(metadata)}, {"versions", std::move(versions)}};
}

std::string aggregated_list(Array items, bool beta) {
  const Value list(Object{{"kind", "APIGroupDiscoveryList"},
                          {"apiVersion", beta ? "apidiscovery.k8s.io/v2beta1" : "apidiscovery.k8s.io/v2"},
                          {"metadata", Object{}},
                          {"items", std::move(items)}});
  return model::to_json(list);
}

Value group_of(Served resources) {
  Array versions;
  each_run(resources, version_key, [&versions](Served version) {
    const model::KindInfo& kind = *version.front()->kind;
    versions.emplace_back(Object{{"groupVersion", api_version_of(kind)}, {"version", kind.version}});
  });
  Value preferred = versions.front();
  return Object{{"name", resources.front()->kind->group},
                {"versions", std::move(versions)},
                {"preferredVersion", std::move(preferred)}};
}

Value with_type(std::string_view kind, Value document) {
  Object out{{"kind", kind}, {"apiVersion", "v1"}};
  for (auto& [key, value] : document.as_object()) out.append(std::move(key), std::move(value));
  return out;
}

Value listed_resource(const Resource& resource) {
  const model::KindInfo& kind = *resource.kind;
  Object out{{"name", kind.plural},
             {"singularName", kind.singular},
             {"namespaced", kind.namespaced},
             {"kind", kind.kind}};
  out.set("verbs", array_of(resource.verbs));
  if (!kind.short_names.empty()) out.set("shortNames", array_of(kind.short_names));
  if (!kind.categories.empty()) out.set("categories", array_of(kind.categories));
  if (!kind.create_only && !kind.computed) out.set("storageVersionHash", storage_version_hash(kind));
  return out;
}

Value listed_subresource(const Resource& resource, const SubresourceFacts& facts) {
  std::string name(resource.kind->plural);
  name.append("/").append(facts.name);
  Object out{{"name", std::move(name)}, {"singularName", ""}, {"namespaced", resource.kind->namespaced}};
  if (!facts.version.empty()) {
    out.set("group", facts.group);
    out.set("version", facts.version);
  }
  out.set("kind", facts.kind);
  out.set("verbs", array_of(facts.verbs));
  return out;
}

std::string resource_list(Served resources) {
  Array listed;
  for (const Resource* resource : resources) {
    listed.push_back(listed_resource(*resource));
    for (const SubresourceFacts& facts : subresources_of(*resource))
      listed.push_back(listed_subresource(*resource, facts));
  }
  std::ranges::sort(listed, {}, [](const Value& entry) { return entry.text_at("name"); });
  const model::KindInfo& kind = *resources.front()->kind;
  Object out{{"kind", "APIResourceList"}};
  // The core group's list has come without apiVersion since before lists had one.
  if (!kind.group.empty()) out.set("apiVersion", "v1");
  out.set("groupVersion", api_version_of(kind));
  out.set("resources", std::move(listed));
  return model::to_json(Value(std::move(out)));
}

std::string core_versions(Served resources, const std::string& server_address) {
  Array versions;
  each_run(resources, version_key,
           [&versions](Served version) { versions.emplace_back(version.front()->kind->version); });
  Array addresses;
  addresses.emplace_back(Object{{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", server_address}});
  const Value document(Object{{"kind", "APIVersions"},
                              {"versions", std::move(versions)},
                              {"serverAddressByClientCIDRs", std::move(addresses)}});
  return model::to_json(document);
}

}  // namespace

Discovery::Discovery(const ResourceTable& resources, std::string server_address, bool custom_metrics) {
  const std::vector<const Resource*> order = in_discovery_order(resources);
  Array core_items;
  Array group_items;
  Array groups;
  paths_ = {"/.well-known/openid-configuration",
            "/api",
            "/apis",
            "/apis/",
            "/healthz",
            "/livez",
            "/metrics",
            "/openapi/v2",
            "/openapi/v3",
            "/openid/v1/jwks",
            "/readyz",
            "/version"};
  versions_ = core_versions({}, server_address);
  each_run(Served(order), group_key, [&](Served group) {
    const std::string name(group.front()->kind->group);
    const std::string root = name.empty() ? "/api" : "/apis/" + name;
    if (name.empty()) {
      core_items.push_back(aggregated_group(group));
      versions_ = core_versions(group, server_address);
    } else {
      group_items.push_back(aggregated_group(group));
      groups.push_back(group_of(group));
      group_.emplace(name, model::to_json(with_type("APIGroup", group_of(group))));
      paths_.push_back(root);
    }
    each_run(group, version_key, [&](Served version) {
      const std::string number(version.front()->kind->version);
      paths_.push_back(root + "/" + number);
      resources_.emplace(name + "/" + number, resource_list(version));
    });
  });
  if (custom_metrics) announce_custom_metrics(group_items, groups);
  std::ranges::sort(paths_);
  groups_ = model::to_json(with_type("APIGroupList", Value(Object{{"groups", std::move(groups)}})));
  for (const bool beta : {false, true}) {
    aggregated_[0][beta ? 1 : 0] = make_tagged(aggregated_list(group_items, beta));
    aggregated_[1][beta ? 1 : 0] = make_tagged(aggregated_list(core_items, beta));
  }
}

void Discovery::announce_custom_metrics(Array& aggregated, Array& groups) {
  const std::string name(custom_metrics_group);
  Array listed;
  Array versions;
  for (const std::string version : {"v1beta2", "v1beta1"}) {
    const std::string api_version = name + "/" + version;
    listed.emplace_back(Object{{"version", version}, {"resources", Array{}}, {"freshness", "Current"}});
    versions.emplace_back(Object{{"groupVersion", api_version}, {"version", version}});
    const Value resources(Object{{"kind", "APIResourceList"},
                                 {"apiVersion", "v1"},
                                 {"groupVersion", api_version},
                                 {"resources", Array{}}});
    resources_.emplace(api_version, model::to_json(resources));
    paths_.push_back("/apis/" + api_version);
  }
  paths_.push_back("/apis/" + name);
  aggregated.emplace_back(Object{{"metadata", Object{{"name", name}, {"creationTimestamp", nullptr}}},
                                 {"versions", std::move(listed)}});
  Value preferred = versions.front();
  const Value group(
      Object{{"name", name}, {"versions", std::move(versions)}, {"preferredVersion", std::move(preferred)}});
  group_.emplace(name, model::to_json(with_type("APIGroup", group)));
  groups.push_back(group);
}

const TaggedText& Discovery::aggregated(bool core, bool beta) const {
  return aggregated_[core ? 1 : 0][beta ? 1 : 0];
}

const std::string* Discovery::group(std::string_view group) const {
  const auto found = group_.find(group);
  return found == group_.end() ? nullptr : &found->second;
}

const std::string* Discovery::resources(std::string_view group, std::string_view version) const {
  std::string key(group);
  key.append("/").append(version);
  const auto found = resources_.find(key);
  return found == resources_.end() ? nullptr : &found->second;
}

}  // namespace aloft::api
