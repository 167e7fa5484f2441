// Strategic merge on deployments, as kubectl apply, edit and set use it.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/all.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/core/v1/pod.h"
#include "model/patch.h"
#include "model/testing/golden.h"
#include "model/testing/texts.h"

namespace aloft::model {
namespace {

using testing::json;

using apps::v1::Deployment;

const Schema& pod_schema() {
  static SchemaSet set;
  return set.of(type_info<core::v1::Pod>());
}

std::string patched(std::string_view document, std::string_view patch) {
  const auto result = apply_strategic_merge_patch(json(document), json(patch), pod_schema());
  return result ? to_json(*result) : "refused: " + result.error().message();
}

TEST(StrategicMerge, lists_merge_by_their_key_and_keep_the_order_of_the_patch) {
  const char* pod = R"({"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}})";
  EXPECT_EQ(patched(pod, R"({"spec":{"containers":[{"name":"b","image":"3"}]}})"),
            R"({"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"3"}]}})");
  EXPECT_EQ(patched(pod, R"({"spec":{"containers":[{"name":"c","image":"3"}]}})"),
            R"({"spec":{"containers":[{"name":"c","image":"3"},{"name":"a","image":"1"},)"
            R"({"name":"b","image":"2"}]}})");
  EXPECT_EQ(patched(pod, R"({"spec":{"containers":[{"name":"a","$patch":"delete"}]}})"),
            R"({"spec":{"containers":[{"name":"b","image":"2"}]}})");
  EXPECT_EQ(patched(pod, R"({"spec":{"containers":[{"$patch":"replace"},{"name":"z"}]}})"),
            R"({"spec":{"containers":[{"name":"z"}]}})");
  EXPECT_EQ(patched(pod, R"({"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}})"),
            R"({"spec":{"containers":[{"name":"b","image":"2"},{"name":"a","image":"1"}]}})");
}

TEST(StrategicMerge, lists_of_primitives_merge_and_lose_what_is_named) {
  const char* pod = R"({"metadata":{"finalizers":["a","b"]}})";
  EXPECT_EQ(patched(pod, R"({"metadata":{"finalizers":["c","a"]}})"),
            R"({"metadata":{"finalizers":["c","a","b"]}})");
  EXPECT_EQ(patched(pod, R"({"metadata":{"$deleteFromPrimitiveList/finalizers":["a","x"]}})"),
            R"({"metadata":{"finalizers":["b"]}})");
  EXPECT_EQ(patched(pod, R"({"metadata":{"$setElementOrder/finalizers":["b","c","a"],"finalizers":["c"]}})"),
            R"({"metadata":{"finalizers":["b","c","a"]}})");
}

TEST(StrategicMerge, maps_are_deleted_replaced_and_reduced_to_what_is_retained) {
  const char* pod =
      R"({"metadata":{"labels":{"a":"1","b":"2"}},"spec":{"volumes":[{"name":"v","emptyDir":{}}]}})";
  EXPECT_EQ(patched(pod, R"({"metadata":{"labels":{"a":null}},"spec":null})"),
            R"({"metadata":{"labels":{"b":"2"}}})");
  EXPECT_EQ(patched(pod, R"({"metadata":{"labels":{"$patch":"replace","c":"3"}},"spec":null})"),
            R"({"metadata":{"labels":{"c":"3"}}})");
  EXPECT_EQ(patched(pod, R"({"metadata":{"labels":{"$patch":"delete"}},"spec":null})"),
            R"({"metadata":{"labels":{}}})");
  EXPECT_EQ(patched(pod, R"({"metadata":null,"spec":{"volumes":[{"name":"v","$retainKeys":["name","hostPath"],
                            "hostPath":{"path":"/h"}}]}})"),
            R"({"spec":{"volumes":[{"name":"v","hostPath":{"path":"/h"}}]}})");
}

TEST(StrategicMerge, new_parts_lose_their_nulls_and_directives) {
  EXPECT_EQ(patched("{}", R"({"metadata":{"labels":{"a":null,"b":"1"},"annotations":{"$patch":"delete"}}})"),
            R"({"metadata":{"labels":{"b":"1"}}})");
}

TEST(StrategicMerge, refuses_in_the_words_of_upstream) {
  const char* pod = R"({"spec":{"containers":[{"name":"a"}]}})";
  const std::tuple<const char*, const char*, Code> cases[] = {
      {R"({"spec":{"containers":[{"image":"n"}]}})",
       "map: map[image:n] does not contain declared merge key: name", Code::internal},
      {R"({"spec":{"containers":[{"name":"a","$patch":"bogus"}]}})",
       "unknown patch type: bogus in map: map[$patch:bogus name:a]", Code::internal},
      {R"({"spec":{"containers":[1]}})", "list element types are not identical: [[map[name:a]] [1]]",
       Code::internal},
      {R"({"spec":{"containers":[[1]]}})", "lists of lists are not supported", Code::invalid},
      {R"({"spec":{"$retainKeys":1}})", "invalid patch format of retainKeys", Code::bad_request},
      {R"({"spec":{"$retainKeys":["a"],"b":1}})", "invalid patch format of retainKeys", Code::bad_request},
      {R"({"spec":{"$setElementOrder":[]}})", "invalid patch format of setElementOrder list",
       Code::bad_request},
      {R"({"spec":{"$deleteFromPrimitiveList":[]}})", "invalid patch format of primitive list",
       Code::bad_request},
      {R"([])", "json: cannot unmarshal array into Go value of type map[string]interface {}",
       Code::bad_request},
  };
  for (const auto& [patch, message, code] : cases) {
    const auto result = apply_strategic_merge_patch(json(pod), json(patch), pod_schema());
    ASSERT_FALSE(result) << patch;
    EXPECT_EQ(result.error().message(), message);
    EXPECT_EQ(result.error().code(), code) << patch;
  }
}

