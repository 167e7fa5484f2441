// Copies a struct by its table, so that large types do not bring their own copying code into every file that
// needs a copy.
#include "model/codec.h"

namespace aloft::model {
namespace {

template <class T>
void assign(const void* from, void* to) {
  *static_cast<T*>(to) = *static_cast<const T*>(from);
}

void copy_list(const TypeInfo& type, const void* from, void* to) {
  const auto& ops = *static_cast<const ListOps*>(type.ops);
  ops.clear(to);
  const std::size_t size = ops.size(from);
  for (std::size_t i = 0; i < size; ++i) copy(type.element(), ops.at(from, i), ops.append(to));
}

void copy_map(const TypeInfo& type, const void* from, void* to) {
  const auto& ops = *static_cast<const MapOps*>(type.ops);
  ops.clear(to);
  struct Context {
    const MapOps& ops;
    const TypeInfo& element;
    void* to;
  } context{ops, type.element(), to};
  ops.each(from, &context, [](void* c, std::string_view key, const void* value) {
    const auto& [map_ops, element, target] = *static_cast<Context*>(c);
    copy(element, value, map_ops.insert(target, key));
  });
}

}  // namespace

void copy(const TypeInfo& type, const void* from, void* to) {
  if (from == to) return;
  switch (type.kind) {
    case Kind::boolean:
      return assign<bool>(from, to);
    case Kind::int32:
    case Kind::uint32:
      return assign<std::uint32_t>(from, to);
    case Kind::int64:
    case Kind::uint64:
      return assign<std::uint64_t>(from, to);
    case Kind::float64:
      return assign<double>(from, to);
    case Kind::string:
      return assign<std::string>(from, to);
    case Kind::bytes:
      return assign<std::vector<std::byte>>(from, to);
    case Kind::timestamp:
    case Kind::micro_timestamp:
      return assign<Timestamp>(from, to);
    case Kind::duration:
      return assign<ApiDuration>(from, to);
    case Kind::quantity:
      return assign<Quantity>(from, to);
    case Kind::int_or_string:
      return assign<IntOrString>(from, to);
    case Kind::raw_json:
      return assign<RawJson>(from, to);
    case Kind::object:
      for (const FieldInfo& field : type.fields) {
        copy(field.type(), static_cast<const char*>(from) + field.offset,
             static_cast<char*>(to) + field.offset);
      }
      return;
    case Kind::list:
      return copy_list(type, from, to);
    case Kind::map:
      return copy_map(type, from, to);
    case Kind::optional: {
      const auto& ops = *static_cast<const OptionalOps*>(type.ops);
      const void* held = ops.get(from);
      if (held == nullptr) return ops.reset(to);
      return copy(type.element(), held, ops.emplace(to));
    }
  }
}

}  // namespace aloft::model
