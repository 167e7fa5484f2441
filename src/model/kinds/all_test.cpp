// The list of kinds agrees with what a real server announces, and every table is whole.
#include "model/kinds/all.h"

#include <set>

#include <gtest/gtest.h>

#include "model/kinds/core/v1/pod.h"
#include "model/testing/golden.h"

namespace aloft::model {
namespace {

using Texts = std::vector<std::string>;

Texts texts(const Value* array) {
  Texts out;
  if (array == nullptr || !array->is_array()) return out;
  for (const auto& item : array->as_array()) out.push_back(item.as_string());
  return out;
}

const KindInfo* by_resource(std::string_view group, std::string_view version, std::string_view plural) {
  for (const KindInfo& kind : all_kinds()) {
    if (kind.group == group && kind.version == version && kind.plural == plural) return &kind;
  }
  return nullptr;
}

void expect_same(const KindInfo& kind, const Value& resource) {
  SCOPED_TRACE(resource.text_at("resource"));
  EXPECT_EQ(kind.kind, resource.text_at("responseKind", "kind"));
  EXPECT_EQ(kind.singular, resource.text_at("singularResource"));
  EXPECT_EQ(kind.namespaced, resource.text_at("scope") == "Namespaced");
  EXPECT_EQ(Texts(kind.short_names.begin(), kind.short_names.end()), texts(resource.at("shortNames")));
  EXPECT_EQ(Texts(kind.categories.begin(), kind.categories.end()), texts(resource.at("categories")));
  EXPECT_EQ(kind.create_only, texts(resource.at("verbs")) == Texts{"create"});
  bool status = false;
  bool scale = false;
  if (const Value* subresources = resource.at("subresources")) {
    for (const auto& subresource : subresources->as_array()) {
      status |= subresource.text_at("subresource") == "status";
      scale |= subresource.text_at("subresource") == "scale";
    }
  }
  EXPECT_EQ(kind.has_status, status);
  EXPECT_EQ(kind.has_scale, scale);
}

TEST(Kinds, are_announced_as_by_a_real_server) {
  const auto text = testing::read_recording("discovery/aggregated_v2.json");
  if (!text) GTEST_SKIP() << "the recorded discovery document is not on this machine";
  const auto document = parse_json(*text);
  ASSERT_TRUE(document.has_value());
  std::size_t compared = 0;
  for (const auto& group : document->at("items")->as_array()) {
    for (const auto& version : group.at("versions")->as_array()) {
      for (const auto& resource : version.at("resources")->as_array()) {
        const KindInfo* kind = by_resource(group.text_at("metadata", "name"), version.text_at("version"),
                                           resource.text_at("resource"));
        if (kind == nullptr) continue;
        expect_same(*kind, resource);
        ++compared;
      }
    }
  }
  EXPECT_GE(compared, 12u);
}

TEST(Kinds, are_found_by_their_full_name_only) {
  EXPECT_EQ(find_kind("", "v1", "Pod")->plural, "pods");
  EXPECT_EQ(find_kind("apps", "v1", "Deployment")->short_names.front(), "deploy");
  EXPECT_EQ(find_kind("apps", "v1", "Pod"), nullptr);
  EXPECT_EQ(find_kind("", "v2", "Pod"), nullptr);
}

// Walks every type that a kind reaches.
void check_type(const TypeInfo& type, std::set<std::string_view>& seen) {
  if (type.element != nullptr) return check_type(type.element(), seen);
  if (type.kind != Kind::object || !seen.insert(type.name).second) return;
  EXPECT_FALSE(type.doc.empty()) << type.name;
  std::set<std::uint32_t> numbers;
  for (const auto& field : type.fields) {
    EXPECT_TRUE(field.inlined || !field.doc.empty()) << type.name << "." << field.name;
    EXPECT_TRUE(numbers.insert(field.number).second) << type.name << "." << field.name << " repeats a number";
    if (!field.fallback.empty()) {
      EXPECT_TRUE(parse_json(field.fallback).has_value()) << type.name << "." << field.name;
    }
    if (!field.list_keys.empty()) {
      EXPECT_EQ(field.list_type, "map") << type.name << "." << field.name;
    }
    check_type(field.type(), seen);
  }
}

TEST(Kinds, say_something_of_every_field_and_number_each_once) {
  std::set<std::string_view> seen;
  for (const KindInfo& kind : all_kinds()) check_type(*kind.type, seen);
  EXPECT_GT(seen.size(), 200u);
}

TEST(Kinds, stay_small_in_memory) {
  EXPECT_LE(sizeof(core::v1::Pod), 1800u);
  EXPECT_LE(sizeof(core::v1::Container), 640u);
  EXPECT_LE(sizeof(core::v1::Volume), 280u);
}

}  // namespace
}  // namespace aloft::model
