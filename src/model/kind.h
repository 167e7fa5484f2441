// A kind as the API serves it: names, scope, verbs, and the functions that know its rules. Kinds are listed
// by hand in kinds/.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/field_errors.h"
#include "model/type_info.h"

namespace aloft::model {

// What identifies a kind. A value of views into static text or into a longer-lived table.
struct GroupVersionKind {
  std::string group;  // empty for the core group
  std::string version;
  std::string kind;
  // "v1", "apps/v1".
  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  auto operator<=>(const GroupVersionKind&) const = default;
};

// Operations on a struct that only its table and its own rules know. All pure; `object` points at the C++
// struct.
struct KindRules {
  // Defaults that depend on other fields (constants are fallbacks in the table, applied before).
  void (*set_defaults)(void* object) = nullptr;
  // Everything wrong with a new object, with upstream's paths and messages. Metadata is validated by the
  // caller.
  void (*validate)(const void* object, FieldErrors& errors) = nullptr;
  // What only a new object must satisfy; called after validate() when an object is created.
  void (*validate_create)(const void* object, FieldErrors& errors) = nullptr;
  // What may not change; called after validate().
  void (*validate_update)(const void* object, const void* old, FieldErrors& errors) = nullptr;
};

struct KindInfo {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::string_view plural;  // the resource name; empty for kinds that are no resource (DeleteOptions)
  std::string_view singular;
  std::vector<std::string_view> short_names;
  std::vector<std::string_view> categories;
  bool namespaced = true;
  bool has_status = false;  // with a status subresource
  bool has_scale = false;
  bool create_only = false;        // reviews: POST gives an answer, nothing is stored
  bool computed = false;           // made when somebody asks, never stored: get and list only
  bool has_generation = false;     // metadata.generation counts changes of spec
  const TypeInfo* type = nullptr;  // of the struct, whose first member is meta::v1::ObjectMeta metadata
  std::shared_ptr<void> (*make)() = nullptr;  // a new, empty struct
  KindRules rules;
  // Kinds that show the same stored objects (core/v1 and events.k8s.io/v1 Event) name one storage.
  std::string_view stored_in = {};
  std::string_view storage_group() const {
    return !stored_in.empty() ? stored_in : group.empty() ? "core" : group;
  }
  GroupVersionKind gvk() const { return {std::string(group), std::string(version), std::string(kind)}; }
};

template <class T>
std::shared_ptr<void> make_struct() {
  return std::make_shared<T>();
}

}  // namespace aloft::model
