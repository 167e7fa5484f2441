// The bookkeeping of creates, updates and patches: what the write set or changed becomes the writer's, what
// it removed becomes nobody's.
#include "model/managed_fields.h"

#include "model/managed_fields_entries.h"
#include "model/managed_fields_walk.h"

namespace aloft::model {
namespace {

// [] and [{}] are a client's way to forget all managers.
bool is_reset(const Value* entries) {
  const Array* list = entries != nullptr ? entries->if_array() : nullptr;
  if (list == nullptr) return false;
  if (list->empty()) return true;
  const Object* only = list->size() == 1 ? list->front().if_object() : nullptr;
  return only != nullptr && only->empty();
}

Managers managers_of(const Value& object) {
  const Value* entries = managed_fields_of(object);
  if (entries == nullptr) return {};
  auto managers = read_managers(*entries, true);
  return managers ? std::move(*managers) : Managers();
}

// Who owns what before this write. Through a subresource nobody can change that list; else what the client
// sent counts, if it can be read, and takes effect without a further look when it is what we gave out.
Managers managers_before(const Value& live, Value& updated, const Writer& writer) {
  const Value* sent = managed_fields_of(updated);
  if (!writer.subresource.empty()) return managers_of(live);
  if (is_reset(sent)) return {};
  if (sent == nullptr) return managers_of(live);
  const Value* stored = managed_fields_of(live);
  const bool trusted = stored != nullptr && *stored == *sent;
  auto managers = read_managers(std::move(*updated.at("metadata", "managedFields")), trusted);
  if (!managers || managers->empty()) return managers_of(live);
  return std::move(*managers);
}

}  // namespace

void track_update(const Value& live, Value& updated, const Schema& schema, const Writer& writer) {
  Managers managers = managers_before(live, updated, writer);
  erase_managed_fields(updated);
  // An object that nobody tracked so far stays so until somebody applies it.
  if (managers.empty() && !live.text_at("metadata", "uid").empty()) return;
  const Exclusion exclusion = exclusion_of(writer);
  FieldSet mine;
  if (live.is_null()) {
    mine = created_fields(updated, schema, exclusion);
    if (!managers.empty()) take_fields(managers, mine);
  } else {
    const Comparison changes = compare_fields(live, updated, schema, exclusion);
    mine = changes.added.empty() ? changes.modified : unite(changes.modified, changes.added);
    if (!mine.empty()) take_fields(managers, mine);
    if (!changes.removed.empty()) take_fields(managers, changes.removed);
  }
  if (!mine.empty()) {
    Manager self = make_manager(writer, false);
    Manager* entry = find_manager(managers, self);
    if (entry == nullptr) entry = &managers.emplace_back(std::move(self));
    entry->fields = entry->fields.empty() ? std::move(mine) : unite(entry->fields, mine);
    entry->time = format_seconds(writer.now);
  }
  cap_update_managers(managers);
  write_managed_fields(updated, std::move(managers));
}

bool same_but_for_field_times(const Value& a, const Value& b) {
  const auto strip = [](Value object) {
    Value* entries = object.at("metadata", "managedFields");
    if (entries == nullptr || !entries->is_array()) return object;
    for (auto& entry : entries->as_array()) {
      if (entry.is_object()) entry.as_object().erase("time");
    }
    return object;
  };
  return strip(a) == strip(b);
}

}  // namespace aloft::model
