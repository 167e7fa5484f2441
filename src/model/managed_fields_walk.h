// Walks over documents that give sets of fields: what a configuration claims, what a new object has, and what
// changed between two versions of one. For this module's sources only.
#pragma once

#include <string_view>

#include "model/field_set.h"
#include "model/managed_fields.h"
#include "model/managed_fields_shape.h"
#include "model/schema.h"
#include "model/value.h"

namespace aloft::model {

// What a walk leaves out: type and identity, which never belong to a manager, and the member that a write
// through this door cannot change.
struct Exclusion {
  std::string_view reset_field;  // "status", "spec" or empty
  bool keeps_identity = false;
};

Exclusion exclusion_of(const Writer& writer);
bool is_excluded(std::string_view name, const Exclusion& exclusion);
bool is_excluded_metadata(std::string_view name, const Exclusion& exclusion);  // a member of metadata

struct Comparison {
  FieldSet removed;
  FieldSet modified;
  FieldSet added;
};

// The fields a configuration claims: its leaves, and the elements of its lists.
FieldSet claimed_fields(const Value& document, const Schema& schema, const Exclusion& exclusion);
// What the creation of the document adds to an empty object of its type.
// Of a value inside an object: fills `node` with what is added, the value itself included; false when that is
// nothing. `was_empty` says that the empty object had this place already, with its zero value.
bool created_below(const Value& value, const Shape& shape, bool was_empty, Object& node);
FieldSet created_fields(const Value& document, const Schema& schema, const Exclusion& exclusion);
// What differs, field by field. An added or removed object or list is itself a field beside those in it.
Comparison compare_fields(const Value& before, const Value& after, const Schema& schema,
                          const Exclusion& exclusion);

}  // namespace aloft::model
