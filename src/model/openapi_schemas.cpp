// Version 3 says with allOf what stands beside a reference and shows defaults; version 2 puts everything
// beside the reference and shows none, as kube-apiserver does.
#include "model/openapi_schemas.h"

#include <algorithm>
#include <set>

#include "model/kinds/meta/v1/api_resource.h"
#include "model/kinds/meta/v1/list_meta.h"
#include "model/kinds/meta/v1/options.h"
#include "model/kinds/meta/v1/status.h"
#include "model/openapi_routes.h"

namespace aloft::model {
namespace {

constexpr std::string_view patch_schema_name = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

class Renderer {
 public:
  explicit Renderer(OpenApiVersion version) : version_(version) {}

  // The schema itself, which a reference leads to.
  Object body(const Schema& schema) const {
    Object out;
    if (!schema.doc.empty()) out.append("description", schema.doc);
    switch (schema.type) {
      case Schema::Type::any:
        out.append("type", "object");
        break;
      case Schema::Type::boolean:
        out.append("type", "boolean");
        break;
      case Schema::Type::integer:
        out.append("type", "integer");
        break;
      case Schema::Type::number:
        out.append("type", "number");
        break;
      case Schema::Type::string:
        add_string(schema, out);
        break;
      case Schema::Type::int_or_string:
        add_int_or_string(out);
        break;
      case Schema::Type::array:
        out.append("items", element(*schema.element));
        out.append("type", "array");
        break;
      case Schema::Type::map:
        out.append("additionalProperties", element(*schema.element));
        out.append("type", "object");
        break;
      case Schema::Type::object:
        add_object(schema, out);
        break;
    }
    const bool shows_format =
        !schema.format.empty() && schema.format != "quantity" && schema.format != "int-or-string";
    if (shows_format) out.append("format", schema.format);
    return out;
  }

 private:
  bool is_v3() const { return version_ == OpenApiVersion::v3; }

  void add_string(const Schema& schema, Object& out) const {
    if (schema.format == "quantity" && is_v3()) {
      out.append("oneOf", Array{Object{{"type", "string"}}, Object{{"type", "number"}}});
    } else {
      out.append("type", "string");
    }
  }

  void add_int_or_string(Object& out) const {
    out.append("format", "int-or-string");
    if (is_v3())
      out.append("oneOf", Array{Object{{"type", "integer"}}, Object{{"type", "string"}}});
    else
      out.append("type", "string");
  }

  void add_object(const Schema& schema, Object& out) const {
    Object properties;
    Array required;
    for (const std::uint16_t at : schema.by_name) {
      const Schema::Property& property = schema.properties[at];
      properties.append(property.name, render(property));
    }
    for (const auto& property : schema.properties) {
      if (property.required) required.push_back(property.name);
    }
    if (!properties.empty()) out.append("properties", std::move(properties));
    if (!required.empty()) out.append("required", std::move(required));
    out.append("type", "object");
    if (schema.atomic) out.append("x-kubernetes-map-type", "atomic");
    if (schema.preserve_unknown) out.append("x-kubernetes-preserve-unknown-fields", true);
  }

  // A reference or the schema in place, with whatever is to stand beside it.
  Object place(const Schema& schema, Object beside) const {
    if (schema.name.empty()) {
      Object out = body(schema);
      for (auto& [key, value] : beside) out.set(key, std::move(value));
      return out;
    }
    Value reference = openapi_reference(version_, schema.name);
    if (beside.empty()) return std::move(reference.as_object());
    Object out;
    if (is_v3())
      out.append("allOf", Array{std::move(reference)});
    else
      out = std::move(reference.as_object());
    for (auto& [key, value] : beside) out.append(std::move(key), std::move(value));
    return out;
  }

  Object element(const Schema& schema) const {
    Object beside;
    const bool has_zero =
        schema.type != Schema::Type::string || (schema.format.empty() && schema.name.empty());
    if (is_v3() && has_zero) add_zero(schema, beside);
    return place(schema, std::move(beside));
  }

  static void add_zero(const Schema& schema, Object& beside) {
    switch (schema.type) {
      case Schema::Type::object:
        beside.append("default", Object());
        break;
      case Schema::Type::string:
        beside.append("default", "");
        break;
      case Schema::Type::boolean:
        beside.append("default", false);
        break;
      case Schema::Type::integer:
      case Schema::Type::number:
        beside.append("default", 0);
        break;
      default:
        break;
    }
  }

  Object render(const Schema::Property& property) const {
    Object beside;
    if (!property.doc.empty()) beside.append("description", property.doc);
    if (is_v3()) {
      if (property.fallback)
        beside.append("default", *property.fallback);
      else if (property.plain)
        add_zero(*property.schema, beside);
      if (!property.allowed.empty())
        beside.append("enum", Array(property.allowed.begin(), property.allowed.end()));
    }
    add_extensions(property, beside);
    return place(*property.schema, std::move(beside));
  }

