// How a place in a document is owned: as one value, member by member, or element by element of a keyed list
// or a set. For this module's sources only.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/field_set.h"
#include "model/schema.h"
#include "model/value.h"

namespace aloft::model {

// The schema of a place with what the property that leads there says about it. Views into the schema.
struct Shape {
  const Schema* schema = nullptr;  // null or any: whatever the value is; lists are then owned as a whole
  Schema::ListType list_type = Schema::ListType::atomic;
  std::span<const std::string> list_keys;
  bool atomic = false;
  bool declared = false;  // a named field of an object, not an entry of a map
  bool always = false;    // an empty object of the parent's type has it
};

enum class Form { leaf, members, elements };

Shape shape_of(const Schema& schema);
// Of a member of an object or a map.
Shape member_shape(const Shape& parent, std::string_view name);
// Of an element of a list.
Shape element_shape(const Shape& list);

bool is_open(const Shape& shape);  // takes any value
Form form_of(const Shape& shape, const Value& value);
// Null, {} and [] are the same nothing to ownership.
bool is_nothing(const Value& value);

// The path element of a list's element. Missing keys have their defaults: a fallback, or zero where the key
// is always written. Nullopt when it cannot be named (no object, a key missing); `why` then says so in
// upstream's words.
std::optional<PathElement> list_element(const Shape& list, const Value& element, std::string* why = nullptr);

}  // namespace aloft::model
