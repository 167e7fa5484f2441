// Request bodies: what is wrong with them, in the words that clients know, and how strict the client wants us
// to be.
#include "api/body.h"

#include <gtest/gtest.h>

#include "api/testing/test_api.h"
#include "model/codec.h"
#include "model/kinds/all.h"
#include "model/kinds/core/v1/config_map.h"

namespace aloft::api::testing {
namespace {

const model::KindInfo& config_map() { return *model::find_kind("", "v1", "ConfigMap"); }

TEST(Body, a_strict_reader_names_unknown_and_repeated_fields_in_order) {
  const std::string body =
      R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c","nope":1},"data":{"a":"1",)"
      R"("a":"2"},"bogus":{}})";
  const auto strict = decode_body(config_map(), body, BodyFormat::json, FieldValidation::strict);
  ASSERT_FALSE(strict.has_value());
  EXPECT_EQ(strict.error().message(),
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: unknown "
            "field \"metadata.nope\", "
            "duplicate field \"data.a\", unknown field \"bogus\"");
  const auto warned = decode_body(config_map(), body, BodyFormat::json, FieldValidation::warn);
  ASSERT_TRUE(warned.has_value());
  EXPECT_EQ(warned->warnings.size(), 3U);
  EXPECT_EQ(static_cast<core::v1::ConfigMap*>(warned->object.get())->data.at("a"), "2")
      << "the last value counts";
  EXPECT_TRUE(decode_body(config_map(), body, BodyFormat::json, FieldValidation::ignore)->warnings.empty());
}

TEST(Body, a_repeated_kind_is_a_repeated_field) {
  const std::string body =
      R"({"kind":"ConfigMap","apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},)"
      R"("apiVersion":"v1"})";
  const auto strict = decode_body(config_map(), body, BodyFormat::json, FieldValidation::strict);
  ASSERT_FALSE(strict.has_value());
  EXPECT_EQ(strict.error().message(),
            "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: strict decoding error: duplicate "
            "field \"kind\", duplicate field \"apiVersion\"");
  const auto warned = decode_body(config_map(), body, BodyFormat::json, FieldValidation::warn);
  ASSERT_TRUE(warned.has_value());
  EXPECT_EQ(warned->warnings.size(), 2U);
}

TEST(Body, yaml_and_protobuf_carry_the_same_object) {
  const auto yaml =
      decode_body(config_map(), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: \"1\"}\n",
                  BodyFormat::yaml, FieldValidation::strict);
  ASSERT_TRUE(yaml.has_value()) << yaml.error().message();
  std::string raw;
  model::append_protobuf(raw, *config_map().type, yaml->object.get(), model::Presence::proto2_kubernetes);
  const std::string envelope = model::make_protobuf_envelope("v1", "ConfigMap", raw);
  const auto protobuf = decode_body(config_map(), envelope, BodyFormat::protobuf, FieldValidation::strict);
  ASSERT_TRUE(protobuf.has_value()) << protobuf.error().message();
  EXPECT_EQ(*static_cast<core::v1::ConfigMap*>(protobuf->object.get()),
            *static_cast<core::v1::ConfigMap*>(yaml->object.get()));
}

TEST(Body, a_body_may_leave_out_its_kind_but_not_name_another) {
  EXPECT_TRUE(
      decode_body(config_map(), R"({"metadata":{"name":"c"}})", BodyFormat::json, FieldValidation::warn)
          .has_value());
  const auto other = decode_body(config_map(), R"({"kind":"Secret","apiVersion":"v1"})", BodyFormat::json,
                                 FieldValidation::warn);
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code(), Code::bad_request);
  EXPECT_FALSE(decode_body(config_map(), "[]", BodyFormat::json, FieldValidation::warn).has_value());
  EXPECT_FALSE(decode_body(config_map(), "k8s", BodyFormat::protobuf, FieldValidation::warn).has_value());
}

TEST(Body, warnings_reach_the_client_as_headers) {
  TestApi api;
  api.make_namespace("n");
  const Reply reply = api.post("/api/v1/namespaces/n/configmaps", R"({"metadata":{"name":"c"},"bogus":1})");
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.headers.get("Warning"), "299 - \"unknown field \\\"bogus\\\"\"");
}

TEST(Body, a_body_beyond_the_limit_is_refused) {
  TestApi api;
  api.make_namespace("n");
  const Reply reply = api.post("/api/v1/namespaces/n/configmaps", std::string(4 * 1024 * 1024, ' '));
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.reason(), "RequestEntityTooLarge");
}

}  // namespace
}  // namespace aloft::api::testing
