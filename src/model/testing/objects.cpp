// Fields are chosen one by one; below a certain depth nothing is set, for types may hold themselves.
#include "model/testing/objects.h"

#include <rapidcheck.h>

namespace aloft::model::testing {
namespace {

constexpr int deepest = 7;

bool one_of(int count) { return *rc::gen::inRange(0, count) == 0; }
const char* word() {
  return *rc::gen::element("", "a", "b", "web", "80", "TCP", "with \"quotes\"", "\xC3\xA4/\\");
}

template <class T>
void set(void* object, T value) {
  *static_cast<T*>(object) = std::move(value);
}

void fill(const TypeInfo& type, void* object, int depth);

void fill_fields(const TypeInfo& type, void* object, int depth) {
  for (const FieldInfo& field : type.fields) {
    // A third of the fields, fewer further below: pods have hundreds.
    if (field.inlined || one_of(2 + depth))
      fill(field.type(), static_cast<char*>(object) + field.offset, depth);
  }
}

void fill_container(const TypeInfo& type, void* object, int depth) {
  const TypeInfo& element = type.element();
  const int count = type.kind == Kind::optional ? 1 : *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    void* place = nullptr;
    if (type.kind == Kind::list) place = static_cast<const ListOps*>(type.ops)->append(object);
    if (type.kind == Kind::map) place = static_cast<const MapOps*>(type.ops)->insert(object, word());
    if (type.kind == Kind::optional) place = static_cast<const OptionalOps*>(type.ops)->emplace(object);
    fill(element, place, depth + 1);
  }
}

void fill(const TypeInfo& type, void* object, int depth) {
  if (depth > deepest) return;
  switch (type.kind) {
    case Kind::boolean:
      return set<bool>(object, one_of(2));
    case Kind::int32:
    case Kind::uint32:
      return set<std::int32_t>(object, *rc::gen::element(0, 1, 80, 443));
    case Kind::int64:
    case Kind::uint64:
      return set<std::int64_t>(object, *rc::gen::element(0, 1, 80, 443));
    case Kind::float64:
      return set<double>(object, *rc::gen::element(0.0, 0.5));
    case Kind::string:
      return set<std::string>(object, word());
    case Kind::bytes:
      return set<std::vector<std::byte>>(object, std::vector<std::byte>(one_of(2) ? 0 : 3));
    case Kind::timestamp:
    case Kind::micro_timestamp:
      return set<Timestamp>(
          object, one_of(2) ? Timestamp() : Timestamp(WallTime(std::chrono::seconds(1'700'000'000))));
    case Kind::quantity:
      return set<Quantity>(object, *Quantity::parse(one_of(2) ? "0" : "100m"));
    case Kind::int_or_string:
      return set<IntOrString>(object,
                              one_of(2) ? IntOrString(*rc::gen::element(0, 80)) : IntOrString(word()));
    case Kind::raw_json:
      return set<RawJson>(object,
                          RawJson{*rc::gen::element("null", "0", R"({"a":{"b":[1]},"c":""})", "[{}]")});
    case Kind::duration:
      return;
    case Kind::object:
      return fill_fields(type, object, depth + 1);
    case Kind::list:
    case Kind::map:
    case Kind::optional:
      return fill_container(type, object, depth);
  }
}

}  // namespace

void fill_at_random(const TypeInfo& type, void* object) { fill_fields(type, object, 0); }

}  // namespace aloft::model::testing
