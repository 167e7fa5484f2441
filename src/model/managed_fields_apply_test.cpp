// Server-side apply: merging, conflicts, what goes when it is applied no more.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/field_set.h"
#include "model/json.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/pod.h"
#include "model/managed_fields.h"
#include "model/testing/golden.h"
#include "model/testing/texts.h"

namespace aloft::model {
namespace {

using testing::json;
using testing::schema_of;
using namespace std::chrono_literals;

constexpr WallTime first_apply{1'767'322'800s};  // 2026-01-02T03:00:00Z

using Data = std::map<std::string, std::string>;

Value configuration(const Data& data) {
  Object values;
  for (const auto& [key, value] : data) values.append(key, value);
  return Object{{"apiVersion", "v1"},
                {"kind", "ConfigMap"},
                {"metadata", Object{{"name", "a"}, {"namespace", "n"}}},
                {"data", std::move(values)}};
}

Writer applier(std::string manager, WallTime now = first_apply) {
  return {std::move(manager), "v1", {}, now};
}

Result<Value> apply(const Value& live, const Data& data, const std::string& manager, bool force = false,
                    WallTime now = first_apply) {
  return apply_configuration(live, configuration(data), schema_of<core::v1::ConfigMap>(),
                             applier(manager, now), force);
}

Data data_of(const Value& object) {
  Data out;
  if (const Value* data = object.at("data")) {
    for (const auto& [key, value] : data->as_object()) out[key] = value.as_string();
  }
  return out;
}

// managedFields without times.
Value timeless_owners(const Value& object) {
  const Value* entries = object.at("metadata", "managedFields");
  Value out = entries != nullptr ? *entries : Value(Array());
  for (auto& entry : out.as_array()) entry.as_object().erase("time");
  return out;
}

TEST(Apply, merges_and_owns_what_is_applied) {
  Value object = *apply(Value(), {{"a", "1"}, {"b", "2"}}, "m1");
  object = *apply(object, {{"c", "3"}}, "m2");
  EXPECT_EQ(data_of(object), (Data{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(
      to_json(timeless_owners(object)),
      R"([{"manager":"m1","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1",)"
      R"("fieldsV1":{"f:data":{"f:a":{},"f:b":{}}}},{"manager":"m2","operation":"Apply","apiVersion":"v1",)"
      R"("fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:c":{}}}}])");
}

TEST(Apply, another_value_of_an_owned_field_is_a_conflict_unless_forced) {
  Value object = *apply(Value(), {{"a", "1"}, {"b", "2"}}, "m1");
  const auto refused = apply(object, {{"a", "9"}, {"b", "9"}}, "m2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_EQ(refused.error().message(),
            "Apply failed with 2 conflicts: conflicts with \"m1\":\n- .data.a\n- .data.b");
  ASSERT_EQ(refused.error().causes().size(), 2u);
  EXPECT_EQ(refused.error().causes()[1], (Cause{"FieldManagerConflict", "conflict with \"m1\"", ".data.b"}));
  EXPECT_TRUE(apply(object, {{"a", "1"}}, "m2")) << "the same value is shared";
  object = *apply(object, {{"a", "9"}}, "m2", true);
  EXPECT_EQ(data_of(object), (Data{{"a", "9"}, {"b", "2"}}));
  EXPECT_EQ(timeless_owners(object).as_array()[0].at("fieldsV1")->as_object(),
            json(R"({"f:data":{"f:b":{}}})").as_object());
}

TEST(Apply, what_is_applied_no_more_goes_unless_somebody_else_owns_it) {
  Value object = *apply(Value(), {{"a", "1"}, {"b", "2"}}, "m1");
  object = *apply(object, {{"b", "2"}, {"c", "3"}}, "m2");
  object = *apply(object, {{"c", "3"}}, "m1");
  EXPECT_EQ(data_of(object), (Data{{"b", "2"}, {"c", "3"}}));
  object = *apply(object, {}, "m2");
  EXPECT_EQ(data_of(object), (Data{{"c", "3"}}));
}

TEST(Apply, what_stood_there_before_the_first_apply_has_an_owner_of_its_own) {
  Value object = configuration({{"a", "1"}});
  object.at("metadata")->as_object().set("uid", "u");
  const auto refused = apply(object, {{"a", "2"}}, "m1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: .data.a");
  EXPECT_EQ(timeless_owners(*apply(object, {{"b", "2"}}, "m1")).as_array().size(), 2u);
}

TEST(Apply, kubectl_may_take_over_what_its_client_side_apply_recorded) {
  Value object = configuration({{"a", "1"}, {"b", "2"}});
  const std::string record = to_json(object);
  object.at("metadata")
      ->as_object()
      .set("annotations", Object{{"kubectl.kubernetes.io/last-applied-configuration", record}});
  track_update(Value(), object, schema_of<core::v1::ConfigMap>(), applier("kubectl-client-side-apply"));
  object.at("metadata")->as_object().set("uid", "u");
  EXPECT_FALSE(apply(object, {{"a", "2"}}, "other"));
  const auto taken = apply(object, {{"a", "2"}}, "kubectl");
  ASSERT_TRUE(taken) << taken.error().message();
  EXPECT_EQ(taken->text_at("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"),
            to_json(configuration({{"a", "2"}})) + "\n");
}

TEST(Apply, refuses_a_configuration_that_does_not_fit) {
  const Schema& schema = schema_of<apps::v1::Deployment>();
  const std::pair<const char*, const char*> cases[] = {
      {R"({"bogus":1})", ".bogus: field not declared in schema"},
      {R"({"spec":{"template":{"spec":{"containers":[{"name":"c"},{"name":"c"}]}}}})",
       ".spec.template.spec.containers: duplicate entries for key [name=\"c\"]"},
      {R"({"spec":{"replicas":"x"}})", ".spec.replicas: expected numeric (int or float), got string"},
      {R"({"spec":{"paused":1}})", ".spec.paused: expected boolean, got &{1}"},
      {R"({"spec":[]})", ".spec: expected map, got &{[]}"},
      {R"({"spec":{"template":{"spec":{"containers":{}}}}})",
       ".spec.template.spec.containers: expected list, got &{map[]}"},
  };
  for (const auto& [text, message] : cases) {
    Value configuration = json(text);
    configuration.as_object().set("apiVersion", "apps/v1");
    configuration.as_object().set("kind", "Deployment");
    configuration.as_object().set("metadata", Object{{"name", "d"}});
    const auto result = apply_configuration(Value(), configuration, schema, applier("m"), false);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().message(),
              std::string("failed to create typed patch object (/d; apps/v1, Kind=Deployment): ") + message);
    EXPECT_EQ(http_status(result.error().code()), 500);
  }
  Value with_entries = configuration({});
  with_entries.at("metadata")->as_object().set("managedFields", Array());
  const auto result =
      apply_configuration(Value(), with_entries, schema_of<core::v1::ConfigMap>(), applier("m"), false);
  EXPECT_EQ(result.error().message(), "metadata.managedFields must be nil");
  EXPECT_EQ(result.error().code(), Code::bad_request);
}

TEST(Apply, lists_keep_the_live_order_where_the_configuration_does_not_say) {
  const Schema& schema = schema_of<core::v1::Pod>();
  const auto pod = [](std::initializer_list<const char*> names) {
    Array containers;
    for (const char* name : names) containers.push_back(Object{{"name", name}, {"image", "i"}});
    return Value(Object{{"apiVersion", "v1"}, {"kind", "Pod"}, {"spec", Object{{"containers", containers}}}});
  };
  const auto merged = [&](const Value& live, const Value& applied) {
    std::string out;
    const auto result = apply_configuration(live, applied, schema, applier("m"), true);
    for (const auto& container : result->at("spec", "containers")->as_array())
      out += container.text_at("name");
    return out;
  };
  EXPECT_EQ(merged(pod({"a", "b", "c"}), pod({"c", "x", "a"})), "bcxa");
  EXPECT_EQ(merged(pod({"a", "b", "c"}), pod({"b"})), "abc");
  EXPECT_EQ(merged(pod({"a", "b"}), pod({"b", "a"})), "ba");
  EXPECT_EQ(merged(pod({"a", "b"}), pod({"x", "b"})), "axb");
}

// Without the controller that was at work beside the recording.
Value people(const Value& object) {
  Value out = timeless_owners(object);
  std::erase_if(out.as_array(),
                [](const Value& entry) { return entry.text_at("manager").starts_with("kube-"); });
  return out;
}

// The request behind each recorded step; what is not here is no apply, or belongs to the pipeline around it.
struct Step {
  const char* name;
  const char* manager;
  const char* configuration;
  bool force = false;
  const char* subresource = "";
};

constexpr const char* two_containers =
    R"({"replicas":0,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
    "spec":{"containers":[
    {"name":"c1","image":"i1","ports":[{"containerPort":80,"protocol":"TCP"}],"env":[{"name":"A",
    "value":"1"}]},
    {"name":"c2","image":"i2"}]}}})";
constexpr const char* first_container =
    R"({"replicas":0,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
    "spec":{"containers":[
    {"name":"c1","image":"i1","ports":[{"containerPort":80,"protocol":"TCP"}],"env":[{"name":"A",
    "value":"1"}]}]}}})";

