// Secret: sensitive settings, kept apart from ConfigMaps so that access can be narrower.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

// A secret of this type holds a token of the account that its annotations name.
inline constexpr const char* account_token_type = "kubernetes.io/service-account-token";
inline constexpr const char* account_name_annotation = "kubernetes.io/service-account.name";
inline constexpr const char* account_uid_annotation = "kubernetes.io/service-account.uid";

struct Secret {
  meta::v1::ObjectMeta metadata;
  std::optional<bool> immutable;
  std::map<std::string, std::vector<std::byte>> data;
  std::map<std::string, std::string> stringData;
  std::string type;
  bool operator==(const Secret&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::Secret)
