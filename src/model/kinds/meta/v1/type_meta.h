// What names the type of an object inside another document.
#pragma once

#include <string>

#include "model/type_info.h"

namespace aloft::meta::v1 {

struct TypeMeta {
  std::string kind;
  std::string apiVersion;
  bool operator==(const TypeMeta&) const = default;
};

struct GroupVersionKind {
  std::string group;
  std::string version;
  std::string kind;
  bool operator==(const GroupVersionKind&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::TypeMeta)
DECLARE_TYPE(meta::v1::GroupVersionKind)
