// Entries of managedFields: decoding, ordering, bounding.
#include "model/managed_fields_entries.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "base/time.h"

namespace aloft::model {
namespace {

constexpr std::size_t update_manager_limit = 10;

std::int64_t seconds_of(const Manager& manager) {
  if (manager.time.empty()) return 0;
  const auto time = parse_time(manager.time);
  return time ? std::chrono::floor<std::chrono::seconds>(time->since_epoch).count() : 0;
}

// Moves a text member out.
std::string take_text(Object& entry, std::string_view name) {
  Value* found = entry.find(name);
  std::string* text = found != nullptr ? found->if_string() : nullptr;
  return text != nullptr ? std::move(*text) : std::string();
}

// What we wrote is a tree of objects. Anything else came into the store past us.
bool is_tree(const Value& value) {
  const Object* object = value.if_object();
  return object != nullptr && std::all_of(object->begin(), object->end(), [](const Object::Member& member) {
           return is_tree(member.second);
         });
}

Result<Manager> read_manager(Value& value, std::size_t index, bool trusted) {
  Object* entry = value.if_object();
  const auto bad = [&](std::string_view what) {
    return fail(Code::bad_request, fmt::format("{} in managed fields entry {}", what, index));
  };
  if (entry == nullptr) return bad("no object");
  Manager out;
  const std::string operation = take_text(*entry, "operation");
  if (operation != "Apply" && operation != "Update") return bad("operation must be `Apply` or `Update`");
  out.applies = operation == "Apply";
  out.api_version = take_text(*entry, "apiVersion");
  if (out.api_version.empty()) return bad("apiVersion must not be empty");
  const std::string fields_type = take_text(*entry, "fieldsType");
  if (fields_type != "FieldsV1")
    return bad(fields_type.empty() ? "missing fieldsType" : "invalid fieldsType");
  out.name = take_text(*entry, "manager");
  out.subresource = take_text(*entry, "subresource");
  out.time = take_text(*entry, "time");
  Value* fields = entry->find("fieldsV1");
  if (fields == nullptr || fields->is_null()) return out;
  if (trusted && is_tree(*fields)) {
    out.fields = FieldSet::from_tree(std::move(fields->as_object()));
    return out;
  }
  TRY(set, FieldSet::parse(*fields));
  out.fields = std::move(set);
  return out;
}

// True when the sets have a field in common.
bool overlap(const Object& a, const Object& b) {
  return std::any_of(b.begin(), b.end(), [&](const Object::Member& member) {
    if (member.first == ".") return false;
    const Value* node = a.find(member.first);
    if (node == nullptr) return false;
    return (is_member(*node) && is_member(member.second)) ||
           overlap(node->as_object(), member.second.as_object());
  });
}

void drop_empty(Managers& managers) {
  std::erase_if(managers, [](const Manager& manager) { return manager.fields.empty(); });
}

}  // namespace

bool Manager::is_same(const Manager& other) const {
  return name == other.name && applies == other.applies && subresource == other.subresource &&
         (applies || api_version == other.api_version);
}

std::string Manager::identifier() const {
  return fmt::format("{}\n{}\n{}\n{}", name, applies ? "Apply" : "Update", applies ? "" : api_version,
                     subresource);
}

Manager make_manager(const Writer& writer, bool applies) {
  Manager out;
  out.name = writer.manager.empty() ? "unknown" : writer.manager;
  out.applies = applies;
  out.api_version = writer.api_version;
  out.subresource = writer.subresource;
  return out;
}

Manager* find_manager(Managers& managers, const Manager& wanted) {
  const auto found = std::find_if(managers.begin(), managers.end(),
                                  [&](const Manager& manager) { return manager.is_same(wanted); });
  return found == managers.end() ? nullptr : &*found;
}

const Value* managed_fields_of(const Value& object) {
  const Value* found = object.at("metadata", "managedFields");
  return found != nullptr && !found->is_null() ? found : nullptr;
}

void erase_managed_fields(Value& object) {
  Value* metadata = object.at("metadata");
  if (metadata != nullptr && metadata->is_object()) metadata->as_object().erase("managedFields");
}

void write_managed_fields(Value& object, Managers managers) {
  if (managers.empty()) return erase_managed_fields(object);
  std::vector<std::pair<std::int64_t, Manager*>> order;
  for (auto& manager : managers) order.emplace_back(seconds_of(manager), &manager);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    const auto rank = [](const auto& item) {
      const Manager& manager = *item.second;
      return std::make_tuple(!manager.applies, item.first, std::string_view(manager.name),
                             std::string_view(manager.api_version), std::string_view(manager.subresource));
    };
    return rank(a) < rank(b);
  });
  Array entries;
  entries.reserve(order.size());
  for (const auto& [seconds, manager] : order) {
    Object entry;
    entry.reserve(7);
    if (!manager->name.empty()) entry.append("manager", std::move(manager->name));
    entry.append("operation", manager->applies ? "Apply" : "Update");
    entry.append("apiVersion", std::move(manager->api_version));
    if (!manager->time.empty()) entry.append("time", std::move(manager->time));
    entry.append("fieldsType", "FieldsV1");
    entry.append("fieldsV1", std::move(manager->fields).take_tree());
    if (!manager->subresource.empty()) entry.append("subresource", std::move(manager->subresource));
    entries.emplace_back(std::move(entry));
  }
  if (!object.is_object()) object = Object();
  Value& metadata = object.as_object()["metadata"];
  if (!metadata.is_object()) metadata = Object();
  metadata.as_object().set("managedFields", std::move(entries));
}

