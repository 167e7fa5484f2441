// PrometheusRule: recording and alerting rules as an object, as the Prometheus operator defines them, so that
// charts which bring their rules along work unchanged.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/meta/v1/condition.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::monitoring::v1 {

// The members of a rule are those of Prometheus' rule files.
struct Rule {
  std::string record;
  std::string alert;
  model::IntOrString expr;
  std::optional<std::string> for_;
  std::optional<std::string> keep_firing_for;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  bool operator==(const Rule&) const = default;
};

struct RuleGroup {
  std::string name;
  std::map<std::string, std::string> labels;
  std::optional<std::string> interval;
  std::optional<std::string> query_offset;
  std::vector<Rule> rules;
  std::string partial_response_strategy;
  std::optional<std::int32_t> limit;
  bool operator==(const RuleGroup&) const = default;
};

struct PrometheusRuleSpec {
  std::vector<RuleGroup> groups;
  bool operator==(const PrometheusRuleSpec&) const = default;
};

struct PrometheusRule {
  meta::v1::ObjectMeta metadata;
  PrometheusRuleSpec spec;
  bool operator==(const PrometheusRule&) const = default;
};

}  // namespace aloft::monitoring::v1

DECLARE_TYPE(monitoring::v1::Rule)
DECLARE_TYPE(monitoring::v1::RuleGroup)
DECLARE_TYPE(monitoring::v1::PrometheusRuleSpec)
DECLARE_TYPE(monitoring::v1::PrometheusRule)