// The deployment with all defaults, without what the server counts.
Value completed(const Value& document, bool defaulted) {
  auto object = from_value<Deployment>(document);
  EXPECT_TRUE(object) << (object ? "" : object.error().message());
  if (!object) return {};
  if (defaulted) {
    apply_fallbacks(type_info<Deployment>(), &*object);
    const KindInfo* kind = find_kind("apps", "v1", "Deployment");
    if (kind != nullptr && kind->rules.set_defaults != nullptr) kind->rules.set_defaults(&*object);
  }
  object->metadata.generation = 0;
  object->metadata.annotations.erase("deployment.kubernetes.io/revision");  // a controller's
  return to_value(*object);
}

TEST(StrategicMerge, every_recorded_patch_gives_the_recorded_deployment) {
  ALOFT_GOLDEN(golden, "patch-deployment.json");
  SchemaSet set;
  const Schema& schema = set.of(type_info<Deployment>());
  const Value base = *golden->at("base_stored");
  std::size_t compared = 0;
  for (const auto& recorded : golden->at("cases")->as_array()) {
    const Value& patch = *recorded.at("patch");
    const std::string_view type = recorded.text_at("contentType");
    const auto status = recorded.at("status")->as_int();
    const Value patch_document = patch.is_string() ? parse_json(patch.as_string()).value_or(Value()) : patch;
    Result<Value> result = fail(Code::internal, "");
    if (type == "application/strategic-merge-patch+json") {
      result = apply_strategic_merge_patch(base, patch_document, schema);
    } else if (type == "application/json-patch+json") {
      result = apply_json_patch(base, patch_document);
    } else if (type == "application/merge-patch+json") {
      const auto checked = check_merge_patch(patch_document);
      result = checked ? Result<Value>(apply_merge_patch(base, patch_document)) : fail(checked.error());
    } else {
      continue;
    }
    const std::string_view name = recorded.text_at("name");
    if (status == 200) {
      ASSERT_TRUE(result) << name << ": " << result.error().message();
      Value expected = *recorded.at("out");
      if (!expected.as_object().contains("status")) expected.as_object().set("status", Object());
      Value got = completed(*result, true);
      Value want = completed(expected, false);
      for (const char* type_field : {"apiVersion", "kind"}) {
        got.as_object().erase(type_field);
        want.as_object().erase(type_field);
      }
      EXPECT_EQ(to_json(got), to_json(want)) << name;
      ++compared;
    } else if (!result && patch_document.is_null() == false) {
      EXPECT_EQ(http_status(result.error().code()), status) << name;
      EXPECT_EQ(result.error().message(), recorded.text_at("out", "message")) << name;
      ++compared;
    }
  }
  EXPECT_GE(compared, 45u);
}

// A patch that turns one pod into the other, for pods whose containers differ in image and presence.
TEST(StrategicMerge, a_patch_made_from_a_difference_gives_the_target) {
  using Images = std::map<std::string, std::string>;
  const auto pod_of = [](const Images& images) {
    Array containers;
    for (const auto& [name, image] : images) containers.push_back(Object{{"name", name}, {"image", image}});
    return Value(Object{{"spec", Object{{"containers", std::move(containers)}}}});
  };
  const auto any_images = [] {
    Images out;
    for (int left = *rc::gen::inRange(0, 6); left > 0; --left) {
      out[fmt::format("c{}", *rc::gen::inRange(0, 8))] = fmt::format("i{}", *rc::gen::inRange(0, 3));
    }
    return out;
  };
  EXPECT_TRUE(rc::check([&] {
    const Images before = any_images();
    Images after = any_images();
    after.emplace("always", "x");
    Array changes;
    Array order;
    for (const auto& [name, image] : after) {
      order.push_back(Object{{"name", name}});
      if (const auto old = before.find(name); old == before.end() || old->second != image) {
        changes.push_back(Object{{"name", name}, {"image", image}});
      }
    }
    for (const auto& [name, image] : before) {
      if (!after.contains(name)) changes.push_back(Object{{"name", name}, {"$patch", "delete"}});
    }
    const Value patch =
        Object{{"spec", Object{{"$setElementOrder/containers", order}, {"containers", changes}}}};
    const auto result = apply_strategic_merge_patch(pod_of(before), patch, pod_schema());
    RC_ASSERT(result.has_value());
    RC_ASSERT((*result == pod_of(after)));
  }));
}

}  // namespace
}  // namespace aloft::model
