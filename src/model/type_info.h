// The description of a struct as data: one table per type, written once beside the struct, from which every
// engine works (JSON, YAML, protobuf, strict decoding, defaults, OpenAPI, merges). Nothing about a field
// stands twice, and a member that is not described does not compile.
//
//   struct ContainerPort { std::string name; std::int32_t containerPort = 0; std::string protocol; };   //
//   header DECLARE_TYPE(core::v1::ContainerPort)                            // header, at namespace aloft,
//   after the struct
//
//   DESCRIBE(core::v1::ContainerPort, "A network port in a single container.",                          //
//   source
//       FIELD(name, 1, "An IANA_SVC_NAME, unique in the pod."),
//       FIELD(containerPort, 3, required, "The port on the pod's IP address, 0 < x < 65536."),
//       FIELD(protocol, 4, fallback(R"("TCP")"), "UDP, TCP or SCTP."))
//
// What the C++ type of a member says (as in Go's API structs):
//   plain scalar, string, vector, map   omitted from JSON when zero or empty (omitempty), unless `required`
//   plain struct                        always written, {} when empty; Timestamp is written as null when
//   unset std::optional<T>, Box<T>            a pointer: omitted when absent, written when present even if
//   zero required, always                    always written; such a vector, map or pointer is null when empty
//   inlined                             the members stand in the parent; the list of a struct with this one
//   member
//                                       stands for the struct (ExtraValue): a message of its own in protobuf
// In protobuf (proto2 as Kubernetes writes it) plain scalars and structs are always written, optional ones
// when present, vectors and maps by element; with Presence::proto3 zero scalars are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/quantity.h"
#include "model/scalars.h"