const Step config_map_steps[] = {
    {"apply m1 {a:1,b:2} (create)", "m1", R"({"data":{"a":"1","b":"2"}})"},
    {"apply m1 same (no-op)", "m1", R"({"data":{"a":"1","b":"2"}})"},
    {"apply m2 {c:3}", "m2", R"({"data":{"c":"3"}})"},
    {"apply m2 {a:9} conflict", "m2", R"({"data":{"a":"9","c":"3"}})"},
    {"apply m2 {a:9} force", "m2", R"({"data":{"a":"9","c":"3"}})", true},
    {"apply m1 {b:2} drops a? (owned by m2)", "m1", R"({"data":{"b":"2"}})"},
    {"apply m1 {} removes b", "m1", R"({"data":{}})"},
    {"apply m1 {z:2} conflict with Update manager", "m1", R"({"data":{"z":"2"}})"},
    {"apply shared value m1 {y:1}", "m1", R"({"data":{"y":"1"}})"},
    {"apply with label null", "m1", R"({"metadata":{"labels":{"k":null}},"data":{"y":"1"}})"},
    {"apply with managedFields set (bad)", "m1", R"({"metadata":{"managedFields":[{}]}})"},
    {"apply YAML body dryRun", "m1", R"({"data":{"true":"7"}})"},
    {"apply unknown field strict", "m1", R"({"bogus":1})"},
};
const Step deployment_steps[] = {
    {"deploy apply m1 two containers", "m1", two_containers},
    {"deploy apply m2 sidecar only", "m2",
     R"({"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
     "spec":{"containers":[{"name":"side","image":"s"}]}}})"},
    {"deploy m1 drops c2", "m1", first_container},
    {"deploy m1 drops replicas", "m1",
     R"({"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
     "spec":{"containers":[
     {"name":"c1","image":"i1","ports":[{"containerPort":80,"protocol":"TCP"}],"env":[{"name":"A",
     "value":"1"}]}]}}})"},
    {"deploy duplicate key", "m1",
     R"({"template":{"spec":{"containers":[{"name":"c1","image":"i1"},{"name":"c1","image":"i2"}]}}})"},
    {"deploy image conflict", "m2",
     R"({"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},
     "spec":{"containers":[{"name":"side","image":"s"},
     {"name":"c1","image":"other"}]}}})"},
    {"status apply m5 on status subresource", "m5", R"({"replicas":3})", false, "status"},
};

