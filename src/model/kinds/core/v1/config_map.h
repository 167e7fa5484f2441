// ConfigMap: settings that pods read as files or environment variables.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct ConfigMap {
  meta::v1::ObjectMeta metadata;
  std::optional<bool> immutable;
  std::map<std::string, std::string> data;
  std::map<std::string, std::vector<std::byte>> binaryData;
  bool operator==(const ConfigMap&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::ConfigMap)
