// Schemas of described types: one node for each struct, scalar of the API, list and map, made when first
// asked for.
#include "model/schema.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include <fmt/format.h>

#include "base/ensure.h"
#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/all.h"

namespace aloft::model {
namespace {

constexpr std::string_view meta_scope = "io.k8s.apimachinery.pkg.apis.meta.v1.";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Schema::ListType list_type_of(std::string_view name) {
  return name == "map"   ? Schema::ListType::map
         : name == "set" ? Schema::ListType::set
                         : Schema::ListType::atomic;
}

Schema scalar(Schema::Type type, std::string_view format = {}, std::string name = {},
              std::string_view doc = {}) {
  Schema schema;
  schema.type = type;
  schema.format = format;
  schema.name = std::move(name);
  schema.doc = doc;
  return schema;
}

Schema scalar_schema(Kind kind) {
  using enum Schema::Type;
  const auto meta = [](std::string_view name) { return std::string(meta_scope).append(name); };
  switch (kind) {
    case Kind::boolean:
      return scalar(boolean);
    case Kind::int32:
      return scalar(integer, "int32");
    case Kind::uint32:
    case Kind::uint64:
    case Kind::int64:
      return scalar(integer, "int64");
    case Kind::float64:
      return scalar(number, "double");
    case Kind::string:
      return scalar(string);
    case Kind::bytes:
      return scalar(string, "byte");
    case Kind::timestamp:
      return scalar(string, "date-time", meta("Time"), "A time as RFC 3339 writes it, with whole seconds.");
    case Kind::micro_timestamp:
      return scalar(string, "date-time", meta("MicroTime"),
                    "A time as RFC 3339 writes it, with microseconds.");
    case Kind::duration:
      return scalar(string, {}, meta("Duration"), "A length of time such as 1h30m or 500ms.");
    case Kind::quantity:
      return scalar(
          string, "quantity", "io.k8s.apimachinery.pkg.api.resource.Quantity",
          "An exact amount: a number with an optional suffix. Suffixes are n, u, m, k, M, G, T, P, E for "
          "powers of 1000, Ki, Mi, Gi, Ti, Pi, Ei for powers of 1024, and e with an exponent.");
    case Kind::int_or_string:
      return scalar(int_or_string, "int-or-string", "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
                    "A number or a string, such as a port and its name or a count and a percentage.");
    default:
      return scalar(any, {}, "io.k8s.apimachinery.pkg.runtime.RawExtension", "Any JSON value.");
  }
}

bool is_kind(const TypeInfo& type) {
  const auto kinds = all_kinds();
  return std::any_of(kinds.begin(), kinds.end(), [&](const KindInfo& kind) { return kind.type == &type; });
}

void index_by_name(Schema& schema) {
  schema.by_name.resize(schema.properties.size());
  std::iota(schema.by_name.begin(), schema.by_name.end(), std::uint16_t{0});
  std::sort(schema.by_name.begin(), schema.by_name.end(), [&](std::uint16_t a, std::uint16_t b) {
    return schema.properties[a].name < schema.properties[b].name;
  });
}

bool is_plain(Kind kind) {
  switch (kind) {
    case Kind::optional:
    case Kind::list:
    case Kind::map:
    case Kind::bytes:
    case Kind::raw_json:
    case Kind::timestamp:
    case Kind::micro_timestamp:
    case Kind::duration:
    case Kind::quantity:
    case Kind::int_or_string:
      return false;
    default:
      return true;
  }
}

}  // namespace

const Schema::Property* Schema::find(std::string_view property) const {
  const auto found = std::lower_bound(by_name.begin(), by_name.end(), property,
                                      [&](std::uint16_t at, std::string_view wanted) {
                                        return std::string_view(properties[at].name) < wanted;
                                      });
  if (found == by_name.end() || properties[*found].name != property) return nullptr;
  return &properties[*found];
}

struct SchemaSet::State {
  std::unordered_map<const TypeInfo*, std::unique_ptr<Schema>> schemas;
  std::vector<const Schema*> named;
  std::unique_ptr<Schema> fields_v1;

  Schema& make(const TypeInfo& type) {
    Schema& schema = *(schemas[&type] = std::make_unique<Schema>());
    switch (type.kind) {
      case Kind::object:
        make_object(type, schema);
        break;
      case Kind::list:
        schema.type = Schema::Type::array;
        schema.element = &of(type.element());
        break;
      case Kind::map:
        schema.type = Schema::Type::map;
        schema.element = &of(type.element());
        break;
      default:
        schema = scalar_schema(type.kind);
        schema.preserve_unknown = type.kind == Kind::raw_json;
        schema.nullable = type.kind == Kind::timestamp || type.kind == Kind::micro_timestamp;
    }
    if (!schema.name.empty()) named.push_back(&schema);
    return schema;
  }

