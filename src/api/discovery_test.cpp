// Discovery against the documents of a real server, cut down to what is served here.
#include "api/discovery.h"

#include <gtest/gtest.h>

#include "api/subresources.h"
#include "api/testing/test_api.h"
#include "model/json.h"
#include "model/testing/golden.h"

namespace aloft::api::testing {
namespace {

using model::Value;

// Members sorted, so that documents compare as text.
std::string sorted(const Value& value) { return model::to_pretty_json(value); }

std::optional<Value> recorded(const std::string& file) {
  const auto text = model::testing::read_recording("discovery/" + file);
  if (!text) return std::nullopt;
  auto document = model::parse_json(*text);
  return document ? std::optional(std::move(*document)) : std::nullopt;
}

// Keeps the elements of an array whose `key` also names an element of `other`.
void keep_common(Value& array, const Value& other, std::string_view key) {
  std::erase_if(array.as_array(), [&](const Value& element) {
    return std::ranges::none_of(other.as_array(),
                                [&](const Value& o) { return o.text_at(key) == element.text_at(key); });
  });
}

// Groups that a plain kube-apiserver gets from other servers, or from definitions that people install.
bool served_by_others(std::string_view group) {
  return group == "metrics.k8s.io" || group == "monitoring.coreos.com";
}

class DiscoveryDocuments : public ::testing::Test {
 protected:
  TestApi api_;
};

TEST_F(DiscoveryDocuments, each_resource_list_says_of_a_resource_what_the_recording_says) {
  for (const auto& resource : api_.resources.all()) {
    const std::string group(resource->kind->group);
    const std::string version(resource->kind->version);
    SCOPED_TRACE(group + "/" + version);
    if (served_by_others(group)) continue;
    auto expected =
        recorded(group.empty() ? "api__v1.json" : fmt::format("apis__{}__{}.json", group, version));
    if (!expected) GTEST_SKIP() << "the recordings of discovery are not on this machine";
    const std::string path = group.empty() ? "/api/v1" : fmt::format("/apis/{}/{}", group, version);
    const Value ours = api_.get(path).json();
    keep_common(*expected->at("resources"), *ours.at("resources"), "name");
    EXPECT_EQ(sorted(ours), sorted(*expected));
  }
}

TEST_F(DiscoveryDocuments, the_aggregated_document_says_of_a_resource_what_the_recording_says) {
  auto expected = recorded("aggregated_v2.json");
  if (!expected) GTEST_SKIP() << "the recordings of discovery are not on this machine";
  const Value ours =
      api_.get("/apis", {{"Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}})
          .json();
  for (const Value& group : ours.at("items")->as_array()) {
    const std::string name(group.text_at("metadata", "name"));
    SCOPED_TRACE(name);
    if (served_by_others(name)) continue;
    const auto& all = expected->at("items")->as_array();
    const auto found =
        std::ranges::find_if(all, [&](const Value& g) { return g.text_at("metadata", "name") == name; });
    ASSERT_NE(found, all.end());
    Value theirs = *found;
    keep_common(*theirs.at("versions"), *group.at("versions"), "version");
    Value& version = theirs.at("versions")->as_array().front();
    keep_common(*version.at("resources"), *group.at("versions")->as_array().front().at("resources"),
                "resource");
    EXPECT_EQ(sorted(group), sorted(theirs));
  }
}

TEST_F(DiscoveryDocuments, a_client_that_has_the_aggregated_document_need_not_read_it_again) {
  const http::Headers accept{
      {"Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}};
  const Reply first = api_.get("/apis", accept);
  EXPECT_EQ(first.headers.get("Cache-Control"), "public");
  EXPECT_EQ(first.headers.get("Vary"), "Accept");
  http::Headers again = accept;
  again.add("If-None-Match", std::string(first.headers.get("Etag")));
  EXPECT_EQ(api_.get("/apis", again).status, 304);
}

TEST_F(DiscoveryDocuments, groups_stand_in_the_recorded_order) {
  auto expected = recorded("apis.json");
  if (!expected) GTEST_SKIP() << "the recordings of discovery are not on this machine";
  const Value ours = api_.get("/apis").json();
  keep_common(*expected->at("groups"), *ours.at("groups"), "name");
  std::vector<std::string> theirs;
  for (const Value& group : expected->at("groups")->as_array()) theirs.emplace_back(group.text_at("name"));
  std::vector<std::string> mine;
  for (const Value& group : ours.at("groups")->as_array()) {
    if (!served_by_others(group.text_at("name"))) mine.emplace_back(group.text_at("name"));
  }
  EXPECT_EQ(mine, theirs);
}

TEST_F(DiscoveryDocuments, a_client_may_ask_for_the_older_aggregated_version) {
  const Reply reply = api_.get(
      "/api", {{"Accept", "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"}});
  EXPECT_EQ(reply.json().text_at("apiVersion"), "apidiscovery.k8s.io/v2beta1");
  EXPECT_EQ(reply.headers.get("Content-Type"),
            "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList");
}

TEST_F(DiscoveryDocuments, the_plain_documents_name_versions_groups_and_paths) {
  const Value versions = api_.get("/api").json();
  EXPECT_EQ(versions.text_at("kind"), "APIVersions");
  EXPECT_EQ(model::to_json(*versions.at("versions")), R"(["v1"])");
  EXPECT_EQ(api_.get("/apis/apps").json().text_at("preferredVersion", "groupVersion"), "apps/v1");
  const std::string paths = api_.get("/").body;
  for (const std::string_view path :
       {"\"/api/v1\"", "\"/apis/apps/v1\"", "\"/healthz\"", "\"/openapi/v3\""}) {
    EXPECT_NE(paths.find(path), std::string::npos) << path;
  }
}

TEST_F(DiscoveryDocuments, what_is_not_served_is_not_found) {
  for (const char* path : {"/api/v2", "/apis/nowhere.io", "/apis/apps/v9", "/apis/apps/v1/"}) {
    EXPECT_EQ(api_.get(path).status, std::string_view(path).ends_with("/v1/") ? 200 : 404) << path;
  }
}

TEST(VersionOrder, general_versions_come_before_betas_and_newer_before_older) {
  std::vector<std::string> versions = {"v1beta1", "v1", "v2alpha1", "v2", "v1beta2", "foo1", "v10"};
  std::ranges::sort(versions, version_before);
  EXPECT_EQ(versions,
            (std::vector<std::string>{"v10", "v2", "v1", "v1beta2", "v1beta1", "v2alpha1", "foo1"}));
}

}  // namespace
}  // namespace aloft::api::testing
