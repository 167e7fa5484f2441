// What else follows from the tables: emptiness, equality and constant defaults.
#include "model/codec.h"

#include <algorithm>

#include "base/ensure.h"
#include "model/codec_object.h"

namespace aloft::model {
namespace {

const void* member_of(const FieldInfo& field, const void* object) {
  return static_cast<const char*>(object) + field.offset;
}

bool equal_lists(const TypeInfo& type, const void* a, const void* b) {
  const auto& ops = *static_cast<const ListOps*>(type.ops);
  const std::size_t size = ops.size(a);
  if (size != ops.size(b)) return false;
  for (std::size_t i = 0; i < size; ++i) {
    if (!equal(type.element(), ops.at(a, i), ops.at(b, i))) return false;
  }
  return true;
}

bool equal_maps(const TypeInfo& type, const void* a, const void* b) {
  const auto& ops = *static_cast<const MapOps*>(type.ops);
  if (ops.size(a) != ops.size(b)) return false;
  struct Context {
    const MapOps& ops;
    const TypeInfo& element;
    const void* other;
    bool same = true;
  } context{ops, type.element(), b};
  ops.each(a, &context, [](void* c, std::string_view key, const void* value) {
    auto& [map_ops, element, other, same] = *static_cast<Context*>(c);
    if (!same) return;
    const void* theirs = map_ops.find(other, key);
    same = theirs != nullptr && equal(element, value, theirs);
  });
  return context.same;
}

// Defaults in every element of a list, map or optional.
void apply_inside(const TypeInfo& type, void* object) {
  const TypeInfo& element = type.element();
  if (type.kind == Kind::list) {
    const auto& ops = *static_cast<const ListOps*>(type.ops);
    const std::size_t size = ops.size(object);
    for (std::size_t i = 0; i < size; ++i) apply_fallbacks(element, const_cast<void*>(ops.at(object, i)));
  } else if (type.kind == Kind::map) {
    static_cast<const MapOps*>(type.ops)->each(
        object, const_cast<TypeInfo*>(&element), [](void* e, std::string_view, const void* value) {
          apply_fallbacks(*static_cast<const TypeInfo*>(e), const_cast<void*>(value));
        });
  } else if (const void* held = static_cast<const OptionalOps*>(type.ops)->get(object)) {
    apply_fallbacks(element, const_cast<void*>(held));
  }
}

}  // namespace

const TypeInfo* type_it_stands_for(const TypeInfo& type) {
  if (type.kind != Kind::object || type.fields.size() != 1 || !type.fields[0].inlined) return nullptr;
  const TypeInfo& only = type.fields[0].type();
  return only.kind == Kind::list ? &only : nullptr;
}

bool is_zero(const TypeInfo& type, const void* object) {
  switch (type.kind) {
    case Kind::boolean:
      return !as<bool>(object);
    case Kind::int32:
    case Kind::uint32:
      return as<std::uint32_t>(object) == 0;
    case Kind::int64:
    case Kind::uint64:
      return as<std::uint64_t>(object) == 0;
    case Kind::float64:
      return as<double>(object) == 0;
    case Kind::string:
      return as<std::string>(object).empty();
    case Kind::bytes:
      return as<std::vector<std::byte>>(object).empty();
    case Kind::timestamp:
    case Kind::micro_timestamp:
      return !as<Timestamp>(object).is_set();
    case Kind::duration:
      return as<ApiDuration>(object).value == Duration();
    case Kind::quantity:
      return as<Quantity>(object).is_zero();
    case Kind::int_or_string:
      return as<IntOrString>(object) == IntOrString();
    case Kind::raw_json:
      return as<RawJson>(object).text.empty();
    case Kind::object:
      return std::all_of(type.fields.begin(), type.fields.end(), [&](const FieldInfo& field) {
        return is_zero(field.type(), member_of(field, object));
      });
    case Kind::list:
      return static_cast<const ListOps*>(type.ops)->size(object) == 0;
    case Kind::map:
      return static_cast<const MapOps*>(type.ops)->size(object) == 0;
    case Kind::optional:
      return static_cast<const OptionalOps*>(type.ops)->get(object) == nullptr;
  }
  return false;
}

bool equal(const TypeInfo& type, const void* a, const void* b) {
  switch (type.kind) {
    case Kind::boolean:
      return as<bool>(a) == as<bool>(b);
    case Kind::int32:
    case Kind::uint32:
      return as<std::uint32_t>(a) == as<std::uint32_t>(b);
    case Kind::int64:
    case Kind::uint64:
      return as<std::uint64_t>(a) == as<std::uint64_t>(b);
    case Kind::float64:
      return as<double>(a) == as<double>(b);
    case Kind::string:
      return as<std::string>(a) == as<std::string>(b);
    case Kind::bytes:
      return as<std::vector<std::byte>>(a) == as<std::vector<std::byte>>(b);
    case Kind::timestamp:
    case Kind::micro_timestamp:
      return as<Timestamp>(a) == as<Timestamp>(b);
    case Kind::duration:
      return as<ApiDuration>(a) == as<ApiDuration>(b);
    case Kind::quantity:
      return as<Quantity>(a) == as<Quantity>(b);
    case Kind::int_or_string:
      return as<IntOrString>(a) == as<IntOrString>(b);
    case Kind::raw_json:
      return as<RawJson>(a) == as<RawJson>(b);
    case Kind::object:
      return std::all_of(type.fields.begin(), type.fields.end(), [&](const FieldInfo& field) {
        return equal(field.type(), member_of(field, a), member_of(field, b));
      });
    case Kind::list:
      return equal_lists(type, a, b);
    case Kind::map:
      return equal_maps(type, a, b);
    case Kind::optional: {
      const auto& ops = *static_cast<const OptionalOps*>(type.ops);
      const void* left = ops.get(a);
      const void* right = ops.get(b);
      if (left == nullptr || right == nullptr) return left == right;
      return equal(type.element(), left, right);
    }
  }
  return false;
}

void apply_fallbacks(const TypeInfo& type, void* object) {
  if (type.kind == Kind::list || type.kind == Kind::map || type.kind == Kind::optional) {
    apply_inside(type, object);
    return;
  }
  for (const auto& field : type.fields) {
    void* member = static_cast<char*>(object) + field.offset;
    const TypeInfo& member_type = field.type();
    if (!field.fallback.empty() && is_zero(member_type, member)) {
      const auto done = decode_json(member_type, field.fallback, member);
      ensure(done.has_value(), "the default in a table fits its field");
    }
    apply_fallbacks(member_type, member);
  }
}

}  // namespace aloft::model
