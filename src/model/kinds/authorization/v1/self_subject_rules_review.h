// SelfSubjectRulesReview: what may I do in this namespace?
#pragma once

#include <string>
#include <vector>

#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::authorization::v1 {

struct ResourceRule {
  std::vector<std::string> verbs;
  std::vector<std::string> apiGroups;
  std::vector<std::string> resources;
  std::vector<std::string> resourceNames;
  bool operator==(const ResourceRule&) const = default;
};

struct NonResourceRule {
  std::vector<std::string> verbs;
  std::vector<std::string> nonResourceURLs;
  bool operator==(const NonResourceRule&) const = default;
};

struct SubjectRulesReviewStatus {
  std::vector<ResourceRule> resourceRules;
  std::vector<NonResourceRule> nonResourceRules;
  bool incomplete = false;
  std::string evaluationError;
  bool operator==(const SubjectRulesReviewStatus&) const = default;
};

struct SelfSubjectRulesReviewSpec {
  std::string namespace_;
  bool operator==(const SelfSubjectRulesReviewSpec&) const = default;
};

struct SelfSubjectRulesReview {
  meta::v1::ObjectMeta metadata;
  SelfSubjectRulesReviewSpec spec;
  SubjectRulesReviewStatus status;
  bool operator==(const SelfSubjectRulesReview&) const = default;
};

}  // namespace aloft::authorization::v1

DECLARE_TYPE(authorization::v1::ResourceRule)
DECLARE_TYPE(authorization::v1::NonResourceRule)
DECLARE_TYPE(authorization::v1::SubjectRulesReviewStatus)
DECLARE_TYPE(authorization::v1::SelfSubjectRulesReviewSpec)
DECLARE_TYPE(authorization::v1::SelfSubjectRulesReview)
