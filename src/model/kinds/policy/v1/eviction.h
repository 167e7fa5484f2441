// Eviction: the polite request to delete a pod.
#pragma once

#include <string>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/kinds/meta/v1/options.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::policy::v1 {

struct Eviction {
  meta::v1::ObjectMeta metadata;
  model::Box<meta::v1::DeleteOptions> deleteOptions;
  bool operator==(const Eviction&) const = default;
};

}  // namespace aloft::policy::v1

DECLARE_TYPE(policy::v1::Eviction)
