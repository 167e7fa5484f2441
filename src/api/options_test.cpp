// What query strings say about an operation, and what is refused about them.
#include "api/options.h"

#include <gtest/gtest.h>

#include "api/testing/test_api.h"

namespace aloft::api::testing {
namespace {

class Options : public ::testing::Test {
 protected:
  Options() { api_.make_namespace("n"); }
  std::string path(std::string_view query) {
    return fmt::format("/api/v1/namespaces/n/configmaps?{}", query);
  }
  Reply post(std::string_view query, http::Headers headers = {}) {
    return api_.send("POST", path(query), R"({"metadata":{"generateName":"c-"},"data":{"a":"b"}})",
                     std::move(headers));
  }
  std::string manager(const Reply& reply) {
    const model::Value object = reply.json();
    const model::Value* fields = object.at("metadata", "managedFields");
    return fields == nullptr ? "" : std::string(fields->as_array().front().text_at("manager"));
  }
  TestApi api_;
};

TEST_F(Options, a_manager_is_named_by_the_query_or_by_the_program) {
  EXPECT_EQ(manager(post("fieldManager=me")), "me");
  EXPECT_EQ(manager(post("", {{"User-Agent", "kubectl/v1.32.0 (linux/amd64)"}})), "kubectl");
  EXPECT_EQ(post("fieldManager=" + std::string(129, 'x')).status, 422);
}

TEST_F(Options, values_that_do_not_exist_are_refused) {
  EXPECT_EQ(post("dryRun=Some").status, 422);
  EXPECT_EQ(post("fieldValidation=Perhaps").status, 422);
  EXPECT_EQ(api_.get(path("limit=many")).status, 400);
  EXPECT_EQ(api_.get(path("labelSelector=a%20b%20c")).status, 400);
  EXPECT_EQ(api_.get(path("fieldSelector=data.a%3D1")).message(),
            "\"data.a\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
  EXPECT_EQ(api_.get("/api/v1/pods?fieldSelector=spec.foo%3D1").message(),
            "field label not supported: spec.foo");
  EXPECT_EQ(api_.get(path("resourceVersionMatch=Exact")).status, 422);
  EXPECT_EQ(api_.get(path("resourceVersion=5&resourceVersionMatch=Around")).status, 422);
  EXPECT_EQ(api_.patch("/api/v1/namespaces/n/configmaps/c?force=true", "merge", "{}").status, 422);
}

TEST_F(Options, what_does_not_go_together_is_refused) {
  const std::string refused = "ListOptions.meta.k8s.io \"\" is invalid: ";
  EXPECT_EQ(api_.get(path("sendInitialEvents=true")).message(),
            refused + "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list");
  EXPECT_EQ(api_.get(path("watch=true&resourceVersionMatch=NotOlderThan")).message(),
            refused +
                "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless "
                "sendInitialEvents is provided");
  ASSERT_EQ(post("").status, 201);
  ASSERT_EQ(post("").status, 201);
  const Reply page = api_.get(path("limit=1"));
  const std::string next(page.json().text_at("metadata", "continue"));
  EXPECT_EQ(api_.get(path("resourceVersion=0&continue=" + next)).status, 200);
  EXPECT_EQ(api_.get(path("resourceVersion=5&continue=" + next)).message(),
            "specifying resource version is not allowed when using continue");
  EXPECT_EQ(api_.remove("/api/v1/namespaces/n/configmaps/c",
                        R"({"propagationPolicy":"Orphan","orphanDependents":true})")
                .message(),
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": "
            "orphanDependents and deletionPropagation cannot be both set");
}

TEST_F(Options, people_get_lines_and_programs_get_one) {
  const std::string one = R"({"metadata":{"name":"c"}})";
  ASSERT_EQ(api_.post(path(""), one).status, 201);
  const std::string target = "/api/v1/namespaces/n/configmaps/c";
  const std::string lines = "{\n  \"kind\": \"ConfigMap\",\n";
  EXPECT_TRUE(api_.get(target).body.starts_with("{\"kind\":"));
  EXPECT_TRUE(api_.get(target).body.ends_with("}\n"));
  EXPECT_TRUE(api_.get(target + "?pretty=true").body.starts_with(lines));
  EXPECT_TRUE(api_.get(target, {{"User-Agent", "curl/8.0"}}).body.starts_with(lines));
  EXPECT_TRUE(
      api_.get(target + "?pretty=false", {{"User-Agent", "curl/8.0"}}).body.starts_with("{\"kind\":"));
  EXPECT_TRUE(api_.get(path("pretty=1")).body.starts_with("{\n  \"kind\": \"ConfigMapList\",\n"));
}

TEST_F(Options, the_body_of_a_removal_counts_more_than_its_query) {
  ASSERT_EQ(api_.post(path(""), R"({"metadata":{"name":"c"}})").status, 201);
  const Reply removed = api_.remove("/api/v1/namespaces/n/configmaps/c?propagationPolicy=Background",
                                    R"({"propagationPolicy":"Orphan"})");
  EXPECT_EQ(removed.json().at("metadata", "finalizers")->as_array().front().as_string(), "orphan");
}

}  // namespace
}  // namespace aloft::api::testing
