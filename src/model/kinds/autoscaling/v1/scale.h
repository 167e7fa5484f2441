// Scale: the number of replicas of anything that has one, as a subresource.
#pragma once

#include <cstdint>
#include <string>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::autoscaling::v1 {

struct ScaleSpec {
  std::int32_t replicas = 0;
  bool operator==(const ScaleSpec&) const = default;
};

struct ScaleStatus {
  std::int32_t replicas = 0;
  std::string selector;
  bool operator==(const ScaleStatus&) const = default;
};

struct Scale {
  meta::v1::ObjectMeta metadata;
  ScaleSpec spec;
  ScaleStatus status;
  bool operator==(const Scale&) const = default;
};

}  // namespace aloft::autoscaling::v1

DECLARE_TYPE(autoscaling::v1::ScaleSpec)
DECLARE_TYPE(autoscaling::v1::ScaleStatus)
DECLARE_TYPE(autoscaling::v1::Scale)
