// Schemas say about documents what the tables say about structs.
#include "model/schema.h"

#include <gtest/gtest.h>

#include "model/kinds/core/v1/pod.h"
#include "model/testing/sample.h"

namespace aloft::model {
namespace {

using sample::v1::Thing;

TEST(Schema, names_are_those_of_openapi) {
  EXPECT_EQ(SchemaSet::openapi_name("core::v1::Pod"), "io.k8s.api.core.v1.Pod");
  EXPECT_EQ(SchemaSet::openapi_name("meta::v1::ObjectMeta"),
            "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
}

TEST(Schema, a_property_tells_what_its_field_told) {
  SchemaSet set;
  const Schema& spec = *set.of(type_info<Thing>()).find("spec")->schema;
  const auto* ports = spec.find("ports");
  ASSERT_NE(ports, nullptr);
  EXPECT_EQ(ports->schema->type, Schema::Type::array);
  EXPECT_EQ(ports->patch_strategy, "merge");
  EXPECT_EQ(ports->patch_merge_key, "containerPort");
  EXPECT_EQ(ports->list_type, Schema::ListType::map);
  EXPECT_EQ(ports->list_keys, (std::vector<std::string>{"containerPort", "protocol"}));
  const auto* protocol = ports->schema->element->find("protocol");
  EXPECT_EQ(protocol->fallback, Value("TCP"));
  EXPECT_EQ(protocol->allowed, (std::vector<std::string>{"TCP", "UDP"}));
  EXPECT_EQ(ports->schema->element->find("target")->schema->type, Schema::Type::int_or_string);
  EXPECT_TRUE(spec.find("flag")->immutable);
  EXPECT_TRUE(spec.find("must")->required);
  EXPECT_EQ(spec.find("created")->schema->format, "date-time");
  EXPECT_TRUE(spec.find("raw")->schema->preserve_unknown);
  EXPECT_EQ(spec.find("nothing"), nullptr);
}

TEST(Schema, inlined_members_stand_beside_the_others) {
  SchemaSet set;
  const Schema& disk = set.of(type_info<sample::v1::Disk>());
  EXPECT_NE(disk.find("file"), nullptr);
  EXPECT_EQ(disk.find("source"), nullptr);
}

TEST(Schema, a_type_that_contains_itself_has_one_node) {
  SchemaSet set;
  const Schema& tree = set.of(type_info<sample::v1::Tree>());
  EXPECT_EQ(tree.find("children")->schema->element, &tree);
  EXPECT_EQ(tree.find("twin")->schema, &tree);
  EXPECT_EQ(&set.of(type_info<sample::v1::Tree>()), &tree);
}

TEST(Schema, documents_of_kinds_carry_their_kind) {
  SchemaSet set;
  const Schema& pod = set.of(type_info<core::v1::Pod>());
  EXPECT_NE(pod.find("apiVersion"), nullptr);
  EXPECT_EQ(pod.find("spec")->schema->find("kind"), nullptr);
  EXPECT_NE(pod.find("metadata")->schema->find("managedFields"), nullptr);
}

}  // namespace
}  // namespace aloft::model
