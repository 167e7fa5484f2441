// Who owns which field after creates, updates and patches.
#include "model/managed_fields.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "model/field_set.h"
#include "model/json.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "model/managed_fields_walk.h"
#include "model/testing/golden.h"
#include "model/testing/texts.h"
#include "model/yaml.h"

namespace aloft::model {
namespace {

using testing::json;
using testing::schema_of;
using namespace std::chrono_literals;

constexpr WallTime start{1'767'322'800s};  // 2026-01-02T03:00:00Z

Value config_map(const std::map<std::string, std::string>& data) {
  Object values;
  for (const auto& [key, value] : data) values.append(key, value);
  return Object{{"apiVersion", "v1"},
                {"kind", "ConfigMap"},
                {"metadata", Object{{"name", "a"}, {"namespace", "n"}, {"uid", "u"}}},
                {"data", std::move(values)}};
}

Writer writer(std::string manager, WallTime now = start, std::string subresource = {}) {
  return {std::move(manager), "v1", std::move(subresource), now};
}

// "m1 Update f": each manager with its operation, time when asked, and fields.
std::vector<std::string> owners(const Value& object) {
  std::vector<std::string> out;
  const Value* entries = object.at("metadata", "managedFields");
  if (entries == nullptr) return out;
  for (const auto& entry : entries->as_array()) {
    out.push_back(fmt::format("{} {} {}", entry.text_at("manager"), entry.text_at("operation"),
                              to_json(*entry.at("fieldsV1"))));
  }
  return out;
}

// The object after `before` was changed to have `data`.
Value changed(const Value& before, const std::map<std::string, std::string>& data, const Writer& by) {
  Value after = config_map(data);
  if (const Value* entries = before.at("metadata", "managedFields")) {
    after.at("metadata")->as_object().set("managedFields", *entries);
  }
  track_update(before, after, schema_of<core::v1::ConfigMap>(), by);
  return after;
}

Value created(const std::map<std::string, std::string>& data, const Writer& by) {
  Value object = config_map(data);
  track_update(Value(), object, schema_of<core::v1::ConfigMap>(), by);
  return object;
}

TEST(ManagedFields, a_create_gives_the_writer_every_field_but_the_identity) {
  const Value object = created({{"a", "1"}, {"b", "2"}}, writer("m1"));
  EXPECT_EQ(to_json(*object.at("metadata", "managedFields")),
            R"([{"manager":"m1","operation":"Update","apiVersion":"v1","time":"2026-01-02T03:00:00Z",)"
            R"("fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:a":{},"f:b":{}}}}])");
}

TEST(ManagedFields, an_update_takes_what_it_changes_and_nobody_keeps_what_is_removed) {
  Value object = created({{"a", "1"}, {"b", "2"}, {"c", "3"}}, writer("m1"));
  object = changed(object, {{"a", "9"}, {"b", "2"}, {"d", "4"}}, writer("m2", start + 60s));
  EXPECT_EQ(owners(object), (std::vector<std::string>{R"(m1 Update {"f:data":{".":{},"f:b":{}}})",
                                                      R"(m2 Update {"f:data":{"f:a":{},"f:d":{}}})"}));
  EXPECT_EQ(object.at("metadata", "managedFields")->as_array()[0].text_at("time"), "2026-01-02T03:00:00Z");
  EXPECT_EQ(object.at("metadata", "managedFields")->as_array()[1].text_at("time"), "2026-01-02T03:01:00Z");
}

TEST(ManagedFields, a_write_that_changes_nothing_changes_nothing) {
  const Value object = created({{"a", "1"}}, writer("m1"));
  EXPECT_EQ(changed(object, {{"a", "1"}}, writer("m2", start + 60s)), object);
  EXPECT_EQ(changed(object, {{"a", "1"}}, writer("m1", start + 60s)), object);
}

TEST(ManagedFields, two_versions_of_the_api_are_two_managers_and_a_subresource_another) {
  Value object = created({{"a", "1"}}, writer("m1"));
  Writer other = writer("m1");
  other.api_version = "v2";
  object = changed(object, {{"a", "1"}, {"b", "2"}}, other);
  object = changed(object, {{"a", "1"}, {"b", "2"}, {"c", "3"}}, writer("m1", start, "scale"));
  EXPECT_EQ(owners(object).size(), 3u);
  EXPECT_EQ(object.at("metadata", "managedFields")->as_array()[1].text_at("subresource"), "scale");
}

TEST(ManagedFields, a_client_can_reset_them_but_not_through_a_subresource) {
  const Value object = created({{"a", "1"}}, writer("m1"));
  for (const char* reset : {"[]", "[{}]"}) {
    Value after = object;
    after.at("metadata")->as_object().set("managedFields", json(reset));
    track_update(object, after, schema_of<core::v1::ConfigMap>(), writer("m2"));
    EXPECT_TRUE(owners(after).empty());
    Value again = after;
    again.at("data")->as_object().set("x", "1");
    track_update(after, again, schema_of<core::v1::ConfigMap>(), writer("m2"));
    EXPECT_TRUE(owners(again).empty()) << "an untracked object stays untracked";
    Value status = object;
    status.at("metadata")->as_object().set("managedFields", json(reset));
    track_update(object, status, schema_of<core::v1::ConfigMap>(), writer("m2", start, "status"));
    EXPECT_EQ(owners(status), owners(object));
  }
}

TEST(ManagedFields, malformed_ones_are_replaced_by_those_of_the_live_object) {
  const Value object = created({{"a", "1"}}, writer("m1"));
  for (const char* bad : {R"([{"manager":"x"}])", R"([{"manager":"x","operation":"Update","apiVersion":"v1",
      "fieldsType":"FieldsV1","fieldsV1":{"bad":{}}}])",
                          R"("x")", R"([1])"}) {
    Value after = object;
    after.at("metadata")->as_object().set("managedFields", json(bad));
    track_update(object, after, schema_of<core::v1::ConfigMap>(), writer("m2"));
    EXPECT_EQ(owners(after), owners(object)) << bad;
  }
}

