// Follows upstream's filter (apiserver/pkg/endpoints/filters/impersonation).
#include "api/impersonation.h"

#include "api/authorization.h"
#include "base/text.h"

namespace aloft::api {
namespace {

constexpr std::string_view account_prefix = "system:serviceaccount:";
constexpr std::string_view extra_prefix = "impersonate-extra-";
constexpr std::string_view authentication_group = "authentication.k8s.io";

Action impersonate(std::string_view group, std::string_view resource, std::string_view name) {
  Action action;
  action.verb = "impersonate";
  action.group = group;
  action.resource = resource;
  action.name = name;
  return action;
}

// Namespace and name of a service account's user.
std::optional<std::pair<std::string_view, std::string_view>> account_of(std::string_view user) {
  if (!user.starts_with(account_prefix)) return std::nullopt;
  user.remove_prefix(account_prefix.size());
  const std::size_t colon = user.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == user.size()) return std::nullopt;
  if (user.find(':', colon + 1) != std::string_view::npos) return std::nullopt;
  return std::pair(user.substr(0, colon), user.substr(colon + 1));
}

// The user that the headers describe; without a name where they name nobody.
User described_user(const http::Headers& headers) {
  User user;
  user.name = headers.get("Impersonate-User");
  user.uid = headers.get("Impersonate-Uid");
  for (const std::string_view group : headers.all("Impersonate-Group")) user.groups.emplace_back(group);
  for (const auto& [name, value] : headers) {
    const std::string key = lower(name);
    if (!key.starts_with(extra_prefix)) continue;
    user.extra[http::percent_decode(key.substr(extra_prefix.size()))].push_back(value);
  }
  return user;
}

std::vector<Action> needed_rights(const User& user) {
  std::vector<Action> actions;
  if (const auto account = account_of(user.name)) {
    actions.push_back(impersonate("", "serviceaccounts", account->second));
    actions.back().ns = account->first;
  } else {
    actions.push_back(impersonate("", "users", user.name));
  }
  for (const std::string& group : user.groups) actions.push_back(impersonate("", "groups", group));
  for (const auto& [key, values] : user.extra) {
    for (const std::string& value : values) {
      actions.push_back(impersonate(authentication_group, "userextras", value));
      actions.back().subresource = key;
    }
  }
  if (!user.uid.empty()) actions.push_back(impersonate(authentication_group, "uids", user.uid));
  return actions;
}

// Whoever names no groups of a service account means those that it always has.
void complete_groups(User& user) {
  const auto account = account_of(user.name);
  if (account && user.groups.empty()) {
    user.groups = {"system:serviceaccounts", fmt::format("system:serviceaccounts:{}", account->first)};
  }
  const bool anonymous = user.name == "system:anonymous";
  if (user.in_group("system:unauthenticated") || (!anonymous && user.in_group("system:authenticated")))
    return;
  user.groups.emplace_back(anonymous ? "system:unauthenticated" : "system:authenticated");
}

}  // namespace

Result<User> acting_user(User requestor, const http::Headers& headers) {
  User user = described_user(headers);
  if (user.name.empty()) {
    if (user.groups.empty() && user.uid.empty() && user.extra.empty()) return requestor;
    return fail(Code::internal, "groups, a uid or extra fields are impersonated without a user");
  }
  for (const Action& action : needed_rights(user)) {
    if (!authorize(requestor, action).allowed) return fail(refusal(requestor, action));
  }
  complete_groups(user);
  return user;
}

}  // namespace aloft::api
