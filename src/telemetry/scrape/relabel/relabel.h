// Relabelling as Prometheus' configuration knows it (relabel_configs): rules that rewrite, keep or drop label
// sets of targets, samples and alerts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/regex.h"

namespace aloft::telemetry::scrape {

enum class RelabelAction {
  replace,
  keep,
  drop,
  keep_equal,
  drop_equal,
  hash_mod,
  label_map,
  label_drop,
  label_keep,
  lowercase,
  uppercase
};
// "replace", "keepequal", ...; in any case. Error: invalid, naming the word.
Result<RelabelAction> parse_relabel_action(std::string_view word);
std::string_view to_string(RelabelAction action);

// One rule. A value; prepare_rule() once before use, then apply from any thread.
struct RelabelRule {
  RelabelAction action = RelabelAction::replace;
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";
  std::uint64_t modulus = 0;
  std::string target_label;
  std::string replacement = "$1";
  std::shared_ptr<const Regex> compiled;  // by prepare_rule()
};

// Compiles the expression and checks what the action demands. Error: invalid, as Prometheus words it.
Result<> prepare_rule(RelabelRule& rule);

// Applies the rules in order. False when one of them drops the label set.
bool relabel(const std::vector<RelabelRule>& rules, LabelsBuilder& labels);

}  // namespace aloft::telemetry::scrape
