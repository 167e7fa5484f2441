// Credentials of registries: what Secrets hold, and which of them an image is pulled with.
#include "node/registry_auth.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace aloft::node {
namespace {

core::v1::Secret secret_of(std::string type, std::string key, std::string_view text) {
  core::v1::Secret secret;
  secret.metadata.namespace_ = "n";
  secret.metadata.name = "s";
  secret.type = std::move(type);
  const auto bytes = as_bytes(text);
  secret.data[std::move(key)].assign(bytes.begin(), bytes.end());
  return secret;
}
core::v1::Secret config(std::string_view text) {
  return secret_of("kubernetes.io/dockerconfigjson", ".dockerconfigjson", text);
}

TEST(RegistryAuth, is_read_from_both_forms_of_secrets) {
  const auto newer = read_registry_auth(config(
      R"({"auths":{"https://index.docker.io/v1/":{"auth":"bWU6c2VjOnJldA=="},)"
      R"("r.example:5000/team":{"username":"u","password":"p","email":"x"},"t":{"identitytoken":"i"}}})"));
  ASSERT_TRUE(newer) << newer.error().message();
  EXPECT_EQ(*newer, (std::vector<RegistryAuth>{{"index.docker.io", "me", "sec:ret", ""},
                                               {"r.example:5000/team", "u", "p", ""},
                                               {"t", "", "", "i"}}));
  const auto older = read_registry_auth(
      secret_of("kubernetes.io/dockercfg", ".dockercfg", R"({"r.example":{"username":"u","password":"p"}})"));
  ASSERT_TRUE(older);
  EXPECT_EQ(*older, (std::vector<RegistryAuth>{{"r.example", "u", "p", ""}}));
  EXPECT_TRUE(read_registry_auth(secret_of("Opaque", ".dockerconfigjson", "{"))->empty());
  EXPECT_TRUE(read_registry_auth(config("{}"))->empty());
}

TEST(RegistryAuth, mistakes_are_named_without_what_is_secret) {
  const auto error = [](const core::v1::Secret& secret) {
    return read_registry_auth(secret).error().message();
  };
  EXPECT_EQ(error(config("{\"hunter2\"")), "secret n/s: .dockerconfigjson: is not a JSON object");
  EXPECT_EQ(error(config(R"({"auths":{"r":{"auth":"!"}}})")),
            "secret n/s: .dockerconfigjson: r: an \"auth\" is not base64");
  EXPECT_EQ(error(config(R"({"auths":{"r":{"auth":"aHVudGVyMg=="}}})")),
            "secret n/s: .dockerconfigjson: r: an \"auth\" is not USER:PASSWORD");
  EXPECT_EQ(error(secret_of("kubernetes.io/dockercfg", "x", "{}")), "secret n/s: .dockercfg: is missing");
}

TEST(RegistryAuth, an_image_gets_what_fits_its_registry_and_path) {
  const std::vector<RegistryAuth> all = {{"r.example", "host", "", ""},
                                         {"r.example/team", "team", "", ""},
                                         {"r.example:5000", "port", "", ""},
                                         {"*.cloud.example", "star", "", ""},
                                         {"index.docker.io", "hub", "", ""}};
  const auto users = [&all](std::string_view image) {
    std::vector<std::string> found;
    for (const RegistryAuth& auth : auth_for_image(all, image)) found.push_back(auth.user);
    return found;
  };
  using Users = std::vector<std::string>;
  EXPECT_EQ(users("r.example/app:1"), Users{"host"});
  EXPECT_EQ(users("r.example/team/app@sha256:00"), (Users{"team", "host"}));
  EXPECT_EQ(users("r.example/teams/app"), Users{"host"});
  EXPECT_EQ(users("r.example:5000/app"), Users{"port"});
  EXPECT_EQ(users("eu.cloud.example/app"), Users{"star"});
  EXPECT_EQ(users("a.eu.cloud.example/app"), Users{});
  EXPECT_EQ(users("app"), Users{"hub"});
  EXPECT_EQ(users("docker.io/library/app:1"), Users{"hub"});
  EXPECT_EQ(users("localhost/app"), Users{});
}

}  // namespace
}  // namespace aloft::node
