// PriorityClass: a named importance of pods.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::scheduling::v1 {

struct PriorityClass {
  meta::v1::ObjectMeta metadata;
  std::int32_t value = 0;
  bool globalDefault = false;
  std::string description;
  std::optional<std::string> preemptionPolicy;
  bool operator==(const PriorityClass&) const = default;
};

}  // namespace aloft::scheduling::v1

DECLARE_TYPE(scheduling::v1::PriorityClass)
