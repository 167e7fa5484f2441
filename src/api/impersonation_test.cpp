// Requests in the name of somebody else, and who may make them.
#include "api/impersonation.h"

#include <gtest/gtest.h>

#include "api/testing/test_api.h"

namespace aloft::api::testing {
namespace {

User admin() { return User::control_plane("test"); }
std::string groups_of(const http::Headers& headers) {
  const auto user = acting_user(admin(), headers);
  if (!user) return user.error().message();
  return fmt::format("{}", fmt::join(user->groups, " "));
}

TEST(Impersonation, a_request_without_such_headers_is_its_senders) {
  EXPECT_EQ(acting_user(admin(), {{"Accept", "*/*"}})->name, "system:aloft:test");
}

TEST(Impersonation, the_groups_are_those_named_and_those_that_follow) {
  EXPECT_EQ(groups_of({{"Impersonate-User", "bob"}}), "system:authenticated");
  EXPECT_EQ(groups_of({{"impersonate-user", "bob"}, {"Impersonate-Group", "a"}, {"Impersonate-Group", "b"}}),
            "a b system:authenticated");
  EXPECT_EQ(groups_of({{"Impersonate-User", "system:anonymous"}}), "system:unauthenticated");
  EXPECT_EQ(groups_of({{"Impersonate-User", "system:serviceaccount:n:s"}}),
            "system:serviceaccounts system:serviceaccounts:n system:authenticated");
  const auto user = acting_user(
      admin(),
      {{"Impersonate-User", "bob"}, {"Impersonate-Uid", "7"}, {"Impersonate-Extra-Acme.com%2Fproject", "x"}});
  EXPECT_EQ(user->uid, "7");
  EXPECT_EQ(user->extra.at("acme.com/project"), std::vector<std::string>{"x"});
}

TEST(Impersonation, groups_alone_are_nobody) {
  EXPECT_EQ(acting_user(admin(), {{"Impersonate-Group", "a"}}).error().code(), Code::internal);
}

TEST(Impersonation, rights_are_those_of_the_user_acted_as) {
  TestApi api;
  EXPECT_EQ(
      api.get("/api/v1/nodes", {{"Impersonate-User", "bob"}}).message(),
      "nodes is forbidden: User \"bob\" cannot list resource \"nodes\" in API group \"\" at the cluster "
      "scope");
  EXPECT_EQ(
      api.get("/api/v1/nodes", {{"Impersonate-User", "bob"}, {"Impersonate-Group", "system:masters"}}).status,
      200);
}

TEST(Impersonation, only_administrators_act_as_others) {
  TestApi api;
  EXPECT_EQ(
      api.get("/api", {{"Authorization", "Bearer nobody-token"}, {"Impersonate-User", "bob"}}).message(),
      "users \"bob\" is forbidden: User \"nobody\" cannot impersonate resource \"users\" in API group \"\" "
      "at "
      "the cluster scope");
}

}  // namespace
}  // namespace aloft::api::testing