  const Schema& of(const TypeInfo& type) {
    // An optional value has the shape of the value.
    if (type.kind == Kind::optional) return of(type.element());
    const auto found = schemas.find(&type);
    return found != schemas.end() ? *found->second : make(type);
  }

  void make_object(const TypeInfo& type, Schema& schema) {
    if (const TypeInfo* stands_for = type_it_stands_for(type)) {
      schema.type = Schema::Type::array;
      schema.element = &of(stands_for->element());
      return;
    }
    schema.type = Schema::Type::object;
    schema.name = openapi_name(type.name);
    schema.doc = type.doc;
    schema.atomic = type.atomic;
    std::vector<Schema::Property> properties;
    if (is_kind(type)) add_type_meta(type, properties);
    add_fields(type, properties);
    ensure(properties.size() < 0x10000, "a struct has fewer than 65536 fields");
    schema.properties = std::move(properties);
    index_by_name(schema);
  }

  void add_type_meta(const TypeInfo& type, std::vector<Schema::Property>& properties) {
    const auto add = [&](std::string_view name, std::string_view doc) {
      if (std::any_of(type.fields.begin(), type.fields.end(),
                      [&](auto& field) { return field.name == name; }))
        return;
      Schema::Property property;
      property.name = name;
      property.doc = doc;
      property.schema = &of(type_info<std::string>());
      properties.push_back(std::move(property));
    };
    add("apiVersion", "The group and version whose rules the object is written by.");
    add("kind", "What the object is, such as Pod.");
  }

  // Members of inlined structs stand beside the struct's own.
  void add_fields(const TypeInfo& type, std::vector<Schema::Property>& properties) {
    for (const FieldInfo& field : type.fields) {
      if (field.inlined)
        add_fields(field.type(), properties);
      else
        properties.push_back(make_property(field));
    }
  }

  Schema::Property make_property(const FieldInfo& field) {
    const TypeInfo& type = field.type();
    Schema::Property property;
    property.name = field.name;
    // The one member whose raw JSON has a type of its own upstream.
    property.schema = field.name == "fieldsV1" ? &fields_v1_schema() : &of(type);
    property.doc = field.doc;
    property.required = field.required;
    if (!field.fallback.empty()) {
      auto fallback = parse_json(field.fallback);
      ensure(fallback.has_value(), "the default in a table is JSON");
      property.fallback = std::move(*fallback);
    }
    property.patch_strategy = field.patch_strategy;
    property.patch_merge_key = field.merge_key;
    property.allowed = split(field.values, '|');
    property.immutable = field.immutable;
    const bool is_struct = type.kind >= Kind::timestamp && type.kind <= Kind::object;
    property.always = field.required || field.always || is_struct;
    property.plain = property.always && is_plain(type.kind);
    if (!field.list_type.empty()) property.list_type = list_type_of(field.list_type);
    property.list_keys = split(field.list_keys, ',');
    if (!field.map_type.empty()) property.atomic_map = field.map_type == "atomic";
    return property;
  }

  const Schema& fields_v1_schema() {
    if (fields_v1 == nullptr) {
      fields_v1 = std::make_unique<Schema>();
      fields_v1->type = Schema::Type::any;
      fields_v1->name = std::string(meta_scope) + "FieldsV1";
      fields_v1->doc =
          "A set of fields as a tree: f:NAME is a member, k:KEYS a list element by its keys, v:VALUE one by "
          "its value, and a dot the parent itself.";
      fields_v1->preserve_unknown = true;
      named.push_back(fields_v1.get());
    }
    return *fields_v1;
  }
};

SchemaSet::SchemaSet() : state_(std::make_unique<State>()) {}
SchemaSet::~SchemaSet() = default;

const Schema& SchemaSet::of(const TypeInfo& type) { return state_->of(type); }

std::vector<const Schema*> SchemaSet::named() const {
  auto named = state_->named;
  std::sort(named.begin(), named.end(), [](auto* a, auto* b) { return a->name < b->name; });
  return named;
}

std::string SchemaSet::openapi_name(std::string_view cpp_name) {
  std::string dotted;
  for (std::size_t i = 0; i < cpp_name.size(); ++i) {
    const bool scope = cpp_name[i] == ':' && i + 1 < cpp_name.size() && cpp_name[i + 1] == ':';
    dotted += scope ? '.' : cpp_name[i];
    if (scope) ++i;
  }
  if (dotted.starts_with("meta.")) return "io.k8s.apimachinery.pkg.apis." + dotted;
  if (dotted.starts_with("apiextensions.")) return "io.k8s.apiextensions-apiserver.pkg.apis." + dotted;
  if (dotted.starts_with("apiregistration.")) return "io.k8s.kube-aggregator.pkg.apis." + dotted;
  return "io.k8s.api." + dotted;
}

}  // namespace aloft::model
