// OpenAPI over HTTP as kubectl asks for it: the index, documents behind their hashes, and what caches are
// told.
#include "api/openapi_documents.h"

#include <gtest/gtest.h>

#include "api/testing/test_api.h"

namespace aloft::api::testing {
namespace {

class OpenApi : public ::testing::Test {
 protected:
  std::string url_of(std::string_view group_version) {
    return std::string(api_.get("/openapi/v3").json().text_at("paths", group_version, "serverRelativeURL"));
  }
  TestApi api_;
};

TEST_F(OpenApi, the_index_leads_to_a_document_that_never_changes) {
  const std::string url = url_of("apis/apps/v1");
  ASSERT_TRUE(url.starts_with("/openapi/v3/apis/apps/v1?hash=")) << url;
  const Reply reply = api_.get(url);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.get("Cache-Control"), "public, immutable");
  EXPECT_EQ(reply.headers.get("Etag"), "\"" + url.substr(url.find('=') + 1) + "\"");
  EXPECT_TRUE(reply.headers.has("Expires"));
  EXPECT_NE(reply.json().at("paths"), nullptr);
}

TEST_F(OpenApi, kubectl_finds_that_patches_take_field_validation) {
  const Reply reply = api_.get(url_of("api/v1"));
  const model::Value document = reply.json();
  const model::Value* pod = document.at("paths", "/api/v1/namespaces/{namespace}/pods/{name}", "patch");
  ASSERT_NE(pod, nullptr);
  EXPECT_EQ(pod->text_at("x-kubernetes-group-version-kind", "kind"), "Pod");
  EXPECT_NE(reply.body.find("fieldValidation"), std::string::npos);
}

TEST_F(OpenApi, an_old_hash_leads_to_the_present_document) {
  const Reply reply = api_.get("/openapi/v3/api/v1?hash=0");
  EXPECT_EQ(reply.status, 301);
  EXPECT_EQ(reply.headers.get("Location"), url_of("api/v1"));
}

TEST_F(OpenApi, a_client_that_has_the_document_is_not_sent_it_again) {
  for (const char* path : {"/openapi/v3", "/openapi/v2", "/openapi/v3/api/v1"}) {
    const Reply first = api_.get(path);
    ASSERT_EQ(first.status, 200) << path;
    const Reply second = api_.get(path, {{"If-None-Match", std::string(first.headers.get("Etag"))}});
    EXPECT_EQ(second.status, 304) << path;
    EXPECT_EQ(second.body, "") << path;
  }
}

TEST_F(OpenApi, the_older_document_comes_as_protobuf_to_who_asks_for_it) {
  const Reply reply =
      api_.get("/openapi/v2", {{"Accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"}});
  EXPECT_EQ(reply.headers.get("Content-Type"), "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
  EXPECT_FALSE(reply.body.empty());
  EXPECT_EQ(api_.get("/openapi/v2").json().text_at("swagger"), "2.0");
}

TEST_F(OpenApi, unknown_paths_are_not_found) {
  for (const char* path : {"/openapi/v3/apis/nowhere/v1", "/openapi/v4", "/openapi"})
    EXPECT_EQ(api_.get(path).status, 404);
  EXPECT_EQ(api_.get("/openapi/v2", {{"Accept", "text/html"}}).status, 406);
}

}  // namespace
}  // namespace aloft::api::testing
