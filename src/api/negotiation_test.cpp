// Which form an Accept header gets.
#include "api/negotiation.h"

#include <gtest/gtest.h>

namespace aloft::api {
namespace {

std::string chosen(std::string accept) {
  http::Headers headers;
  headers.add("Accept", std::move(accept));
  const auto answer = negotiate(headers);
  if (!answer) return std::string(reason(answer.error().code()));
  constexpr std::string_view formats[] = {"json", "yaml", "protobuf"};
  constexpr std::string_view shapes[] = {"object", "table", "metadata"};
  return fmt::format("{} {} {}", formats[static_cast<int>(answer->format)],
                     shapes[static_cast<int>(answer->shape)], answer->shape_version);
}

TEST(Negotiation, the_first_form_that_we_can_give_is_given) {
  EXPECT_EQ(chosen("application/json"), "json object v1");
  EXPECT_EQ(chosen("*/*"), "json object v1");
  EXPECT_EQ(chosen("application/yaml"), "yaml object v1");
  EXPECT_EQ(chosen("text/html, application/*;q=0.5"), "json object v1");
  EXPECT_EQ(chosen("application/json;as=Table;v=v1;g=meta.k8s.io,application/json"), "json table v1");
  EXPECT_EQ(chosen("application/json;as=Table;v=v1beta1;g=meta.k8s.io"), "json table v1beta1");
  EXPECT_EQ(chosen("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"), "json metadata v1");
  EXPECT_EQ(chosen("application/json;as=Chart;v=v1;g=meta.k8s.io,application/json"), "json object v1");
  EXPECT_EQ(chosen("application/json;q=0.1, application/yaml;q=0.9"), "yaml object v1");
}

TEST(Negotiation, protobuf_is_given_only_to_who_takes_nothing_else) {
  EXPECT_EQ(chosen("application/vnd.kubernetes.protobuf,application/json"), "json object v1");
  EXPECT_EQ(chosen("application/vnd.kubernetes.protobuf"), "protobuf object v1");
}

TEST(Negotiation, a_form_that_nobody_makes_is_not_acceptable) {
  EXPECT_EQ(chosen("text/html"), "NotAcceptable");
  EXPECT_EQ(chosen("application/json;q=0"), "NotAcceptable");
}

TEST(Negotiation, bodies_may_be_json_yaml_or_protobuf) {
  const auto format = [](std::string type) {
    http::Headers headers;
    if (!type.empty()) headers.add("Content-Type", std::move(type));
    return body_format(headers);
  };
  EXPECT_EQ(format("").value(), BodyFormat::json);
  EXPECT_EQ(format("application/json; charset=utf-8").value(), BodyFormat::json);
  EXPECT_EQ(format("application/yaml").value(), BodyFormat::yaml);
  EXPECT_EQ(format("application/vnd.kubernetes.protobuf").value(), BodyFormat::protobuf);
  EXPECT_EQ(format("text/plain").error().code(), Code::unsupported_media_type);
}

}  // namespace
}  // namespace aloft::api
