// Names, kinds and verbs of subresources, and the order of groups and versions in documents.
#include "api/subresources.h"

#include <algorithm>
#include <charconv>

#include "base/ensure.h"
#include "model/kinds/all.h"

namespace aloft::api {
namespace {

// An action's body: a kind of its own, or options that are only known by name since they travel as query
// parameters.
struct ActionRow {
  std::string_view name;
  std::string_view group;
  std::string_view version;
  std::string_view kind;  // empty: the resource's own kind
  std::vector<std::string_view> verbs;
};

const std::vector<ActionRow>& action_rows() {
  static const std::vector<ActionRow> rows = {
      {"attach", "", "", "PodAttachOptions", {"create", "get"}},
      {"binding", "", "", "Binding", {"create"}},
      {"eviction", "policy", "v1", "Eviction", {"create"}},
      {"exec", "", "", "PodExecOptions", {"create", "get"}},
      {"log", "", "", "", {"get"}},
      {"portforward", "", "", "PodPortForwardOptions", {"create", "get"}},
      {"token", "authentication.k8s.io", "v1", "TokenRequest", {"create"}},
  };
  return rows;
}

// The kinds of proxies, by the kind that they lead to.
std::string_view proxy_kind(std::string_view kind) {
  if (kind == "Node") return "NodeProxyOptions";
  return kind == "Pod" ? "PodProxyOptions" : "ServiceProxyOptions";
}

SubresourceFacts action_facts(const Resource& resource, std::string_view name) {
  SubresourceFacts facts;
  facts.name = name;
  if (name == "proxy") {
    facts.kind = proxy_kind(resource.kind->kind);
    facts.verbs = {"create", "delete", "get", "patch", "update"};
    return facts;
  }
  for (const ActionRow& row : action_rows()) {
    if (row.name != name) continue;
    facts.group = row.group;
    facts.version = row.version;
    facts.kind = row.kind.empty() ? resource.kind->kind : row.kind;
    facts.verbs = row.verbs;
    const bool own = row.version.empty();
    facts.body = model::find_kind(own ? resource.kind->group : row.group,
                                  own ? resource.kind->version : row.version, facts.kind);
    // A log is text although discovery calls it a Pod.
    if (row.kind.empty()) facts.body = nullptr;
    return facts;
  }
  ensure(false, "an action of a resource is known to discovery");
  return facts;
}

// v1beta2 -> {general 2, beta 1, alpha 0}, 1, 2; anything else is no version of that form.
struct VersionParts {
  int stability = -1;
  int major = 0;
  int minor = 0;
  auto operator<=>(const VersionParts&) const = default;
};

bool take_number(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

VersionParts parts_of(std::string_view version) {
  VersionParts parts;
  if (!version.starts_with('v')) return parts;
  version.remove_prefix(1);
  if (!take_number(version, parts.major)) return VersionParts{};
  parts.stability = version.empty()                ? 2
                    : version.starts_with("beta")  ? 1
                    : version.starts_with("alpha") ? 0
                                                   : -1;
  if (version.empty() || parts.stability < 0) return parts;
  version.remove_prefix(parts.stability == 1 ? 4 : 5);
  if (!take_number(version, parts.minor) || !version.empty()) return VersionParts{};
  return parts;
}

// Upstream's order of priority (kube-aggregator), which clients show and which decides between resources of
// one name.
constexpr std::string_view group_order[] = {
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
};

}  // namespace

std::vector<SubresourceFacts> subresources_of(const Resource& resource) {
  std::vector<SubresourceFacts> all;
  for (const ObjectSubresource& sub : resource.subresources) {
    SubresourceFacts facts;
    facts.name = sub.name;
    facts.body = sub.kind != nullptr ? sub.kind : resource.kind;
    facts.kind = facts.body->kind;
    if (sub.kind != nullptr) {
      facts.group = sub.kind->group;
      facts.version = sub.kind->version;
    }
    facts.verbs = sub.patchable ? std::vector<std::string_view>{"get", "patch", "update"}
                                : std::vector<std::string_view>{"update"};
    all.push_back(std::move(facts));
  }
  for (const std::string_view action : resource.actions) all.push_back(action_facts(resource, action));
  std::ranges::sort(all, {}, &SubresourceFacts::name);
  return all;
}

bool version_before(std::string_view a, std::string_view b) {
  const VersionParts x = parts_of(a);
  const VersionParts y = parts_of(b);
  return x != y ? x > y : a < b;
}

bool group_before(std::string_view a, std::string_view b) {
  const auto place = [](std::string_view group) {
    return std::ranges::find(group_order, group) - std::begin(group_order);
  };
  return place(a) != place(b) ? place(a) < place(b) : a < b;
}

std::vector<const Resource*> in_discovery_order(const ResourceTable& resources) {
  std::vector<const Resource*> order;
  for (const auto& resource : resources.all()) order.push_back(resource.get());
  std::ranges::sort(order, [](const Resource* a, const Resource* b) {
    if (a->kind->group != b->kind->group) return group_before(a->kind->group, b->kind->group);
    if (a->kind->version != b->kind->version) return version_before(a->kind->version, b->kind->version);
    return a->kind->plural < b->kind->plural;
  });
  return order;
}

}  // namespace aloft::api
