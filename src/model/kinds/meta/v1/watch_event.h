// One change in a watch stream.
#pragma once

#include <string>

#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::meta::v1 {

struct WatchEvent {
  std::string type;
  model::RawJson object;
  bool operator==(const WatchEvent&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::WatchEvent)