TEST(ManagedFields, a_client_may_rewrite_them) {
  const Value object = created({{"a", "1"}}, writer("m1"));
  Value after = object;
  after.at("metadata")
      ->as_object()
      .set("managedFields",
           json(R"([{"manager":"z","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1",
      "fieldsV1":{"f:data":{"f:b":{},"f:a":{}}}}])"));
  track_update(object, after, schema_of<core::v1::ConfigMap>(), writer("m2"));
  EXPECT_EQ(owners(after), std::vector<std::string>{R"(z Apply {"f:data":{"f:a":{},"f:b":{}}})"});
}

TEST(ManagedFields, the_oldest_of_more_than_ten_update_managers_are_merged) {
  Value object = created({{"k", "0"}}, writer("m0"));
  std::map<std::string, std::string> data{{"k", "0"}};
  for (int i = 1; i < 13; ++i) {
    data[fmt::format("k{:02}", i)] = "x";
    object = changed(object, data, writer(fmt::format("m{:02}", i), start + i * 1s));
  }
  const auto names = owners(object);
  ASSERT_EQ(names.size(), 10u);
  EXPECT_EQ(names[0],
            R"(ancient-changes Update {"f:data":{".":{},"f:k":{},"f:k01":{},"f:k02":{},"f:k03":{}}})")
      << names[0];
}

TEST(ManagedFields, status_and_spec_do_not_own_each_other) {
  const Value live =
      json(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","uid":"u","managedFields":[
      {"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1",
      "fieldsV1":{"f:spec":{"f:nodeName":{}}}}]},
      "spec":{"nodeName":"a"},"status":{}})");
  Value after = live;
  after.at("spec")->as_object().set("nodeName", "b");
  after.at("status")->as_object().set("phase", "Running");
  Value through_status = after;
  track_update(live, after, schema_of<core::v1::Pod>(), writer("w"));
  track_update(live, through_status, schema_of<core::v1::Pod>(), writer("w", start, "status"));
  EXPECT_EQ(owners(after), std::vector<std::string>{R"(w Update {"f:spec":{"f:nodeName":{}}})"});
  EXPECT_EQ(owners(through_status), (std::vector<std::string>{R"(m Update {"f:spec":{"f:nodeName":{}}})",
                                                              R"(w Update {"f:status":{"f:phase":{}}})"}));
}

