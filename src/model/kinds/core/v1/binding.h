// Binding: the order to run a pod on a certain node.
#pragma once

#include <string>

#include "model/kinds/core/v1/references.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct Binding {
  meta::v1::ObjectMeta metadata;
  ObjectReference target;
  bool operator==(const Binding&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::Binding)
