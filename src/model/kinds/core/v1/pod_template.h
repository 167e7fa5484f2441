// The pattern from which workloads make pods.
#pragma once

#include <string>

#include "model/kinds/core/v1/pod_spec.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct PodTemplateSpec {
  meta::v1::ObjectMeta metadata;
  PodSpec spec;
  bool operator==(const PodTemplateSpec&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::PodTemplateSpec)
