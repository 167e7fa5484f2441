// What every object carries beside its own content: name, labels, owners, and who wrote which field.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::meta::v1 {

struct OwnerReference {
  std::string apiVersion;
  std::string kind;
  std::string name;
  std::string uid;
  std::optional<bool> controller;
  std::optional<bool> blockOwnerDeletion;
  bool operator==(const OwnerReference&) const = default;
};

struct ManagedFieldsEntry {
  std::string manager;
  std::string operation;
  std::string apiVersion;
  std::optional<model::Timestamp> time;
  std::string fieldsType;
  std::optional<model::RawJson> fieldsV1;
  std::string subresource;
  bool operator==(const ManagedFieldsEntry&) const = default;
};

struct ObjectMeta {
  std::string name;
  std::string generateName;
  std::string namespace_;
  std::string selfLink;
  std::string uid;
  std::string resourceVersion;
  std::int64_t generation = 0;
  model::Timestamp creationTimestamp;
  std::optional<model::Timestamp> deletionTimestamp;
  std::optional<std::int64_t> deletionGracePeriodSeconds;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<OwnerReference> ownerReferences;
  std::vector<std::string> finalizers;
  std::vector<ManagedFieldsEntry> managedFields;
  bool operator==(const ObjectMeta&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::OwnerReference)
DECLARE_TYPE(meta::v1::ManagedFieldsEntry)
DECLARE_TYPE(meta::v1::ObjectMeta)
