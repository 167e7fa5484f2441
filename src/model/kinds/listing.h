// How a kind is put on the list; included by the sources of the list only, after the headers with the kind's
// rules.
#pragma once

#include <string_view>
#include <vector>

#include "model/kind.h"

namespace aloft::model {

// The parts of the list, each in a source of its own, since a source pays for every struct it makes.
void add_core_kinds(std::vector<KindInfo>& kinds);
void add_group_kinds(std::vector<KindInfo>& kinds);
void add_body_kinds(std::vector<KindInfo>& kinds);

namespace listing {

// The rules of a kind are overloads beside its struct; a kind has those that are declared.
template <class T>
KindRules rules_of() {
  KindRules rules;
  if constexpr (requires(T& object) { set_defaults(object); }) {
    rules.set_defaults = [](void* object) { set_defaults(*static_cast<T*>(object)); };
  }
  if constexpr (requires(const T& object, FieldErrors& errors) { validate(object, errors); }) {
    rules.validate = [](const void* object, FieldErrors& errors) {
      validate(*static_cast<const T*>(object), errors);
    };
  }
  if constexpr (requires(const T& object, FieldErrors& errors) { validate_create(object, errors); }) {
    rules.validate_create = [](const void* object, FieldErrors& errors) {
      validate_create(*static_cast<const T*>(object), errors);
    };
  }
  if constexpr (requires(const T& object, FieldErrors& errors) { validate_update(object, object, errors); }) {
    rules.validate_update = [](const void* object, const void* old, FieldErrors& errors) {
      validate_update(*static_cast<const T*>(object), *static_cast<const T*>(old), errors);
    };
  }
  return rules;
}

template <class T>
KindInfo kind(std::string_view group, std::string_view version, std::string_view name) {
  KindInfo info;
  info.group = group;
  info.version = version;
  info.kind = name;
  info.namespaced = false;
  info.type = &type_info<T>();
  info.make = &make_struct<T>;
  info.rules = rules_of<T>();
  return info;
}

enum class Scope { cluster, namespaced };

struct Traits {
  Scope scope = Scope::namespaced;
  std::vector<std::string_view> short_names = {};
  std::vector<std::string_view> categories = {};
  bool status = false;
  bool scale = false;
  bool create_only = false;
  bool computed = false;
  bool generation = false;
  std::string_view stored_in = {};
};

inline KindInfo resource(KindInfo info, std::string_view plural, std::string_view singular, Traits traits) {
  info.plural = plural;
  info.singular = singular;
  info.namespaced = traits.scope == Scope::namespaced;
  info.short_names = std::move(traits.short_names);
  info.categories = std::move(traits.categories);
  info.has_status = traits.status;
  info.has_scale = traits.scale;
  info.create_only = traits.create_only;
  info.computed = traits.computed;
  info.has_generation = traits.generation;
  info.stored_in = traits.stored_in;
  return info;
}

template <class T>
KindInfo core(std::string_view name, std::string_view plural, std::string_view singular, Traits traits = {}) {
  return resource(kind<T>("", "v1", name), plural, singular, std::move(traits));
}
template <class T>
KindInfo grouped(std::string_view group, std::string_view name, std::string_view plural,
                 std::string_view singular, Traits traits = {}) {
  return resource(kind<T>(group, "v1", name), plural, singular, std::move(traits));
}

}  // namespace listing
}  // namespace aloft::model
