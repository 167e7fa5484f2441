// metadata.managedFields as a list of managers with their sets. For this module's sources only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/field_set.h"
#include "model/managed_fields.h"
#include "model/value.h"

namespace aloft::model {

// One manager: who, by which kind of write, through which version and subresource, and what it owns.
struct Manager {
  std::string name;
  bool applies = false;  // by server-side apply; else by updates
  std::string api_version;
  std::string subresource;
  std::string time;  // as it is encoded; empty when there is none
  FieldSet fields;

  // The same entry, but for its version when it applies: an applier has one entry whatever version it uses.
  bool is_same(const Manager& other) const;
  // A text that orders managers as upstream's identifiers do.
  std::string identifier() const;
};
using Managers = std::vector<Manager>;

Manager make_manager(const Writer& writer, bool applies);
Manager* find_manager(Managers& managers, const Manager& wanted);

// The managedFields of an object; null when it has none.
const Value* managed_fields_of(const Value& object);
void erase_managed_fields(Value& object);
// Writes the entries in upstream's order; none when nobody owns anything.
void write_managed_fields(Value& object, Managers managers);

// `trusted` entries were made by us and are taken as they are, others are read and brought into canonical
// form. Error: bad_request when an entry is malformed.
Result<Managers> read_managers(Value entries, bool trusted);

// Takes the fields from every manager but the one at `except` (null: from all), and drops those left with
// nothing.
void take_fields(Managers& managers, const FieldSet& fields, const Manager* except = nullptr);
// Merges the oldest update managers into one "ancient-changes" per version while there are more than ten.
void cap_update_managers(Managers& managers);

}  // namespace aloft::model
