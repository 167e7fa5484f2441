// Structs and their wire forms, by their tables.
#include "model/codec.h"

#include <gtest/gtest.h>

#include "model/json.h"
#include "model/kinds/apps/v1/deployment.h"
#include "model/kinds/core/v1/config_map.h"
#include "model/kinds/core/v1/pod.h"
#include "model/testing/sample.h"

namespace aloft::model {
namespace {

using sample::v1::Thing;

Thing full_thing() {
  Thing thing;
  thing.metadata = {"web", {{"b", "2"}, {"a", "<1>"}}};
  auto& spec = thing.spec;
  spec.replicas = 0;
  spec.ports = {{80, "http", "TCP", 8080}, {53, "dns", "UDP", "dns"}};
  spec.disks = {{"d", {sample::v1::FileSource{"/x"}, std::nullopt}}};
  spec.restartPolicy = "Never";
  spec.default_ = true;
  spec.big = std::numeric_limits<std::int64_t>::min();
  spec.ratio = 0.25;
  spec.blob = {std::byte{3}, std::byte{0xFF}};
  spec.data = {{"k", {std::byte{1}}}, {"empty", {}}};
  spec.limits = {{"cpu", *Quantity::parse("500m")}};
  spec.args = {"", "x"};
  spec.groups = {-1, 5};
  spec.extra = {{"scopes", {{"a", "b"}}}};
  spec.tree.children.resize(2);
  spec.tree.children[1].twin.emplace().name = "t";
  spec.raw.text = R"({"any":["\u003cthing\u003e",1]})";
  spec.startTime = *parse_timestamp("2008-01-01T01:01:01Z");
  spec.created = *parse_timestamp("2026-11-22T05:19:18Z");
  spec.renewTime.emplace();
  static_cast<Timestamp&>(*spec.renewTime) = *parse_timestamp("2004-01-01T01:01:01.000004Z");
  spec.period = ApiDuration{90s};
  spec.must = {"m"};
  spec.flag = false;
  return thing;
}

constexpr std::string_view full_text =
    R"({"metadata":{"name":"web","labels":{"a":"\u003c1\u003e","b":"2"}},"spec":{"replicas":0,)"
    R"("ports":[{"containerPort":80,"name":"http","protocol":"TCP","target":8080},)"
    R"({"containerPort":53,"name":"dns","protocol":"UDP","target":"dns"}],)"
    R"("disks":[{"name":"d","file":{"path":"/x"}}],"restartPolicy":"Never","default":true,)"
    R"("big":-9223372036854775808,"ratio":0.25,"blob":"A/8=","data":{"empty":"","k":"AQ=="},)"
    R"("limits":{"cpu":"500m"},)"
    R"("args":["","x"],"groups":[-1,5],"extra":{"scopes":["a","b"]},)"
    R"("tree":{"children":[{},{"twin":{"name":"t"}}]},)"
    R"("raw":{"any":["\u003cthing\u003e",1]},"startTime":"2008-01-01T01:01:01Z",)"
    R"("created":"2026-11-22T05:19:18Z",)"
    R"("renewTime":"2004-01-01T01:01:01.000004Z","period":"1m30s","must":["m"],"flag":false}})";

std::string error_of(std::string_view text) {
  const auto thing = from_json<Thing>(text);
  if (thing) return "no error";
  // Both ways of decoding say the same.
  if (const auto value = parse_json(text)) {
    EXPECT_EQ(from_value<Thing>(*value).error().message(), thing.error().message());
  }
  EXPECT_EQ(thing.error().code(), Code::bad_request);
  return thing.error().message();
}

TEST(Codec, every_field_is_written_as_go_would) { EXPECT_EQ(to_json(full_thing()), full_text); }

TEST(Codec, every_field_reads_back_from_text_from_a_document_and_from_protobuf) {
  const Thing thing = full_thing();
  EXPECT_EQ(from_json<Thing>(full_text).value(), thing);
  EXPECT_EQ(from_value<Thing>(*parse_json(full_text)).value().spec.ports, thing.spec.ports);
  EXPECT_EQ(to_value(thing), *parse_json(full_text));
  EXPECT_EQ(from_protobuf<Thing>(to_protobuf(thing, Presence::proto2_kubernetes)).value(), thing);
  EXPECT_EQ(from_protobuf<Thing>(to_protobuf(thing, Presence::proto3)).value(), thing);
  EXPECT_TRUE(equal(type_info<Thing>(), &thing, &thing));
  const Thing empty;
  EXPECT_FALSE(equal(type_info<Thing>(), &thing, &empty));
  EXPECT_TRUE(is_zero(type_info<Thing>(), &empty));
  EXPECT_FALSE(is_zero(type_info<Thing>(), &thing));
}

TEST(Codec, an_empty_struct_writes_its_structs_and_what_is_required) {
  EXPECT_EQ(to_json(Thing()), R"({"metadata":{},"spec":{"tree":{},"raw":null,"created":null,"must":null}})");
  EXPECT_EQ(to_value(Thing()), *parse_json(to_json(Thing())));
  const sample::v1::Labels metadata = full_thing().metadata;
  std::string text;
  append_json(text, "Thing", "v1", type_info<sample::v1::Labels>(), &metadata);
  EXPECT_EQ(text,
            R"({"kind":"Thing","apiVersion":"v1","name":"web","labels":{"a":"\u003c1\u003e","b":"2"}})");
}

TEST(Codec, null_clears_what_can_be_absent_and_else_changes_nothing) {
  Thing thing = full_thing();
  ASSERT_TRUE(decode_json(type_info<Thing>(),
                          R"({"metadata":null,"spec":{"replicas":null,"ports":null,"big":null,
      "raw":null,"extra":null,"limits":{"cpu":null}}})",
                          &thing)
                  .has_value());
  EXPECT_EQ(thing.metadata.name, "web");
  EXPECT_FALSE(thing.spec.replicas.has_value());
  EXPECT_TRUE(thing.spec.ports.empty());
  EXPECT_NE(thing.spec.big, 0);
  EXPECT_TRUE(thing.spec.raw.text.empty());
  EXPECT_TRUE(thing.spec.limits.at("cpu").is_zero());
}

