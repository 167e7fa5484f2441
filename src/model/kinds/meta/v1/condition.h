// One observation about an object: is it so, since when, and why.
#pragma once

#include <cstdint>
#include <string>

#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::meta::v1 {

struct Condition {
  std::string type;
  std::string status;
  std::int64_t observedGeneration = 0;
  model::Timestamp lastTransitionTime;
  std::string reason;
  std::string message;
  bool operator==(const Condition&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::Condition)
