// ControllerRevision: a snapshot of the state of a workload, for rolling back.
#pragma once

#include <cstdint>
#include <string>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::apps::v1 {

struct ControllerRevision {
  meta::v1::ObjectMeta metadata;
  model::RawJson data;
  std::int64_t revision = 0;
  bool operator==(const ControllerRevision&) const = default;
};

}  // namespace aloft::apps::v1

DECLARE_TYPE(apps::v1::ControllerRevision)
