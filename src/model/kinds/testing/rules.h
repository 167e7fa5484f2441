// Objects as the API reads them, and what the rules of their kinds say of them; for tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "model/codec.h"
#include "model/json.h"
#include "model/kinds/all.h"
#include "model/kinds/meta/v1/object_meta_validation.h"

namespace aloft::model::testing {

// Decoded and with every default set.
inline std::shared_ptr<void> read_object(const KindInfo& kind, std::string_view json) {
  auto object = kind.make();
  const auto decoded = decode_json(*kind.type, json, object.get());
  EXPECT_TRUE(decoded.has_value()) << (decoded ? "" : decoded.error().to_string()) << " in " << json;
  apply_fallbacks(*kind.type, object.get());
  if (kind.rules.set_defaults != nullptr) kind.rules.set_defaults(object.get());
  return object;
}

inline const KindInfo& kind_of(std::string_view api_version, std::string_view name) {
  const auto slash = api_version.find('/');
  const auto group = slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
  const auto version = slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
  const KindInfo* kind = find_kind(group, version, name);
  EXPECT_NE(kind, nullptr) << api_version << " " << name;
  return *kind;
}

// Everything wrong with a new object, metadata first; empty when it is good. Objects of namespaced kinds are
// put into default.
inline std::string faults_of_new(const KindInfo& kind, std::string_view json) {
  const auto object = read_object(kind, json);
  auto& metadata = *static_cast<meta::v1::ObjectMeta*>(object.get());
  if (kind.namespaced && metadata.namespace_.empty()) metadata.namespace_ = "default";
  FieldErrors errors;
  meta::v1::validate_object_meta(metadata, kind, errors);
  if (kind.rules.validate != nullptr) kind.rules.validate(object.get(), errors);
  if (kind.rules.validate_create != nullptr) kind.rules.validate_create(object.get(), errors);
  return errors.to_string();
}

// What a change from one object to another is refused for.
inline std::string faults_of_update(const KindInfo& kind, std::string_view old_json,
                                    std::string_view new_json) {
  const auto old = read_object(kind, old_json);
  const auto now = read_object(kind, new_json);
  FieldErrors errors;
  if (kind.rules.validate != nullptr) kind.rules.validate(now.get(), errors);
  if (kind.rules.validate_update != nullptr) kind.rules.validate_update(now.get(), old.get(), errors);
  return errors.to_string();
}

}  // namespace aloft::model::testing