TEST(Codec, a_wrong_type_is_refused_in_gos_words) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"spec":{"replicas":"3"}})", "string into Go struct field Spec.spec.replicas of type int32"},
      {R"({"spec":{"replicas":3000000000}})",
       "number 3000000000 into Go struct field Spec.spec.replicas of type int32"},
      {R"({"spec":{"replicas":1.5}})", "number 1.5 into Go struct field Spec.spec.replicas of type int32"},
      {R"({"spec":{"ports":"no"}})", "string into Go struct field Spec.spec.ports of type []v1.Port"},
      {R"({"spec":{"ports":[{"name":7}]}})",
       "number into Go struct field Port.spec.ports.name of type string"},
      {R"({"spec":{"disks":[{"file":[]}]}})",
       "array into Go struct field Disk.spec.disks.file of type v1.FileSource"},
      {R"({"metadata":{"labels":{"a":true}}})",
       "bool into Go struct field Labels.metadata.labels of type string"},
      {R"({"metadata":{"labels":[]}})",
       "array into Go struct field Labels.metadata.labels of type map[string]string"},
      {R"({"spec":{"ports":[{"target":{}}]}})",
       "object into Go struct field Port.spec.ports.target of type int32"},
      {R"({"spec":{"default":1}})", "number into Go struct field Spec.spec.default of type bool"},
      {R"([])", "array into Go value of type v1.Thing"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(error_of(text), fmt::format("json: cannot unmarshal {}", expected)) << text;
  }
  EXPECT_EQ(error_of(R"({"spec":{"blob":"A*=="}})"), "illegal base64 data at input byte 1");
  EXPECT_EQ(error_of(R"({"spec":{"startTime":"now"}})"),
            R"(parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now")");
  EXPECT_TRUE(error_of(R"({"spec":{"limits":{"cpu":"x"}}})").starts_with("quantities must match"));
}