TEST(ManagedFields, a_created_pod_is_owned_as_a_real_server_records_it) {
  Value pod =
      json(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"d","creationTimestamp":null,
      "labels":{"app":"x"}},"spec":{"volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"c",
      "image":"i",
      "ports":[{"containerPort":443,"protocol":"TCP"},{"containerPort":80}],"resources":{},
      "env":[{"name":"A","value":"1"}],
      "volumeMounts":[{"name":"v","mountPath":"/m"}]}],"securityContext":{},"tolerations":[{"key":"k"}]},
      "status":{}})");
  track_update(Value(), pod, schema_of<core::v1::Pod>(), writer("kubectl-create"));
  EXPECT_EQ(
      owners(pod),
      std::vector<std::string>{
          R"(kubectl-create Update {"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":)"
          R"({"k:{\"name\":\"c\"}":{".":{},"f:env":{".":{},"k:{\"name\":\"A\"}":{".":{},"f:name":{},)"
          R"("f:value":{}}},)"
          R"("f:image":{},"f:name":{},"f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":)"
          R"({".":{},"f:containerPort":{}},"k:{\"containerPort\":443,\"protocol\":\"TCP\"}":{".":{},)"
          R"("f:containerPort":{},"f:protocol":{}}},"f:resources":{},"f:volumeMounts":{".":{},)"
          R"("k:{\"mountPath\":\"/m\"}":{".":{},"f:mountPath":{},"f:name":{}}}}},"f:securityContext":{},)"
          R"("f:tolerations":{},"f:volumes":{".":{},"k:{\"name\":\"v\"}":{".":{},"f:emptyDir":{},)"
          R"("f:name":{}}}}})"});
}

TEST(ManagedFields, elements_that_stand_twice_are_owned_as_one) {
  const Schema& schema = schema_of<core::v1::Pod>();
  const Value once = json(R"({"spec":{"containers":[{"name":"c","env":[{"name":"A","value":"1"}]}]}})");
  const Value twice = json(
      R"({"spec":{"containers":[{"name":"c","env":[{"name":"A","value":"1"},{"name":"A","value":"2"}]}]}})");
  const auto more = compare_fields(once, twice, schema, {});
  EXPECT_EQ(more.added.to_strings(), std::vector<std::string>{R"(.spec.containers[name="c"].env[name="A"])"});
  EXPECT_EQ(more.removed.to_strings().size(), 3u);
  EXPECT_TRUE(compare_fields(twice, twice, schema, {}).modified.empty());
}

TEST(ManagedFields, a_write_that_differs_in_field_times_alone_is_no_change) {
  const Value object = created({{"a", "1"}}, writer("m1"));
  const Value later = created({{"a", "1"}}, writer("m1", start + 60s));
  EXPECT_FALSE(object == later);
  EXPECT_TRUE(same_but_for_field_times(object, later));
  EXPECT_FALSE(same_but_for_field_times(object, created({{"a", "2"}}, writer("m1"))));
}

std::map<std::string, std::string> any_data() {
  std::map<std::string, std::string> out;
  for (int left = *rc::gen::inRange(0, 6); left > 0; --left) {
    out[std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 8)))] =
        std::to_string(*rc::gen::inRange(0, 3));
  }
  return out;
}

TEST(ManagedFields, what_is_owned_is_what_is_there_and_by_update_managers_only_once) {
  EXPECT_TRUE(rc::check([] {
    Value object = created(any_data(), writer("m0"));
    object.at("metadata")->as_object().set("uid", "u");
    for (int step = 1; step < 6; ++step) {
      object =
          changed(object, any_data(), writer(fmt::format("m{}", *rc::gen::inRange(0, 3)), start + step * 1s));
    }
    std::set<std::string> owned;
    if (const Value* entries = object.at("metadata", "managedFields")) {
      for (const auto& entry : entries->as_array()) {
        for (const auto& path : FieldSet::parse(*entry.at("fieldsV1"))->to_strings()) {
          RC_ASSERT(owned.insert(path).second);
        }
      }
    }
    std::set<std::string> present{".data"};
    for (const auto& [key, value] : object.at("data")->as_object()) present.insert(".data." + key);
    owned.insert(".data");
    RC_ASSERT(owned == present);
  }));
}

// The field sets of structured-merge-diff are what comparing with nothing adds.
TEST(ManagedFields, the_fields_of_recorded_objects_are_those_recorded) {
  const auto check = [](const char* object_file, const char* set_file, const Schema& schema) {
    const auto object_text = testing::read_recording(object_file);
    const auto set_text = testing::read_recording(set_file);
    if (!object_text || !set_text) return false;
    const auto object = parse_yaml(*object_text);
    EXPECT_TRUE(object);
    if (!object) return true;
    const FieldSet want = *FieldSet::parse(*parse_json(*set_text));
    const auto changes =
        compare_fields(Value(Object()), *object, schema, {.reset_field = {}, .keeps_identity = true});
    const FieldSet got = changes.added;
    for (const auto& path : subtract(want, got).to_strings()) {
      // References were still owned field by field when the sets were recorded; metadata itself never has an
      // owner.
      const bool below_reference = path.find(".ownerReferences[") != std::string::npos ||
                                   path.find(".secretKeyRef.") != std::string::npos;
      EXPECT_TRUE(below_reference || path == ".metadata") << path;
    }
    EXPECT_TRUE(subtract(got, want).empty()) << to_json(Value(subtract(got, want).tree()));
    return true;
  };
  const bool found = check("smd/pod.yaml", "smd/podset.json", schema_of<core::v1::Pod>()) &&
                     check("smd/node.yaml", "smd/nodeset.json", schema_of<core::v1::Node>());
  if (!found) GTEST_SKIP() << "the objects of structured-merge-diff are not on this machine";
}

}  // namespace
}  // namespace aloft::model