Value configuration_of(const Step& step, bool deployment) {
  Value body = json(step.configuration);
  if (deployment) body = Object{{*step.subresource == '\0' ? "spec" : "status", body}};
  Object& members = body.as_object();
  members.set("apiVersion", deployment ? "apps/v1" : "v1");
  members.set("kind", deployment ? "Deployment" : "ConfigMap");
  if (!members.contains("metadata")) members.set("metadata", Object());
  members["metadata"].as_object().set("name", deployment ? "ssad" : "ssa");
  return body;
}

void replay(const Value& recordings, std::span<const Step> steps, bool deployment) {
  const Schema& schema = deployment ? schema_of<apps::v1::Deployment>() : schema_of<core::v1::ConfigMap>();
  Value live;
  std::size_t replayed = 0;
  for (const auto& recorded : recordings.as_array()) {
    const std::string_view name = recorded.text_at("step");
    const Value& out = *recorded.at("out");
    const auto step = std::find_if(steps.begin(), steps.end(), [&](const Step& s) { return s.name == name; });
    const bool is_object = out.text_at("kind") == (deployment ? "Deployment" : "ConfigMap");
    if (step == steps.end()) {
      if (is_object) live = out;
      continue;
    }
    ++replayed;
    Writer by = applier(step->manager, parse_time("2026-11-22T05:19:18Z").value());
    by.api_version = deployment ? "apps/v1" : "v1";
    by.subresource = step->subresource;
    const auto result =
        apply_configuration(live, configuration_of(*step, deployment), schema, by, step->force);
    if (!is_object) {
      ASSERT_FALSE(result) << name;
      EXPECT_EQ(result.error().message(), out.text_at("message")) << name;
      EXPECT_EQ(http_status(result.error().code()), recorded.at("status")->as_int()) << name;
      continue;
    }
    ASSERT_TRUE(result) << name << ": " << result.error().message();
    EXPECT_EQ(to_json(people(*result)), to_json(people(out))) << name;
    if (!deployment) {
      EXPECT_EQ(*result->at("data"), *out.at("data")) << name;
    } else if (*step->subresource == '\0') {
      std::string got;
      std::string want;
      for (const auto& c : result->at("spec", "template", "spec", "containers")->as_array())
        got += c.text_at("name");
      for (const auto& c : out.at("spec", "template", "spec", "containers")->as_array())
        want += c.text_at("name");
      EXPECT_EQ(got, want) << name;
    }
    if (!std::string_view(name).ends_with("dryRun")) live = out;
  }
  EXPECT_EQ(replayed, steps.size());
}

