// TokenRequest: asks for a token of a service account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::authentication::v1 {

struct BoundObjectReference {
  std::string kind;
  std::string apiVersion;
  std::string name;
  std::string uid;
  bool operator==(const BoundObjectReference&) const = default;
};

struct TokenRequestSpec {
  std::vector<std::string> audiences;
  std::optional<std::int64_t> expirationSeconds;
  model::Box<BoundObjectReference> boundObjectRef;
  bool operator==(const TokenRequestSpec&) const = default;
};

struct TokenRequestStatus {
  std::string token;
  model::Timestamp expirationTimestamp;
  bool operator==(const TokenRequestStatus&) const = default;
};

struct TokenRequest {
  meta::v1::ObjectMeta metadata;
  TokenRequestSpec spec;
  TokenRequestStatus status;
  bool operator==(const TokenRequest&) const = default;
};

}  // namespace aloft::authentication::v1

DECLARE_TYPE(authentication::v1::BoundObjectReference)
DECLARE_TYPE(authentication::v1::TokenRequestSpec)
DECLARE_TYPE(authentication::v1::TokenRequestStatus)
DECLARE_TYPE(authentication::v1::TokenRequest)
