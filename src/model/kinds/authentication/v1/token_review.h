// TokenReview and SelfSubjectReview: who is it that shows this token?
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::authentication::v1 {

struct ExtraValue {
  std::vector<std::string> items;
  bool operator==(const ExtraValue&) const = default;
};

struct UserInfo {
  std::string username;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, ExtraValue> extra;
  bool operator==(const UserInfo&) const = default;
};

struct TokenReviewSpec {
  std::string token;
  std::vector<std::string> audiences;
  bool operator==(const TokenReviewSpec&) const = default;
};

struct TokenReviewStatus {
  bool authenticated = false;
  UserInfo user;
  std::vector<std::string> audiences;
  std::string error;
  bool operator==(const TokenReviewStatus&) const = default;
};

struct TokenReview {
  meta::v1::ObjectMeta metadata;
  TokenReviewSpec spec;
  TokenReviewStatus status;
  bool operator==(const TokenReview&) const = default;
};

struct SelfSubjectReviewStatus {
  UserInfo userInfo;
  bool operator==(const SelfSubjectReviewStatus&) const = default;
};

struct SelfSubjectReview {
  meta::v1::ObjectMeta metadata;
  SelfSubjectReviewStatus status;
  bool operator==(const SelfSubjectReview&) const = default;
};

}  // namespace aloft::authentication::v1

DECLARE_TYPE(authentication::v1::ExtraValue)
DECLARE_TYPE(authentication::v1::UserInfo)
DECLARE_TYPE(authentication::v1::TokenReviewSpec)
DECLARE_TYPE(authentication::v1::TokenReviewStatus)
DECLARE_TYPE(authentication::v1::TokenReview)
DECLARE_TYPE(authentication::v1::SelfSubjectReviewStatus)
DECLARE_TYPE(authentication::v1::SelfSubjectReview)
