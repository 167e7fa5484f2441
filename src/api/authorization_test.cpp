// Who may do what, and how a refusal reads.
#include "api/authorization.h"

#include <gtest/gtest.h>

#include "api/testing/test_api.h"

namespace aloft::api::testing {
namespace {

bool may(std::vector<std::string> groups, std::string verb, std::string resource,
         std::string subresource = "") {
  User user;
  user.name = "u";
  user.groups = std::move(groups);
  Action action;
  action.verb = std::move(verb);
  action.resource = std::move(resource);
  action.subresource = std::move(subresource);
  return authorize(user, action).allowed;
}

TEST(Authorization, administrators_may_do_everything_and_strangers_nothing) {
  EXPECT_TRUE(may({"system:masters"}, "delete", "nodes"));
  EXPECT_FALSE(may({"system:authenticated"}, "get", "pods"));
  EXPECT_TRUE(may({"system:authenticated"}, "create", "selfsubjectaccessreviews"));
}

TEST(Authorization, a_node_does_what_running_pods_needs) {
  const std::vector<std::string> node = {"system:nodes"};
  EXPECT_TRUE(may(node, "watch", "pods"));
  EXPECT_TRUE(may(node, "get", "secrets"));
  EXPECT_TRUE(may(node, "patch", "pods", "status"));
  EXPECT_TRUE(may(node, "update", "leases"));
  EXPECT_TRUE(may(node, "create", "serviceaccounts", "token"));
  EXPECT_FALSE(may(node, "update", "pods"));
  EXPECT_FALSE(may(node, "delete", "nodes"));
  EXPECT_FALSE(may(node, "create", "secrets"));
  EXPECT_FALSE(may(node, "list", "serviceaccounts"));
  for (const char* way_in : {"exec", "attach", "portforward", "log"})
    EXPECT_FALSE(may(node, "get", "pods", way_in));
  EXPECT_FALSE(may(node, "get", "nodes", "proxy"));
}

TEST(Authorization, a_refusal_says_who_wanted_what_and_where) {
  TestApi api;
  const http::Headers nobody{{"Authorization", "Bearer nobody-token"}};
  const Reply list = api.get("/apis/apps/v1/namespaces/n/deployments", nobody);
  EXPECT_EQ(list.status, 403);
  EXPECT_EQ(list.message(),
            "deployments.apps is forbidden: User \"nobody\" cannot list resource \"deployments\" in API "
            "group \"apps\" in the "
            "namespace \"n\"");
  const Reply log = api.get("/api/v1/namespaces/n/pods/p/log", nobody);
  EXPECT_EQ(log.message(),
            "pods \"p\" is forbidden: User \"nobody\" cannot get resource \"pods/log\" in API group \"\" in "
            "the namespace \"n\"");
  const Reply nodes = api.get("/api/v1/nodes", nobody);
  EXPECT_EQ(nodes.message(),
            "nodes is forbidden: User \"nobody\" cannot list resource \"nodes\" in API group \"\" at the "
            "cluster scope");
  EXPECT_EQ(api.get("/metrics", nobody).status, 403);
  EXPECT_EQ(api.get("/apis", nobody).status, 200);
}

TEST(Authorization, health_is_open_to_everybody_and_the_rest_wants_a_name) {
  TestApi api;
  const http::Headers stranger{{"Authorization", "Bearer wrong"}};
  EXPECT_EQ(api.get("/healthz", stranger).status, 200);
  EXPECT_EQ(api.get("/version", stranger).status, 200);
  const Reply reply = api.get("/api/v1/pods", stranger);
  EXPECT_EQ(reply.status, 401);
  EXPECT_EQ(reply.reason(), "Unauthorized");
}

TEST(Health, readiness_names_the_part_that_is_not_well) {
  TestApi api;
  EXPECT_EQ(api.get("/readyz").body, "ok");
  api.store_problem = "the disk is full";
  const Reply reply = api.get("/readyz");
  EXPECT_EQ(reply.status, 500);
  EXPECT_NE(reply.body.find("[-]store failed: the disk is full"), std::string::npos);
  EXPECT_EQ(api.get("/livez").status, 200);
  EXPECT_EQ(api.get("/readyz/ping").status, 200);
  EXPECT_EQ(api.get("/readyz/nothing").status, 404);
}

}  // namespace
}  // namespace aloft::api::testing