Result<Managers> read_managers(Value entries, bool trusted) {
  Managers out;
  if (entries.is_null()) return out;
  Array* array = entries.if_array();
  if (array == nullptr) return fail(Code::bad_request, "metadata.managedFields is no list");
  for (std::size_t i = 0; i < array->size(); ++i) {
    TRY(manager, read_manager((*array)[i], i, trusted));
    if (Manager* same = find_manager(out, manager)) {
      *same = std::move(manager);
    } else {
      out.push_back(std::move(manager));
    }
  }
  return out;
}

void take_fields(Managers& managers, const FieldSet& fields, const Manager* except) {
  for (auto& manager : managers) {
    if (&manager == except || !overlap(manager.fields.tree(), fields.tree())) continue;
    manager.fields = subtract(manager.fields, fields);
  }
  drop_empty(managers);
}

void cap_update_managers(Managers& managers) {
  std::vector<std::tuple<std::int64_t, std::string, std::size_t>> updaters;
  for (std::size_t i = 0; i < managers.size(); ++i) {
    if (!managers[i].applies) updaters.emplace_back(seconds_of(managers[i]), managers[i].identifier(), i);
  }
  if (updaters.size() <= update_manager_limit) return;
  std::sort(updaters.begin(), updaters.end());
  std::size_t count = updaters.size();
  Manager bucket;
  bucket.name = "ancient-changes";
  std::map<std::string, std::size_t> oldest;  // by version; what is younger joins it
  std::vector<std::size_t> gone;
  for (const auto& [seconds, identifier, index] : updaters) {
    if (count <= update_manager_limit) break;
    bucket.api_version = managers[index].api_version;
    const auto [first, is_first] = oldest.try_emplace(bucket.api_version, index);
    if (is_first) continue;
    Manager* into = find_manager(managers, bucket);
    if (into == nullptr) {
      into = &managers[first->second];
      into->name = bucket.name;
      into->subresource.clear();
    }
    if (into == &managers[index]) continue;
    into->fields = unite(into->fields, managers[index].fields);
    into->time = managers[index].time;
    gone.push_back(index);
    --count;
  }
  std::sort(gone.begin(), gone.end(), std::greater<>());
  for (const std::size_t index : gone) managers.erase(managers.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace aloft::model
