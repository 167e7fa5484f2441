// How one object points at another, or at a field of itself.
#pragma once

#include <optional>
#include <string>

#include "model/quantity.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct LocalObjectReference {
  std::string name;
  bool operator==(const LocalObjectReference&) const = default;
};

struct ObjectReference {
  std::string kind;
  std::string namespace_;
  std::string name;
  std::string uid;
  std::string apiVersion;
  std::string resourceVersion;
  std::string fieldPath;
  bool operator==(const ObjectReference&) const = default;
};

struct TypedLocalObjectReference {
  std::optional<std::string> apiGroup;
  std::string kind;
  std::string name;
  bool operator==(const TypedLocalObjectReference&) const = default;
};

struct TypedObjectReference {
  std::optional<std::string> apiGroup;
  std::string kind;
  std::string name;
  std::optional<std::string> namespace_;
  bool operator==(const TypedObjectReference&) const = default;
};

struct SecretReference {
  std::string name;
  std::string namespace_;
  bool operator==(const SecretReference&) const = default;
};

struct ObjectFieldSelector {
  std::string apiVersion;
  std::string fieldPath;
  bool operator==(const ObjectFieldSelector&) const = default;
};

struct ResourceFieldSelector {
  std::string containerName;
  std::string resource;
  model::Quantity divisor;
  bool operator==(const ResourceFieldSelector&) const = default;
};

struct ConfigMapKeySelector {
  LocalObjectReference localObjectReference;
  std::string key;
  std::optional<bool> optional;
  bool operator==(const ConfigMapKeySelector&) const = default;
};

struct SecretKeySelector {
  LocalObjectReference localObjectReference;
  std::string key;
  std::optional<bool> optional;
  bool operator==(const SecretKeySelector&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::LocalObjectReference)
DECLARE_TYPE(core::v1::ObjectReference)
DECLARE_TYPE(core::v1::TypedLocalObjectReference)
DECLARE_TYPE(core::v1::TypedObjectReference)
DECLARE_TYPE(core::v1::SecretReference)
DECLARE_TYPE(core::v1::ObjectFieldSelector)
DECLARE_TYPE(core::v1::ResourceFieldSelector)
DECLARE_TYPE(core::v1::ConfigMapKeySelector)
DECLARE_TYPE(core::v1::SecretKeySelector)
