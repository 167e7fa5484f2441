// Namespace: a room for names, policies and quotas.
#pragma once

#include <string>
#include <vector>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct NamespaceSpec {
  std::vector<std::string> finalizers;
  bool operator==(const NamespaceSpec&) const = default;
};

struct NamespaceCondition {
  std::string type;
  std::string status;
  model::Timestamp lastTransitionTime;
  std::string reason;
  std::string message;
  bool operator==(const NamespaceCondition&) const = default;
};

struct NamespaceStatus {
  std::string phase;
  std::vector<NamespaceCondition> conditions;
  bool operator==(const NamespaceStatus&) const = default;
};

struct Namespace {
  meta::v1::ObjectMeta metadata;
  NamespaceSpec spec;
  NamespaceStatus status;
  bool operator==(const Namespace&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::NamespaceSpec)
DECLARE_TYPE(core::v1::NamespaceCondition)
DECLARE_TYPE(core::v1::NamespaceStatus)
DECLARE_TYPE(core::v1::Namespace)