// The sentences a kube-apiserver was heard to say.
TEST(Codec, mistakes_in_real_kinds_are_told_as_upstream_tells_them) {
  EXPECT_EQ(
      from_json<core::v1::Pod>(R"({"metadata":{"name":"x"},"spec":{"containers":"no"}})").error().message(),
      "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container");
  EXPECT_EQ(from_json<apps::v1::Deployment>(R"({"spec":{"replicas":"3"}})").error().message(),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32");
  EXPECT_EQ(from_json<apps::v1::Deployment>(
                R"({"spec":{"template":{"spec":{"containers":[{"env":[{"name":"A","value":1}]}]}}}})")
                .error()
                .message(),
            "json: cannot unmarshal number into Go struct field "
            "EnvVar.spec.template.spec.containers.env.value of type string");
  DecodeReport report;
  core::v1::ConfigMap map;
  ASSERT_TRUE(decode_json(type_info<core::v1::ConfigMap>(),
                          R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"uf","nope":1},)"
                          R"("data":{"a":"1","a":"2"},"bogus":{}})",
                          &map, &report)
                  .has_value());
  EXPECT_EQ(report.findings,
            (std::vector<std::string>{R"(unknown field "metadata.nope")", R"(duplicate field "data.a")",
                                      R"(unknown field "bogus")"}));
}

TEST(Codec, a_mistake_in_the_syntax_goes_before_a_wrong_type) {
  EXPECT_EQ(error_of(R"({"spec":{"replicas":"3"},})"),
            "json: offset 25: expected a string as the name of a member");
  EXPECT_EQ(error_of(R"({} x)"), "json: offset 3: invalid character after top-level value");
}

TEST(Codec, unknown_and_duplicate_fields_are_reported_in_the_order_of_the_text) {
  DecodeReport report;
  Thing thing;
  ASSERT_TRUE(
      decode_json(type_info<Thing>(),
                  R"({"kind":"Thing","apiVersion":"v1","metadata":{"nope":1,"labels":{"a":"1","a":"2"}},
                              "spec":{"ports":[{"containerPort":1},{"kind":[{"x":1}],"name":"a","name":"b"}],
                                      "disks":[{"file":{"path":"a"},"file":{"path":"b"}}]},"bogus":{}})",
                  &thing, &report)
          .has_value());
  EXPECT_EQ(report.findings,
            (std::vector<std::string>{
                R"(unknown field "metadata.nope")", R"(duplicate field "metadata.labels.a")",
                R"(unknown field "spec.ports[1].kind")", R"(duplicate field "spec.ports[1].name")",
                R"(duplicate field "spec.disks[0].file")", R"(unknown field "bogus")"}));
  EXPECT_EQ(report.unknown_fields,
            (std::vector<std::string>{"metadata.nope", "spec.ports[1].kind", "bogus"}));
  EXPECT_EQ(thing.metadata.labels.at("a"), "2");
  EXPECT_EQ(thing.spec.disks[0].source.file->path, "b");
}

TEST(Codec, reports_are_bounded) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += fmt::format("\"x{}\":0,", i);
  text.back() = '}';
  DecodeReport report;
  Thing thing;
  ASSERT_TRUE(decode_json(type_info<Thing>(), text, &thing, &report).has_value());
  EXPECT_EQ(report.findings.size(), DecodeReport::limit);
}

TEST(Codec, a_type_that_contains_itself_is_bounded_in_depth) {
  std::string text = R"({"spec":{"tree":)";
  for (int i = 0; i < 100'000; ++i) text += R"({"children":[)";
  EXPECT_TRUE(error_of(text).ends_with("exceeded max depth"));
}

TEST(Codec, raw_json_is_carried_compact) {
  const auto thing = from_json<Thing>("{\"spec\":{\"raw\": { \"a b\" : [ 1 ,\t\"x  y\\\"\" ] } }}");
  EXPECT_EQ(thing->spec.raw.text, R"({"a b":[1,"x  y\""]})");
}

TEST(Codec, fallbacks_fill_what_is_absent_in_all_that_is_there) {
  Thing thing;
  thing.spec.ports = {{80, "a", "", 0}, {81, "b", "UDP", 0}};
  apply_fallbacks(type_info<Thing>(), &thing);
  EXPECT_EQ(thing.spec.replicas, 1);
  EXPECT_EQ(thing.spec.restartPolicy, "Always");
  EXPECT_EQ(thing.spec.ports[0].protocol, "TCP");
  EXPECT_EQ(thing.spec.ports[1].protocol, "UDP");
  thing.spec.replicas = 0;
  apply_fallbacks(type_info<Thing>(), &thing);
  EXPECT_EQ(thing.spec.replicas, 0);
}

}  // namespace
}  // namespace aloft::model
