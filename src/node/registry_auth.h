// Credentials for image registries, as Secrets hold them: kubernetes.io/dockerconfigjson and
// kubernetes.io/dockercfg. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/kinds/core/v1/secret.h"

namespace aloft::node {

// One way to sign in at a registry. Secret: never logged.
struct RegistryAuth {
  std::string server;  // as the configuration names it, with path but without scheme
  std::string user;
  std::string password;
  std::string identity_token;
  bool operator==(const RegistryAuth&) const = default;
};

// What a Secret holds; none for a Secret of another type. Error: invalid, naming the Secret but none of its
// content.
Result<std::vector<RegistryAuth>> read_registry_auth(const core::v1::Secret& secret);

// Those that fit an image, the most specific first, in the order of `all` among equals. A server may have "*"
// in the parts of its host, which stands for one part, and a path, which covers what is below it.
std::vector<RegistryAuth> auth_for_image(const std::vector<RegistryAuth>& all, std::string_view image);

}  // namespace aloft::node
