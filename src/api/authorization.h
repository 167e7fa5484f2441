// Who may do what: a fixed split between administrators, nodes, the control plane and service accounts.
#pragma once

#include <string>
#include <string_view>

#include "api/request_info.h"
#include "api/user.h"
#include "base/result.h"

namespace aloft::api {

// What somebody wants to do; a value.
struct Action {
  std::string verb;
  std::string group;
  std::string resource;
  std::string subresource;
  std::string ns;
  std::string name;
  std::string path;  // when it is no resource
  bool is_resource = true;
};
Action action_of(const RequestInfo& info);

struct Verdict {
  bool allowed = false;
  std::string reason;
};
Verdict authorize(const User& user, const Action& action);

// The 403 that clients know: `pods is forbidden: User "x" cannot list resource "pods" in API group "" in the
// namespace "y"`.
Error refusal(const User& user, const Action& action);

}  // namespace aloft::api