namespace aloft::model {

struct TypeInfo;
using TypeRef = const TypeInfo& (*)();  // a function: types may refer to each other in any order

enum class Kind : std::uint8_t {
  boolean,
  int32,
  int64,
  uint32,
  uint64,
  float64,
  string,
  bytes,  // std::vector<std::byte>: base64 in JSON
  timestamp,
  micro_timestamp,
  duration,
  quantity,
  int_or_string,
  raw_json,
  object,
  list,
  map,
  optional,
};

// How a protobuf integer is laid out where it is not a plain varint.
enum class Wire : std::uint8_t { plain, fixed32, fixed64, zigzag };

struct FieldInfo {
  std::string_view name;  // on the wire; a trailing underscore of the member is not part of it
  std::string_view doc;
  std::string_view merge_key;       // of a list merged by key (patchMergeKey)
  std::string_view fallback;        // JSON text of the constant default
  std::string_view list_type;       // "atomic", "set", "map" (x-kubernetes-list-type)
  std::string_view list_keys;       // comma-separated, for list_type map
  std::string_view map_type;        // "atomic", "granular" (x-kubernetes-map-type)
  std::string_view patch_strategy;  // "merge", "retainKeys", "merge,retainKeys"
  std::string_view values;          // allowed values, separated by '|', when the field is an enumeration
  std::uint32_t number = 0;         // protobuf
  std::uint32_t offset = 0;
  bool required = false;
  bool always = false;  // written even when empty, though not required
  bool immutable = false;
  bool inlined = false;  // members stand in the parent in JSON; a message of its own in protobuf
  bool deprecated = false;
  Wire wire = Wire::plain;
  TypeRef type = nullptr;
};

struct ListOps {
  std::size_t (*size)(const void* list);
  const void* (*at)(const void* list, std::size_t index);
  void* (*append)(void* list);
  void (*clear)(void* list);
};
struct MapOps {  // std::map<std::string, T>
  std::size_t (*size)(const void* map);
  void (*each)(const void* map, void* context,
               void (*visit)(void* context, std::string_view key, const void* value));
  const void* (*find)(const void* map, std::string_view key);
  void* (*insert)(void* map, std::string_view key);
  void (*clear)(void* map);
};
struct OptionalOps {
  const void* (*get)(const void* optional);  // null when absent
  void* (*emplace)(void* optional);
  void (*reset)(void* optional);
};

struct TypeInfo {
  Kind kind;
  std::string_view name;  // "core::v1::ContainerPort" for objects
  std::string_view doc;
  std::span<const FieldInfo> fields;
  TypeRef element = nullptr;  // of list, map, optional
  const void* ops = nullptr;  // ListOps, MapOps or OptionalOps by kind
  bool atomic = false;  // an object that server-side apply owns as a whole (x-kubernetes-map-type: atomic)
};

// The description of T; specialised by DESCRIBE and for the scalar and container types below.
template <class T>
const TypeInfo& type_info();

// Annotations of FIELD, in any order; a string is the doc.
struct Required {};
struct Always {};
struct Immutable {};
struct Inlined {};
struct Deprecated {};
struct MergeKey {
  std::string_view key;
};
struct Fallback {
  std::string_view json;
};
struct ListType {
  std::string_view type, keys;
};
struct MapType {
  std::string_view type;
};
struct PatchStrategy {
  std::string_view strategy;
};
struct Values {
  std::string_view values;
};
inline constexpr Required required{};
// Go's fields without omitempty that are optional all the same: null, "" or 0 is written.
inline constexpr Always always{};
inline constexpr Immutable immutable{};
inline constexpr Inlined inlined{};
inline constexpr Deprecated deprecated{};
// merge_key implies patch strategy "merge" unless another is named.
constexpr MergeKey merge_key(std::string_view key) { return {key}; }
constexpr Fallback fallback(std::string_view json) { return {json}; }
constexpr ListType list_type(std::string_view type, std::string_view keys = {}) { return {type, keys}; }
constexpr MapType map_type(std::string_view type) { return {type}; }
constexpr PatchStrategy patch_strategy(std::string_view strategy) { return {strategy}; }
constexpr Values values(std::string_view alternatives) { return {alternatives}; }

namespace detail {

constexpr void annotate(FieldInfo& f, std::string_view doc) { f.doc = doc; }
constexpr void annotate(FieldInfo& f, const char* doc) { f.doc = doc; }
constexpr void annotate(FieldInfo& f, Required) { f.required = true; }
constexpr void annotate(FieldInfo& f, Always) { f.always = true; }
constexpr void annotate(FieldInfo& f, Immutable) { f.immutable = true; }
constexpr void annotate(FieldInfo& f, Inlined) { f.inlined = true; }
constexpr void annotate(FieldInfo& f, Deprecated) { f.deprecated = true; }
constexpr void annotate(FieldInfo& f, MergeKey k) {
  f.merge_key = k.key;
  if (f.patch_strategy.empty()) f.patch_strategy = "merge";
}
constexpr void annotate(FieldInfo& f, Fallback d) { f.fallback = d.json; }
constexpr void annotate(FieldInfo& f, ListType t) {
  f.list_type = t.type;
  f.list_keys = t.keys;
}
constexpr void annotate(FieldInfo& f, MapType t) { f.map_type = t.type; }
constexpr void annotate(FieldInfo& f, PatchStrategy s) { f.patch_strategy = s.strategy; }
constexpr void annotate(FieldInfo& f, Values v) { f.values = v.values; }
constexpr void annotate(FieldInfo& f, Wire w) { f.wire = w; }

template <class... Annotations>
constexpr FieldInfo make_field(std::string_view member, std::size_t offset, TypeRef type,
                               std::uint32_t number, Annotations... annotations) {
  FieldInfo field;
  if (member.ends_with('_')) member.remove_suffix(1);
  field.name = member;
  field.offset = static_cast<std::uint32_t>(offset);
  field.type = type;
  field.number = number;
  (annotate(field, annotations), ...);
  return field;
}

// Converts to anything, in unevaluated code only: counts the members of an aggregate.
struct AnyValue {
  template <class U>
  operator U() const noexcept;  // NOLINT(google-explicit-constructor)
};
template <class T, class... A>
constexpr std::size_t arity() {
  if constexpr (requires { T{A{}..., AnyValue{}}; }) {
    return arity<T, A..., AnyValue>();
  } else {
    return sizeof...(A);
  }
}

template <class T>
struct Container;

template <class T>
struct Container<std::vector<T>> {
  static constexpr ListOps ops{
      [](const void* p) { return static_cast<const std::vector<T>*>(p)->size(); },
      [](const void* p, std::size_t i) -> const void* {
        return &(*static_cast<const std::vector<T>*>(p))[i];
      },
      [](void* p) -> void* { return &static_cast<std::vector<T>*>(p)->emplace_back(); },
      [](void* p) { static_cast<std::vector<T>*>(p)->clear(); }};
  static constexpr TypeInfo info{Kind::list, {}, {}, {}, &type_info<T>, &ops};
};
template <class T>
struct Container<std::map<std::string, T>> {
  using Map = std::map<std::string, T>;
  static constexpr MapOps ops{
      [](const void* p) { return static_cast<const Map*>(p)->size(); },
      [](const void* p, void* context, void (*visit)(void*, std::string_view, const void*)) {
        for (const auto& [key, value] : *static_cast<const Map*>(p)) visit(context, key, &value);
      },
      [](const void* p, std::string_view key) -> const void* {
        const auto& map = *static_cast<const Map*>(p);
        const auto found = map.find(std::string(key));
        return found == map.end() ? nullptr : &found->second;
      },
      [](void* p, std::string_view key) -> void* { return &(*static_cast<Map*>(p))[std::string(key)]; },
      [](void* p) { static_cast<Map*>(p)->clear(); }};
  static constexpr TypeInfo info{Kind::map, {}, {}, {}, &type_info<T>, &ops};
};
template <class O, class T>
struct OptionalLike {
  static constexpr OptionalOps ops{[](const void* p) -> const void* {
                                     const auto& o = *static_cast<const O*>(p);
                                     return o ? &*o : nullptr;
                                   },
                                   [](void* p) -> void* { return &static_cast<O*>(p)->emplace(); },
                                   [](void* p) { static_cast<O*>(p)->reset(); }};
  static constexpr TypeInfo info{Kind::optional, {}, {}, {}, &type_info<T>, &ops};
};
template <class T>
struct Container<std::optional<T>> : OptionalLike<std::optional<T>, T> {};
template <class T>
struct Container<Box<T>> : OptionalLike<Box<T>, T> {};

}  // namespace detail

template <class T>
const TypeInfo& type_info() {
  return detail::Container<T>::info;
}
template <>
const TypeInfo& type_info<bool>();
template <>
const TypeInfo& type_info<std::int32_t>();
template <>
const TypeInfo& type_info<std::int64_t>();
template <>
const TypeInfo& type_info<std::uint32_t>();
template <>
const TypeInfo& type_info<std::uint64_t>();
template <>
const TypeInfo& type_info<double>();
template <>
const TypeInfo& type_info<std::string>();
template <>
const TypeInfo& type_info<std::vector<std::byte>>();
template <>
const TypeInfo& type_info<Timestamp>();
template <>
const TypeInfo& type_info<MicroTimestamp>();
template <>
const TypeInfo& type_info<ApiDuration>();
template <>
const TypeInfo& type_info<Quantity>();
template <>
const TypeInfo& type_info<IntOrString>();
template <>
const TypeInfo& type_info<RawJson>();

}  // namespace aloft::model

