// ServiceAccount: the identity that processes in pods use at the API.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/references.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct ServiceAccount {
  meta::v1::ObjectMeta metadata;
  std::vector<ObjectReference> secrets;
  std::vector<LocalObjectReference> imagePullSecrets;
  std::optional<bool> automountServiceAccountToken;
  bool operator==(const ServiceAccount&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::ServiceAccount)
