// Pod: containers that share a network address and volumes and run together on one node.
#pragma once

#include <string>

#include "model/kinds/core/v1/pod_spec.h"
#include "model/kinds/core/v1/pod_status.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct Pod {
  meta::v1::ObjectMeta metadata;
  PodSpec spec;
  PodStatus status;
  bool operator==(const Pod&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::Pod)
