// Who makes a request.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aloft::api {

// A value. Anonymous requests never get here: they are answered 401.
struct User {
  std::string name;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;

  bool in_group(std::string_view group) const {
    return std::find(groups.begin(), groups.end(), group) != groups.end();
  }
  // The control plane itself, which may do everything.
  static User control_plane(std::string_view component) {
    User user;
    user.name = std::string("system:aloft:").append(component);
    user.groups = {"system:masters", "system:authenticated"};
    return user;
  }
};

}  // namespace aloft::api
