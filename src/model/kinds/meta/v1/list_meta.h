// What every list carries: the revision it shows and where to go on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/type_info.h"

namespace aloft::meta::v1 {

struct ListMeta {
  std::string selfLink;
  std::string resourceVersion;
  std::string continue_;
  std::optional<std::int64_t> remainingItemCount;
  bool operator==(const ListMeta&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::ListMeta)
