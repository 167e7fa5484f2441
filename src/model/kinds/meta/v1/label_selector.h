// Conditions on labels and on fields, as objects write them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/type_info.h"

namespace aloft::meta::v1 {

struct LabelSelectorRequirement {
  std::string key;
  std::string operator_;
  std::vector<std::string> values;
  bool operator==(const LabelSelectorRequirement&) const = default;
};

struct LabelSelector {
  std::map<std::string, std::string> matchLabels;
  std::vector<LabelSelectorRequirement> matchExpressions;
  bool operator==(const LabelSelector&) const = default;
};

struct FieldSelectorRequirement {
  std::string key;
  std::string operator_;
  std::vector<std::string> values;
  bool operator==(const FieldSelectorRequirement&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::LabelSelectorRequirement)
DECLARE_TYPE(meta::v1::LabelSelector)
DECLARE_TYPE(meta::v1::FieldSelectorRequirement)
