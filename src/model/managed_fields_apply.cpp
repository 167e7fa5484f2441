// Server-side apply: a manager's configuration is merged into the live object, takes out what the manager no
// longer configures and nobody else owns, and fails where it would change what others own.
#include <algorithm>

#include <fmt/format.h>

#include "model/json.h"
#include "model/managed_fields.h"
#include "model/managed_fields_entries.h"
#include "model/managed_fields_merge.h"
#include "model/managed_fields_walk.h"
#include "model/patch_text.h"

namespace aloft::model {
namespace {

constexpr std::string_view last_applied_name = "kubectl.kubernetes.io/last-applied-configuration";

// "ns/name; group/version, Kind=K", as upstream names objects in these errors.
std::string describe(const Value& object) {
  const std::string_view api_version = object.text_at("apiVersion");
  const bool is_core = api_version.find('/') == std::string_view::npos;
  return fmt::format("{}/{}; {}{}, Kind={}", object.text_at("metadata", "namespace"),
                     object.text_at("metadata", "name"), is_core ? "/" : "", api_version,
                     object.text_at("kind"));
}

Result<> check(const Value& applied, const Schema& schema) {
  if (const Value* entries = applied.at("metadata", "managedFields");
      entries != nullptr && !entries->is_null()) {
    return fail(Code::bad_request, "metadata.managedFields must be nil");
  }
  const auto wrong = check_configuration(applied, schema);
  if (wrong.empty()) return {};
  std::string text = wrong.front();
  if (wrong.size() > 1) text = fmt::format("errors:\n  {}", fmt::join(wrong, "\n  "));
  return fail(Code::internal,
              fmt::format("failed to create typed patch object ({}): {}", describe(applied), text));
}

std::string print_manager(const Manager& manager) {
  std::string out;
  append_json_string(out, manager.name);
  if (!manager.subresource.empty()) {
    out += " with subresource ";
    append_json_string(out, manager.subresource);
  }
  if (!manager.applies) out += " using " + manager.api_version;
  return out;
}

struct Conflict {
  const Manager* manager;
  FieldSet fields;
};

// The fields of other managers among those that change, managers in upstream's order.
std::vector<Conflict> find_conflicts(const Managers& managers, const Manager* self, const FieldSet& changed) {
  std::vector<Conflict> out;
  for (const auto& manager : managers) {
    if (&manager == self) continue;
    FieldSet shared = intersect(manager.fields, changed);
    if (!shared.empty()) out.push_back({&manager, std::move(shared)});
  }
  std::sort(out.begin(), out.end(), [](const Conflict& a, const Conflict& b) {
    return a.manager->identifier() < b.manager->identifier();
  });
  return out;
}

Error conflict_error(const std::vector<Conflict>& conflicts) {
  std::vector<Cause> causes;
  std::vector<std::string> lines;
  for (const auto& conflict : conflicts) {
    const std::string who = print_manager(*conflict.manager);
    lines.push_back(fmt::format("conflicts with {}:", who));
    for (auto& path : conflict.fields.to_strings()) {
      lines.push_back("- " + path);
      causes.push_back({"FieldManagerConflict", "conflict with " + who, std::move(path)});
    }
  }
  std::string message =
      causes.size() == 1
          ? fmt::format("Apply failed with 1 conflict: {}: {}", causes[0].message, causes[0].field)
          : fmt::format("Apply failed with {} conflicts: {}", causes.size(), fmt::join(lines, "\n"));
  Error error(Code::conflict, std::move(message));
  for (auto& cause : causes) error.with_cause(std::move(cause));
  return error;
}

// Takes out of `merged` what the manager applied last time, applies no more, and nobody else owns. Objects
// that held nothing else go with their fields; what others or nobody put into them brings them back.
Value prune(const Value& merged, const FieldSet& last, const Managers& managers, const Value& applied,
            const Schema& schema) {
  const Exclusion nothing{.reset_field = {}, .keeps_identity = true};
  FieldSet owned = claimed_fields(applied, schema, nothing);
  for (const auto& manager : managers) owned = unite(owned, manager.fields);
  if (subtract(last, owned).empty()) return merged;
  const auto all_of = [&](const Value& document) {
    return with_named_parents(claimed_fields(document, schema, nothing), schema);
  };
  const FieldSet last_all = with_named_parents(last, schema);
  const FieldSet merged_all = all_of(merged);
  const FieldSet without_last = all_of(remove_fields(merged, last_all, schema));
  const FieldSet kept = unite(without_last, with_named_parents(owned, schema));
  const FieldSet without_unowned = all_of(remove_fields(merged, subtract(merged_all, kept), schema));
  return remove_fields(merged, intersect(subtract(merged_all, without_unowned), last_all), schema);
}

std::string_view last_applied(const Value& object) {
  return object.text_at("metadata", "annotations", last_applied_name);
}

// What a client-side apply recorded and what is still so: kubectl may take these over when it moves to
// server-side apply.
FieldSet still_as_last_applied(const Value& live, const Schema& schema, const Writer& writer) {
  const auto configuration = parse_json(last_applied(live));
  if (!configuration || configuration->text_at("apiVersion") != writer.api_version) return {};
  const Comparison changes = compare_fields(*configuration, live, schema, {});
  FieldSet out = subtract(claimed_fields(*configuration, schema, {}), changes.modified);
  return subtract(subtract(out, changes.added), changes.removed);
}

// Conflicts that stand in the way; empty when there are none, or kubectl may ignore them.
std::vector<Conflict> blocking_conflicts(std::vector<Conflict> conflicts, const Value& live,
                                         const Schema& schema, const Writer& writer) {
  if (conflicts.empty() || writer.manager != "kubectl" || last_applied(live).empty()) return conflicts;
  const FieldSet allowed = still_as_last_applied(live, schema, writer);
  for (auto& conflict : conflicts) conflict.fields = subtract(conflict.fields, allowed);
  std::erase_if(conflicts, [](const Conflict& conflict) { return conflict.fields.empty(); });
  return conflicts;
}

// kubectl's record of the last client-side apply follows its server-side applies.
void update_last_applied(Value& object, const Value& applied, const Writer& writer) {
  if (writer.manager != "kubectl" || last_applied(object).empty()) return;
  Value record = applied;
  if (Value* annotations = record.at("metadata", "annotations");
      annotations != nullptr && annotations->is_object()) {
    annotations->as_object().erase(last_applied_name);
  }
  object.at("metadata", "annotations")->as_object().set(last_applied_name, to_json(record) + "\n");
}

Managers managers_before(const Value& live, const Value& base, const Schema& schema, const Writer& writer,
                         const Exclusion& exclusion) {
  if (live.is_null()) return {};
  Managers out;
  if (const Value* entries = managed_fields_of(live)) {
    if (auto managers = read_managers(*entries, true)) out = std::move(*managers);
  }
  if (!out.empty()) return out;
  // All that stands in an object nobody tracked belongs to one manager from now on.
  Writer before = writer;
  before.manager = "before-first-apply";
  Manager first = make_manager(before, false);
  first.fields = created_fields(base, schema, exclusion);
  first.time = format_seconds(writer.now);
  if (!first.fields.empty()) out.push_back(std::move(first));
  return out;
}

}  // namespace

Result<Value> apply_configuration(const Value& live, const Value& applied, const Schema& schema,
                                  const Writer& writer, bool force) {
  TRY_DO(check(applied, schema));
  const Exclusion exclusion = exclusion_of(writer);
  Value base = live.is_null() ? Value(Object()) : live;
  erase_managed_fields(base);
  Managers managers = managers_before(live, base, schema, writer, exclusion);

  Manager self = make_manager(writer, true);
  FieldSet last;
  if (const Manager* entry = find_manager(managers, self)) {
    last = entry->fields;
    self.time = entry->time;
  }
  std::erase_if(managers, [&](const Manager& manager) { return manager.is_same(self); });
  self.fields = claimed_fields(applied, schema, exclusion);
  managers.push_back(std::move(self));

  Value merged = prune(merge_configuration(base, applied, schema), last, managers, applied, schema);
  const Comparison changes = compare_fields(base, merged, schema, exclusion);
  const FieldSet changed = unite(changes.modified, changes.added);
  if (!force) {
    const auto conflicts =
        blocking_conflicts(find_conflicts(managers, &managers.back(), changed), base, schema, writer);
    if (!conflicts.empty()) return fail(conflict_error(conflicts));
  }
  if (live.is_null() || !(merged == base)) managers.back().time = format_seconds(writer.now);
  take_fields(managers, unite(changed, changes.removed), &managers.back());
  update_last_applied(merged, applied, writer);
  write_managed_fields(merged, std::move(managers));
  return merged;
}

}  // namespace aloft::model
