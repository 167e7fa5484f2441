// A resource as this server serves it: its kind, and the rules that concern storing and changing it but not
// its syntax (those are the kind's own). Rows are made by hand in resources/.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/user.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "model/kind.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/schema.h"
#include "model/value.h"

namespace aloft::api {

class Registry;

// What a rule may look at.
struct RuleContext {
  Registry& registry;  // to read other objects
  const User& user;
  WallTime now;
  bool dry_run;
  std::vector<std::string>& warnings;
  std::string_view field_manager;
};

// Cells of one row of the Table form, in the order of the columns.
struct Column {
  std::string_view name;
  std::string_view type;    // "string", "integer", "date", "boolean", "number"
  std::string_view format;  // "name" for the first
  std::string_view description;
  int priority = 0;  // above 0 only with -o wide
};
struct TableForm {
  std::vector<Column> columns;
  model::Array (*cells)(const void* object, WallTime now) = nullptr;
  // What is said about a row as a whole; null or an empty array when there is nothing.
  model::Array (*conditions)(const void* object) = nullptr;
};

// How a subresource that shares the object's storage reads and writes it ("status", "scale", "finalize",
// "ephemeralcontainers", "resize"); the others ("log", "exec", "binding", "token", "eviction") are actions.
struct ObjectSubresource {
  std::string_view name;
  // The kind of its body; null: the resource's own.
  const model::KindInfo* kind = nullptr;
  const model::Schema* schema = nullptr;  // of that kind
  bool patchable = true;
  // Makes `next`, decoded from the request, into the whole object to store: everything the subresource may
  // not touch comes from `old`. For the resource's own kind.
  void (*keep_the_rest)(void* next, const void* old) = nullptr;
  // For another kind: what a GET shows, and how a body changes the object.
  std::function<std::shared_ptr<void>(const void* object)> view;
  std::function<Result<>(void* object, const void* body)> write;
};

// For a kind that shows objects which another kind stores: that kind, and the way between the structs. `kind`
// is null where the resource stores its own.
struct StoredForm {
  const model::KindInfo* kind = nullptr;
  std::shared_ptr<void> (*from_stored)(const void* stored) = nullptr;
  std::shared_ptr<void> (*to_stored)(const void* object) = nullptr;
};

struct Resource {
  const model::KindInfo* kind = nullptr;
  const model::Schema* schema = nullptr;
  StoredForm stored_form;
  TableForm table;
  std::vector<std::string> verbs;  // of discovery
  std::vector<ObjectSubresource> subresources;
  std::vector<std::string_view> actions;            // subresources that are no object: "log", "exec", ...
  std::vector<std::string_view> selectable_fields;  // for field selectors
  bool create_on_update = false;                    // PUT of a missing object makes it
  bool returns_deleted_object = false;              // DELETE answers with the object instead of a Status
  bool unconditional_update = true;                 // PUT may leave resourceVersion out
  // How long a removed object may take, in seconds, when the request does not say; nullopt: removal is at
  // once.
  std::function<std::optional<std::int64_t>(const void* object)> default_grace;

  // For a computed kind: every object there is now, as shared structs in any order.
  std::function<std::vector<std::shared_ptr<const void>>()> compute;

  // All optional, called in this order on a struct of the kind.
  void (*prepare_create)(void* object) = nullptr;  // drops what a client may not set (status)
  void (*prepare_update)(void* next,
                         const void* old) = nullptr;  // the same; metadata.generation is done by the registry
  bool (*spec_equal)(const void* a, const void* b) = nullptr;  // decides whether the generation grows
  bool (*may_vanish)(const void* object) = nullptr;  // false while something else than finalizers holds it
  std::function<Result<>(RuleContext&, void* object)>
      admit_create;  // defaults from other objects, allocation, policy
  std::function<Result<>(RuleContext&, void* next, const void* old)> admit_update;
  std::function<Result<>(RuleContext&, const void* object)> admit_delete;
  // When a removal has been asked for but something still holds the object (a namespace turns Terminating).
  void (*removal_begins)(void* object) = nullptr;
  // After the commit that removed the object: gives back what admit_create took.
  std::function<void(const void* object)> removed;
  std::function<void(const void* object)> create_failed;
  // After a change was committed or came to nothing: gives back what either state holds and the other does
  // not.
  std::function<void(const void* next, const void* old, bool committed)> update_ended;

  std::string_view group() const { return kind->group; }
  std::string_view plural() const { return kind->plural; }
  const ObjectSubresource* subresource(std::string_view name) const {
    for (const auto& sub : subresources) {
      if (sub.name == name) return &sub;
    }
    return nullptr;
  }
};

// Every kind begins with its metadata.
inline meta::v1::ObjectMeta& metadata_of(void* object) { return *static_cast<meta::v1::ObjectMeta*>(object); }
inline const meta::v1::ObjectMeta& metadata_of(const void* object) {
  return *static_cast<const meta::v1::ObjectMeta*>(object);
}

// What the server serves, by group, version and plural.
class ResourceTable {
 public:
  explicit ResourceTable(std::vector<std::unique_ptr<Resource>> resources);
  const Resource* find(std::string_view group, std::string_view version, std::string_view plural) const;
  const Resource* of_kind(const model::TypeInfo& type) const;
  const std::vector<std::unique_ptr<Resource>>& all() const { return resources_; }
  bool has_group_version(std::string_view group, std::string_view version) const;

 private:
  std::vector<std::unique_ptr<Resource>> resources_;
};

}  // namespace aloft::api
