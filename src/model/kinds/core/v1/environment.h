// Where the environment variables of a container come from.
#pragma once

#include <optional>
#include <string>

#include "model/kinds/core/v1/references.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct EnvVarSource {
  model::Box<ObjectFieldSelector> fieldRef;
  model::Box<ResourceFieldSelector> resourceFieldRef;
  model::Box<ConfigMapKeySelector> configMapKeyRef;
  model::Box<SecretKeySelector> secretKeyRef;
  bool operator==(const EnvVarSource&) const = default;
};

struct EnvVar {
  std::string name;
  std::string value;
  model::Box<EnvVarSource> valueFrom;
  bool operator==(const EnvVar&) const = default;
};

struct ConfigMapEnvSource {
  LocalObjectReference localObjectReference;
  std::optional<bool> optional;
  bool operator==(const ConfigMapEnvSource&) const = default;
};

struct SecretEnvSource {
  LocalObjectReference localObjectReference;
  std::optional<bool> optional;
  bool operator==(const SecretEnvSource&) const = default;
};

struct EnvFromSource {
  std::string prefix;
  model::Box<ConfigMapEnvSource> configMapRef;
  model::Box<SecretEnvSource> secretRef;
  bool operator==(const EnvFromSource&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::EnvVarSource)
DECLARE_TYPE(core::v1::EnvVar)
DECLARE_TYPE(core::v1::ConfigMapEnvSource)
DECLARE_TYPE(core::v1::SecretEnvSource)
DECLARE_TYPE(core::v1::EnvFromSource)
