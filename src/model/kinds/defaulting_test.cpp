// Defaults against recordings of a real server: what went in, and what came out.
#include <gtest/gtest.h>

#include "model/kinds/testing/rules.h"
#include "model/testing/golden.h"

namespace aloft::model {
namespace {

// Recordings leave unset times out.
void drop_unset_times(Value& value) {
  if (Object* object = value.if_object()) {
    const Value* created = object->find("creationTimestamp");
    if (created != nullptr && created->is_null()) object->erase("creationTimestamp");
    for (auto& [key, member] : *object) drop_unset_times(member);
  } else if (Array* array = value.if_array()) {
    for (auto& item : *array) drop_unset_times(item);
  }
}

void drop(Value& value, std::string_view parent, std::initializer_list<std::string_view> members) {
  Value* found = value.at(parent);
  if (found == nullptr || !found->is_object()) return;
  for (const auto member : members) found->as_object().erase(member);
}

// What admission, allocators and controllers of that server added, and our objects have elsewhere from.
void drop_what_others_add(std::string_view kind, Value& value) {
  drop(value, "metadata",
       {"name", "namespace", "generation", "uid", "resourceVersion", "creationTimestamp", "managedFields"});
  if (kind == "Pod") {
    drop(value, "spec",
         {"volumes", "serviceAccountName", "serviceAccount", "tolerations", "priority", "preemptionPolicy"});
    drop(value, "status", {"phase", "qosClass"});
    for (auto& container : value.at("spec", "containers")->as_array())
      container.as_object().erase("volumeMounts");
  }
  if (kind == "Service") drop(value, "spec", {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"});
  if (kind == "Namespace") drop(value, "spec", {"finalizers"});
  if (kind == "Node") drop(value, "spec", {"taints"});
}

TEST(Defaulting, gives_what_a_real_server_gave) {
  ALOFT_GOLDEN(golden, "defaulting.json");
  std::size_t compared = 0;
  for (const auto& recording : golden->as_array()) {
    Value expected = *recording.at("out");
    const auto name = std::string(expected.text_at("kind"));
    const auto api_version = expected.text_at("apiVersion");
    const auto slash = api_version.find('/');
    const KindInfo* kind = slash == std::string_view::npos
                               ? find_kind("", api_version, name)
                               : find_kind(api_version.substr(0, slash), api_version.substr(slash + 1), name);
    if (kind == nullptr) continue;
    const auto object = testing::read_object(*kind, to_json(*recording.at("in")));
    Value actual = encode_value(*kind->type, object.get());
    expected.as_object().erase("kind");
    expected.as_object().erase("apiVersion");
    drop_unset_times(actual);
    drop_what_others_add(name, actual);
    drop_what_others_add(name, expected);
    EXPECT_EQ(to_pretty_json(actual), to_pretty_json(expected)) << recording.text_at("path");
    ++compared;
  }
  EXPECT_GE(compared, 15u);
}

Value defaulted(std::string_view api_version, std::string_view kind_name, std::string_view json) {
  const KindInfo& kind = testing::kind_of(api_version, kind_name);
  return encode_value(*kind.type, testing::read_object(kind, json).get());
}

TEST(Defaulting, pulls_images_by_their_tags) {
  const std::vector<std::pair<std::string, std::string>> policies = {
      {"nginx", "Always"},
      {"nginx:latest", "Always"},
      {"nginx:1.25", "IfNotPresent"},
      {"localhost:5000/nginx", "Always"},
      {"localhost:5000/nginx:v1", "IfNotPresent"},
      {"nginx@sha256:e0f1", "IfNotPresent"},
      {"nginx:latest@sha256:e0f1", "Always"},
      {"", "IfNotPresent"},
  };
  for (const auto& [image, policy] : policies) {
    const Value pod =
        defaulted("v1", "Pod", R"({"spec":{"containers":[{"name":"c","image":")" + image + R"("}]}})");
    EXPECT_EQ(pod.at("spec", "containers")->as_array()[0].text_at("imagePullPolicy"), policy) << image;
  }
}

TEST(Defaulting, requests_follow_limits_in_pods_but_not_in_templates) {
  const std::string spec =
      R"({"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"0.0005"}}}]})";
  const Value pod = defaulted("v1", "Pod", R"({"spec":)" + spec + "}");
  const Value& resources = *pod.at("spec", "containers")->as_array()[0].at("resources");
  EXPECT_EQ(to_json(resources), R"({"limits":{"cpu":"1m"},"requests":{"cpu":"1m"}})");
  const Value set = defaulted("apps/v1", "ReplicaSet", R"({"spec":{"template":{"spec":)" + spec + "}}}");
  const Value& of_template = *set.at("spec", "template", "spec", "containers")->as_array()[0].at("resources");
  EXPECT_EQ(to_json(of_template), R"({"limits":{"cpu":"1m"}})");
}

TEST(Defaulting, an_unnamed_volume_source_is_an_empty_directory) {
  const Value pod = defaulted("v1", "Pod", R"({"spec":{"volumes":[{"name":"v"}]}})");
  EXPECT_EQ(to_json(pod.at("spec", "volumes")->as_array()[0]), R"({"name":"v","emptyDir":{}})");
}

TEST(Defaulting, plain_text_of_secrets_becomes_data) {
  const Value secret =
      defaulted("v1", "Secret", R"({"stringData":{"a":"b"},"data":{"a":"eA==","c":"eA=="}})");
  EXPECT_EQ(to_json(*secret.at("data")), R"({"a":"Yg==","c":"eA=="})");
  EXPECT_EQ(secret.at("stringData"), nullptr);
}

TEST(Defaulting, twice_is_as_good_as_once) {
  for (const KindInfo& kind : all_kinds()) {
    const auto once = testing::read_object(kind, "{}");
    const std::string text = to_json(encode_value(*kind.type, once.get()));
    const auto twice = testing::read_object(kind, text);
    EXPECT_EQ(text, to_json(encode_value(*kind.type, twice.get()))) << kind.kind;
  }
}

}  // namespace
}  // namespace aloft::model
