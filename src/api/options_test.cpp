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
  EXPECT_EQ(api_.get(path("resourceVersionMatch=Exact")).status, 422);
  EXPECT_EQ(api_.get(path("resourceVersion=5&resourceVersionMatch=Around")).status, 422);
  EXPECT_EQ(api_.patch("/api/v1/namespaces/n/configmaps/c?force=true", "merge", "{}").status, 422);
}

TEST_F(Options, the_body_of_a_removal_counts_more_than_its_query) {
  ASSERT_EQ(api_.post(path(""), R"({"metadata":{"name":"c"}})").status, 201);
  const Reply removed = api_.remove("/api/v1/namespaces/n/configmaps/c?propagationPolicy=Background",
                                    R"({"propagationPolicy":"Orphan"})");
  EXPECT_EQ(removed.json().at("metadata", "finalizers")->as_array().front().as_string(), "orphan");
}

}  // namespace
}  // namespace aloft::api::testing