// Stands in the header, at global scope or inside namespace aloft closed; T is written from aloft:
// core::v1::Pod.
#define DECLARE_TYPE(T)                    \
  namespace aloft::model {                 \
  template <>                              \
  const TypeInfo& type_info<::aloft::T>(); \
  }
#define FIELD(member, number, ...)                                                        \
  detail::make_field(#member, offsetof(Self, member), &type_info<decltype(Self::member)>, \
                     number __VA_OPT__(, ) __VA_ARGS__)
// Stands in the source at global scope.
#define DESCRIBE(T, description, ...) ALOFT_DESCRIBE_(T, description, false, __VA_ARGS__)
// An object that is owned as a whole, such as a reference or a selector.
#define DESCRIBE_ATOMIC(T, description, ...) ALOFT_DESCRIBE_(T, description, true, __VA_ARGS__)
#define ALOFT_DESCRIBE_(T, description, atomic_object, ...)                                                 \
  namespace aloft::model {                                                                                  \
  template <>                                                                                               \
  const TypeInfo& type_info<::aloft::T>() {                                                                 \
    using Self = ::aloft::T;                                                                                \
    static constexpr FieldInfo fields[] = {__VA_ARGS__};                                                    \
    static_assert(std::size(fields) == detail::arity<Self>(), "a member of " #T " is not described");       \
    static constexpr TypeInfo info{Kind::object, #T, description, fields, nullptr, nullptr, atomic_object}; \
    return info;                                                                                            \
  }                                                                                                         \
  }
// A struct without members.
#define DESCRIBE_EMPTY(T, description)                                 \
  namespace aloft::model {                                             \
  template <>                                                          \
  const TypeInfo& type_info<::aloft::T>() {                            \
    static constexpr TypeInfo info{Kind::object, #T, description, {}}; \
    return info;                                                       \
  }                                                                    \
  }
