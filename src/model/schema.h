// The shape of documents at run time: built from a type's table or from a CRD's openAPIV3Schema, so that
// merging, managed fields, pruning and OpenAPI treat built-in kinds and custom resources alike.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/type_info.h"
#include "model/value.h"

namespace aloft::model {

// One node. Immutable once built and shared; nodes of recursive types refer to each other, and live as long
// as the Schemas or the process that owns them.
struct Schema {
  enum class Type : std::uint8_t { any, boolean, integer, number, string, object, map, array, int_or_string };
  enum class ListType : std::uint8_t { atomic, set, map };

  struct Property {
    std::string name;
    const Schema* schema = nullptr;
    std::string doc;
    bool required = false;
    std::optional<Value> fallback;
    // How a list or map behaves under strategic merge: "merge", "retainKeys", "merge,retainKeys" or empty
    // (replace).
    std::string patch_strategy;
    std::string patch_merge_key;
    std::vector<std::string> allowed;  // enumeration
    bool immutable = false;
    // Written even when empty, so that an empty object of this type has it: required and always members, and
    // plain structs. Managed fields need it: what an empty object has already is not added by a create.
    bool always = false;
    // No pointer in a client's struct, so never absent there: OpenAPI shows its zero value as the default.
    bool plain = false;
    // How server-side apply owns it, where the property says so; else the schema's own.
    std::optional<ListType> list_type;
    std::vector<std::string> list_keys;
    std::optional<bool> atomic_map;
  };

  Type type = Type::any;
  std::string name;  // of a named type: "io.k8s.api.core.v1.Container"; empty for anonymous nodes
  std::string doc;
  std::string format;                // "int32", "int64", "date-time", "byte", "quantity", ...
  std::vector<Property> properties;  // of an object, in declaration order
  const Schema* element = nullptr;   // of an array or a map
  ListType list_type = ListType::atomic;
  std::vector<std::string> list_keys;
  bool atomic = false;  // an object or map owned as a whole
  bool preserve_unknown = false;
  bool nullable = false;

  const Property* find(std::string_view property) const;  // a binary search over an index made by the builder
  std::vector<std::uint16_t> by_name;                     // properties sorted by name
};

// The schema of a described type; built once per type and kept by the caller's set.
class SchemaSet {
 public:
  SchemaSet();
  ~SchemaSet();
  // Thread safe after the set has been filled; filling is not. Types of kinds (model/kinds/all.h) have
  // `apiVersion` and `kind` in front of their own properties, since documents carry them.
  const Schema& of(const TypeInfo& type);
  // Every named object schema so far, by name.
  std::vector<const Schema*> named() const;
  // The OpenAPI name of a described type: core::v1::Pod -> io.k8s.api.core.v1.Pod,
  // meta::v1::ObjectMeta -> io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta.
  static std::string openapi_name(std::string_view cpp_name);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aloft::model
