// Access reviews: may this user do that?
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/label_selector.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::authorization::v1 {

struct ExtraValue {
  std::vector<std::string> items;
  bool operator==(const ExtraValue&) const = default;
};

struct FieldSelectorAttributes {
  std::string rawSelector;
  std::vector<meta::v1::FieldSelectorRequirement> requirements;
  bool operator==(const FieldSelectorAttributes&) const = default;
};

struct LabelSelectorAttributes {
  std::string rawSelector;
  std::vector<meta::v1::LabelSelectorRequirement> requirements;
  bool operator==(const LabelSelectorAttributes&) const = default;
};

struct ResourceAttributes {
  std::string namespace_;
  std::string verb;
  std::string group;
  std::string version;
  std::string resource;
  std::string subresource;
  std::string name;
  model::Box<FieldSelectorAttributes> fieldSelector;
  model::Box<LabelSelectorAttributes> labelSelector;
  bool operator==(const ResourceAttributes&) const = default;
};

struct NonResourceAttributes {
  std::string path;
  std::string verb;
  bool operator==(const NonResourceAttributes&) const = default;
};

struct SubjectAccessReviewSpec {
  model::Box<ResourceAttributes> resourceAttributes;
  model::Box<NonResourceAttributes> nonResourceAttributes;
  std::string user;
  std::vector<std::string> groups;
  std::map<std::string, ExtraValue> extra;
  std::string uid;
  bool operator==(const SubjectAccessReviewSpec&) const = default;
};

struct SelfSubjectAccessReviewSpec {
  model::Box<ResourceAttributes> resourceAttributes;
  model::Box<NonResourceAttributes> nonResourceAttributes;
  bool operator==(const SelfSubjectAccessReviewSpec&) const = default;
};

struct SubjectAccessReviewStatus {
  bool allowed = false;
  bool denied = false;
  std::string reason;
  std::string evaluationError;
  bool operator==(const SubjectAccessReviewStatus&) const = default;
};

struct SubjectAccessReview {
  meta::v1::ObjectMeta metadata;
  SubjectAccessReviewSpec spec;
  SubjectAccessReviewStatus status;
  bool operator==(const SubjectAccessReview&) const = default;
};

struct SelfSubjectAccessReview {
  meta::v1::ObjectMeta metadata;
  SelfSubjectAccessReviewSpec spec;
  SubjectAccessReviewStatus status;
  bool operator==(const SelfSubjectAccessReview&) const = default;
};

struct LocalSubjectAccessReview {
  meta::v1::ObjectMeta metadata;
  SubjectAccessReviewSpec spec;
  SubjectAccessReviewStatus status;
  bool operator==(const LocalSubjectAccessReview&) const = default;
};

}  // namespace aloft::authorization::v1

DECLARE_TYPE(authorization::v1::ExtraValue)
DECLARE_TYPE(authorization::v1::FieldSelectorAttributes)
DECLARE_TYPE(authorization::v1::LabelSelectorAttributes)
DECLARE_TYPE(authorization::v1::ResourceAttributes)
DECLARE_TYPE(authorization::v1::NonResourceAttributes)
DECLARE_TYPE(authorization::v1::SubjectAccessReviewSpec)
DECLARE_TYPE(authorization::v1::SelfSubjectAccessReviewSpec)
DECLARE_TYPE(authorization::v1::SubjectAccessReviewStatus)
DECLARE_TYPE(authorization::v1::SubjectAccessReview)
DECLARE_TYPE(authorization::v1::SelfSubjectAccessReview)
DECLARE_TYPE(authorization::v1::LocalSubjectAccessReview)
