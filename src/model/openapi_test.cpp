// What kubectl looks for in the OpenAPI documents, and that their schemas are upstream's but for the
// sentences.
#include "model/openapi.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "model/json.h"
#include "model/kinds/all.h"

namespace aloft::model {
namespace {

// The resources of the kinds, as the API would list them.
std::vector<OpenApiResource> resources(SchemaSet& schemas) {
  std::vector<OpenApiResource> list;
  for (const KindInfo& kind : all_kinds()) {
    if (kind.plural.empty()) continue;
    OpenApiResource resource;
    resource.gvk = kind.gvk();
    resource.plural = kind.plural;
    resource.namespaced = kind.namespaced;
    resource.schema = &schemas.of(*kind.type);
    resource.verbs = {"create"};
    if (!kind.create_only) {
      resource.verbs = {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
    }
    if (kind.has_status) {
      resource.subresources.push_back({"status", {}, resource.schema, {"get", "patch", "update"}});
    }
    if (kind.kind == "Pod") {
      resource.subresources.push_back({"log", {}, nullptr, {"get"}});
      resource.subresources.push_back({"exec", {"", "v1", "PodExecOptions"}, nullptr, {"create", "get"}});
    }
    list.push_back(std::move(resource));
  }
  return list;
}

const Value& core_v1() {
  static const Value document = [] {
    SchemaSet schemas;
    return make_openapi_v3("", "v1", resources(schemas));
  }();
  return document;
}

const Value& operation(std::string_view path, std::string_view method) {
  const Value* found = core_v1().at("paths", path, method);
  EXPECT_NE(found, nullptr) << path;
  return *found;
}

bool has_parameter(const Value& of, std::string_view name) {
  for (const Value& parameter : of.at("parameters")->as_array()) {
    if (parameter.text_at("name") == name) return true;
  }
  return false;
}

TEST(OpenApiV3, a_patch_tells_which_kind_it_is_for_and_that_fields_are_validated) {
  const Value& patch = operation("/api/v1/namespaces/{namespace}/pods/{name}", "patch");
  EXPECT_EQ(to_json(*patch.at("x-kubernetes-group-version-kind")),
            R"({"group":"","kind":"Pod","version":"v1"})");
  EXPECT_EQ(patch.text_at("x-kubernetes-action"), "patch");
  EXPECT_EQ(patch.text_at("operationId"), "patchCoreV1NamespacedPod");
  for (const char* name : {"dryRun", "fieldManager", "fieldValidation", "force"})
    EXPECT_TRUE(has_parameter(patch, name)) << name;
}

TEST(OpenApiV3, operations_are_named_as_upstreams) {
  const std::string_view pods = "/api/v1/namespaces/{namespace}/pods";
  EXPECT_EQ(operation(pods, "get").text_at("operationId"), "listCoreV1NamespacedPod");
  EXPECT_EQ(operation(pods, "delete").text_at("operationId"), "deleteCoreV1CollectionNamespacedPod");
  EXPECT_EQ(operation("/api/v1/pods", "get").text_at("operationId"), "listCoreV1PodForAllNamespaces");
  EXPECT_EQ(operation("/api/v1/namespaces/{name}/status", "put").text_at("operationId"),
            "replaceCoreV1NamespaceStatus");
  EXPECT_EQ(operation("/api/v1/namespaces/{namespace}/pods/{name}/exec", "post").text_at("operationId"),
            "connectCoreV1PostNamespacedPodExec");
  EXPECT_EQ(operation("/api/v1/", "get").text_at("operationId"), "getCoreV1APIResources");
}

TEST(OpenApiV3, every_reference_leads_somewhere) {
  const Object& schemas = core_v1().at("components", "schemas")->as_object();
  const std::string text = to_json(core_v1());
  const std::string_view prefix = "#/components/schemas/";
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
    const std::size_t begin = at + prefix.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_TRUE(schemas.contains(name)) << name;
  }
}

// Leaves out what is ours (sentences, and enumerations, which upstream's published document does not show)
// and what no client uses (unions, and that an optional string is "" by default).
void strip(Value& value) {
  if (Object* object = value.if_object()) {
    if (const Value* doc = object->find("description"); doc != nullptr && doc->is_string())
      object->erase("description");
    if (const Value* values = object->find("enum"); values != nullptr && values->is_array())
      object->erase("enum");
    const Value* fallback = object->find("default");
    if (fallback != nullptr && *fallback == Value("")) object->erase("default");
    object->erase("x-kubernetes-unions");
    for (auto& [key, member] : *object) strip(member);
  }
  if (Array* array = value.if_array()) {
    for (Value& element : *array) strip(element);
  }
}

// Upstream shows only some of the defaults that its server sets; we show all of ours.
void drop_further_defaults(Value& mine, const Value& theirs) {
  Object* object = mine.if_object();
  const Object* other = theirs.if_object();
  if (object == nullptr || other == nullptr) return;
  if (!other->contains("default")) object->erase("default");
  // With nothing left beside the reference there is no allOf either.
  if (const Value* reference = other->find("$ref"); reference != nullptr && object->contains("allOf"))
    mine = theirs;
  else
    for (auto& [key, member] : *object) {
      if (const Value* same = other->find(key)) drop_further_defaults(member, *same);
    }
}

TEST(OpenApiV3, schemas_are_upstreams_but_for_the_sentences) {
  const std::pair<const char*, std::pair<const char*, const char*>> documents[] = {
      {"api__v1_openapi.json", {"", "v1"}},
      {"apis__apps__v1_openapi.json", {"apps", "v1"}},
      {"apis__discovery.k8s.io__v1_openapi.json", {"discovery.k8s.io", "v1"}},
      {"apis__coordination.k8s.io__v1_openapi.json", {"coordination.k8s.io", "v1"}},
      {"apis__authentication.k8s.io__v1_openapi.json", {"authentication.k8s.io", "v1"}},
      {"apis__authorization.k8s.io__v1_openapi.json", {"authorization.k8s.io", "v1"}},
  };
  SchemaSet set;
  const auto all = resources(set);
  for (const auto& [file, version] : documents) {
    std::ifstream stream(fmt::format("{}/k8s/openapi/v3/{}", ALOFT_SHARED_DIR, file));
    if (!stream) GTEST_SKIP() << "no upstream OpenAPI documents here";
    const auto theirs = parse_json(std::string(std::istreambuf_iterator<char>(stream), {}));
    const Value ours = make_openapi_v3(version.first, version.second, all);
    for (const auto& [name, schema] : ours.at("components", "schemas")->as_object()) {
      const Value* upstream = theirs->at("components", "schemas", name);
      if (upstream == nullptr) {  // groups of reviews have nothing to delete or patch
        EXPECT_TRUE(name.ends_with(".DeleteOptions") || name.ends_with(".Patch") ||
                    name.ends_with(".Status") || name.find(".meta.v1.") != std::string::npos)
            << name;
        continue;
      }
      Value mine = schema;
      Value other = *upstream;
      strip(mine);
      strip(other);
      drop_further_defaults(mine, other);
      // Upstream lists every group of its own here.
      mine.as_object().erase("x-kubernetes-group-version-kind");
      other.as_object().erase("x-kubernetes-group-version-kind");
      EXPECT_EQ(to_pretty_json(mine), to_pretty_json(other)) << name;
    }
  }
}

TEST(OpenApiV2, definitions_are_beside_their_references) {
  SchemaSet set;
  const Value document = make_openapi_v2(resources(set));
  const Value* ports = document.at("definitions", "io.k8s.api.core.v1.ServiceSpec", "properties", "ports");
  ASSERT_NE(ports, nullptr);
  EXPECT_EQ(ports->text_at("x-kubernetes-patch-merge-key"), "port");
  EXPECT_EQ(ports->text_at("items", "$ref"), "#/definitions/io.k8s.api.core.v1.ServicePort");
  const Value* metadata = document.at("definitions", "io.k8s.api.core.v1.Pod", "properties", "metadata");
  EXPECT_EQ(metadata->text_at("$ref"), "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
  EXPECT_FALSE(metadata->as_object().contains("default"));
  const Value* get = document.at("paths", "/api/v1/nodes/{name}", "get");
  EXPECT_EQ(to_json(*get->at("consumes")), R"(["*/*"])");
  EXPECT_GT(openapi_v2_to_protobuf(document).size(), 100'000U);
  EXPECT_EQ(to_json(*document.at("definitions", "io.k8s.api.core.v1.Pod", "x-kubernetes-group-version-kind")),
            R"([{"group":"","kind":"Pod","version":"v1"}])");
}

TEST(OpenApiV2, the_protobuf_form_carries_names_types_and_extensions) {
  const Value document = *parse_json(R"({"swagger":"2.0","info":{"title":"t","version":"v"},
      "paths":{"/x":{"get":{"operationId":"o","x-kubernetes-action":"list"},
                     "parameters":[{"in":"query","name":"q","type":"string","uniqueItems":true}]}},
      "definitions":{"D":{"type":"object","required":["a"],
                          "properties":{"a":{"$ref":"#/definitions/E","description":"d"}}}}})");
  const std::string bytes = openapi_v2_to_protobuf(document);
  const auto contains = [&](std::string_view part) { return bytes.find(part) != std::string::npos; };
  EXPECT_TRUE(
      bytes.starts_with(std::string_view("\x0a\x03"
                                         "2.0"
                                         "\x12\x06\x0a\x01t\x12\x01v",
                                         13)));
  // NamedSchema a {$ref, description}.
  EXPECT_TRUE(
      contains("\x0a\x01"
               "a\x12\x14\x0a\x0f#/definitions/E\x22\x01"
               "d"));
  // NamedAny {name, Any{yaml}}.
  EXPECT_TRUE(contains("\x0a\x13x-kubernetes-action\x12\x07\x12\x05list\n"));
  // QueryParameterSubSchema {in, name, type, unique_items}.
  EXPECT_TRUE(contains("\x12\x05query\x22\x01q\x32\x06string\xa0\x01\x01"));
}

}  // namespace
}  // namespace aloft::model
