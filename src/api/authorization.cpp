// The fixed split of rights.
#include "api/authorization.h"

#include <algorithm>
#include <array>

#include "api/status.h"

namespace aloft::api {
namespace {

constexpr std::string_view self_reviews[] = {"selfsubjectaccessreviews", "selfsubjectrulesreviews",
                                             "selfsubjectreviews"};
constexpr std::string_view public_paths[] = {"/api",     "/apis",  "/openapi", "/version",
                                             "/healthz", "/livez", "/readyz",  "/"};

bool reads(std::string_view verb) { return verb == "get" || verb == "list" || verb == "watch"; }

bool is_public_path(std::string_view path) {
  return std::ranges::any_of(public_paths, [path](std::string_view root) {
    return path == root ||
           (root != "/" && path.starts_with(root) && path.size() > root.size() && path[root.size()] == '/');
  });
}

// What an agent needs to run pods: read what pods refer to, write its own node, its pods' status, leases,
// events and tokens.
bool node_may(const Action& action) {
  constexpr std::array readable = {"pods",
                                   "services",
                                   "endpoints",
                                   "nodes",
                                   "configmaps",
                                   "secrets",
                                   "endpointslices",
                                   "namespaces",
                                   "persistentvolumes",
                                   "persistentvolumeclaims",
                                   "leases",
                                   "runtimeclasses"};
  // What leads into containers and to other agents is read with GET as well.
  constexpr std::array ways_in = {"exec", "attach", "portforward", "proxy", "log"};
  if (std::ranges::find(ways_in, action.subresource) != ways_in.end()) return false;
  if (reads(action.verb)) return std::ranges::find(readable, action.resource) != readable.end();
  if (action.resource == "nodes") return action.verb != "delete" && action.verb != "deletecollection";
  if (action.resource == "pods")
    return action.subresource == "status" || action.subresource == "eviction" || action.verb == "delete" ||
           action.verb == "create";
  if (action.resource == "leases" || action.resource == "events") return action.verb != "deletecollection";
  if (action.resource == "serviceaccounts") return action.subresource == "token";
  return action.resource == "tokenreviews" || action.resource == "subjectaccessreviews" ||
         action.resource == "certificatesigningrequests";
}

}  // namespace

Action action_of(const RequestInfo& info) {
  return {info.verb, info.group, info.resource, info.subresource,
          info.ns,   info.name,  info.path,     info.is_resource};
}

Verdict authorize(const User& user, const Action& action) {
  if (user.in_group("system:masters")) return {true, "the user is an administrator"};
  if (!action.is_resource) {
    const bool allowed = action.verb == "get" && is_public_path(action.path);
    return {allowed, allowed ? "discovery is open to everybody who has signed in" : ""};
  }
  if (action.verb == "create" &&
      std::ranges::find(self_reviews, std::string_view(action.resource)) != std::end(self_reviews)) {
    return {true, "everybody may ask about themselves"};
  }
  if (user.in_group("system:nodes") && node_may(action)) return {true, "the user is a node"};
  return {};
}

Error refusal(const User& user, const Action& action) {
  if (!action.is_resource) {
    return {Code::forbidden,
            fmt::format("forbidden: User \"{}\" cannot {} path \"{}\"", user.name, action.verb, action.path)};
  }
  const std::string resource =
      action.subresource.empty() ? action.resource : action.resource + "/" + action.subresource;
  std::string why = fmt::format("User \"{}\" cannot {} resource \"{}\" in API group \"{}\"", user.name,
                                action.verb, resource, action.group);
  why += action.ns.empty() || action.resource == "namespaces"
             ? " at the cluster scope"
             : fmt::format(" in the namespace \"{}\"", action.ns);
  return forbidden(action.group, action.resource, action.name, why);
}

}  // namespace aloft::api