  static void add_extensions(const Schema::Property& property, Object& beside) {
    static constexpr std::string_view list_types[] = {"atomic", "set", "map"};
    const Schema& schema = *property.schema;
    const auto& keys = property.list_keys.empty() ? schema.list_keys : property.list_keys;
    if (!keys.empty()) beside.append("x-kubernetes-list-map-keys", Array(keys.begin(), keys.end()));
    if (property.list_type) {
      beside.append("x-kubernetes-list-type", list_types[static_cast<std::size_t>(*property.list_type)]);
    }
    if (property.atomic_map)
      beside.append("x-kubernetes-map-type", *property.atomic_map ? "atomic" : "granular");
    if (!property.patch_merge_key.empty())
      beside.append("x-kubernetes-patch-merge-key", property.patch_merge_key);
    if (!property.patch_strategy.empty())
      beside.append("x-kubernetes-patch-strategy", property.patch_strategy);
  }

  OpenApiVersion version_;
};

Object gvk_value(std::string_view group, std::string_view version, std::string_view kind) {
  return Object{{"group", group}, {"kind", kind}, {"version", version}};
}

// Gathers the named schemas that can be reached.
class Components {
 public:
  explicit Components(OpenApiVersion version) : version_(version) {}

  void add(const Schema& schema) {
    if (!seen_.insert(&schema).second) return;
    if (!schema.name.empty()) schemas_.emplace(schema.name, &schema);
    if (schema.element != nullptr) add(*schema.element);
    for (const auto& property : schema.properties) add(*property.schema);
  }
  void add_root(const std::string& name, const Schema& schema, const GroupVersionKind& gvk) {
    add(schema);
    schemas_.emplace(name, &schema);
    if (!gvk.kind.empty()) add_kind(name, gvk_value(gvk.group, gvk.version, gvk.kind));
  }
  void add_kind(const std::string& name, Object kind) {
    Array& kinds = kinds_[name];
    if (std::find(kinds.begin(), kinds.end(), Value(kind)) == kinds.end()) kinds.push_back(std::move(kind));
  }
  void add_list(const std::string& item_name, const OpenApiResource& resource, std::string_view list_meta) {
    const auto reference = [&](std::string_view to) -> Object {
      Value target = openapi_reference(version_, to);
      if (version_ == OpenApiVersion::v2) return std::move(target.as_object());
      return Object{{"allOf", Array{std::move(target)}}, {"default", Object()}};
    };
    const std::string kind = resource.gvk.kind + "List";
    extra_[item_name + "List"] = Object{
        {"description", "A list of objects of kind " + resource.gvk.kind + "."},
        {"properties", Object{{"apiVersion", Object{{"type", "string"}}},
                              {"items", Object{{"items", reference(item_name)}, {"type", "array"}}},
                              {"kind", Object{{"type", "string"}}},
                              {"metadata", reference(list_meta)}}},
        {"required", Array{"items"}},
        {"type", "object"},
    };
    add_kind(item_name + "List", gvk_value(resource.gvk.group, resource.gvk.version, kind));
  }
  void add_patch() {
    extra_[std::string(patch_schema_name)] =
        Object{{"description", "A change to an object; its media type tells which kind of patch it is."},
               {"type", "object"}};
  }

  Object render() {
    const Renderer renderer(version_);
    for (const auto& [name, schema] : schemas_) extra_[name] = renderer.body(*schema);
    Object out;
    out.reserve(extra_.size());
    for (auto& [name, body] : extra_) {
      if (const auto kinds = kinds_.find(name); kinds != kinds_.end()) {
        body.append("x-kubernetes-group-version-kind", std::move(kinds->second));
      }
      out.append(name, std::move(body));
    }
    return out;
  }

 private:
  OpenApiVersion version_;
  std::set<const Schema*> seen_;
  std::map<std::string, const Schema*> schemas_;
  std::map<std::string, Array> kinds_;
  std::map<std::string, Object> extra_;
};

}  // namespace

Value openapi_reference(OpenApiVersion version, std::string_view name) {
  const std::string_view prefix = version == OpenApiVersion::v3 ? "#/components/schemas/" : "#/definitions/";
  return Object{{"$ref", std::string(prefix).append(name)}};
}

Object openapi_components(OpenApiVersion version, const std::vector<OpenApiResource>& resources) {
  Components components(version);
  SchemaSet common;
  const Schema& list_meta = common.of(type_info<meta::v1::ListMeta>());
  const Schema& status = common.of(type_info<meta::v1::Status>());
  const Schema& delete_options = common.of(type_info<meta::v1::DeleteOptions>());
  const Schema& resource_list = common.of(type_info<meta::v1::APIResourceList>());
  components.add(list_meta);
  components.add_root(status.name, status, {"", "v1", "Status"});
  components.add_root(delete_options.name, delete_options, {"", "v1", "DeleteOptions"});
  components.add_root(resource_list.name, resource_list, {"", "v1", "APIResourceList"});
  components.add_patch();
  for (const auto& resource : resources) {
    const auto& gvk = resource.gvk;
    components.add_kind(delete_options.name, gvk_value(gvk.group, gvk.version, "DeleteOptions"));
    if (resource.schema != nullptr) {
      const std::string name = openapi_component(gvk, *resource.schema);
      components.add_root(name, *resource.schema, gvk);
      const bool listed =
          std::find(resource.verbs.begin(), resource.verbs.end(), "list") != resource.verbs.end();
      if (listed) components.add_list(name, resource, list_meta.name);
    }
    for (const auto& sub : resource.subresources) {
      if (sub.schema == nullptr) continue;
      const GroupVersionKind& of = sub.gvk.kind.empty() ? gvk : sub.gvk;
      components.add_root(openapi_component(of, *sub.schema), *sub.schema, of);
    }
  }
  return components.render();
}

}  // namespace aloft::model