TEST(Apply, every_recorded_step_gives_the_recorded_owners_and_conflicts) {
  ALOFT_GOLDEN(golden, "server-side-apply.json");
  replay(*golden, config_map_steps, false);
  replay(*golden, deployment_steps, true);
}

Data any_data(char first, char last) {
  Data out;
  for (int left = *rc::gen::inRange(0, 5); left > 0; --left) {
    out[std::string(1, static_cast<char>(*rc::gen::inRange<int>(first, last)))] =
        std::to_string(*rc::gen::inRange(0, 3));
  }
  return out;
}

TEST(Apply, applying_twice_is_applying_once) {
  EXPECT_TRUE(rc::check([] {
    Value live;
    if (*rc::gen::arbitrary<bool>()) live = *apply(Value(), any_data('a', 'h'), "other");
    const Data data = any_data('a', 'h');
    const Value once = *apply(live, data, "m", true);
    const Value twice = *apply(once, data, "m", false, first_apply + 60s);
    RC_ASSERT((twice == once));
  }));
}

TEST(Apply, managers_of_different_fields_never_conflict_and_never_lose) {
  EXPECT_TRUE(rc::check([] {
    Value object;
    Data last[2];
    for (int step = 0; step < 8; ++step) {
      const int who = *rc::gen::inRange(0, 2);
      last[who] = who == 0 ? any_data('a', 'h') : any_data('n', 'u');
      // Who applies an empty map owns the map itself, and shares it with whoever fills it.
      last[who].emplace(who == 0 ? "h" : "u", "");
      const auto result = apply(object, last[who], who == 0 ? "m1" : "m2");
      RC_ASSERT(result.has_value());
      object = *result;
    }
    Data want = last[0];
    want.insert(last[1].begin(), last[1].end());
    RC_ASSERT(data_of(object) == want);
  }));
}

}  // namespace
}  // namespace aloft::model
