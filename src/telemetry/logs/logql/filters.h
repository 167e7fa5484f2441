// Conditions on lines and labels, ready to run.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/regex.h"
#include "telemetry/logs/logql/ast.h"
#include "telemetry/logs/logql/ip_range.h"
#include "telemetry/logs/logql/line_labels.h"
#include "telemetry/logs/logql/line_parsers.h"

namespace aloft::telemetry::logs::logql {

// Immutable; any thread.
class CompiledLineFilter {
 public:
  static Result<CompiledLineFilter> compile(const LineFilter& filter);
  bool accepts(std::string_view line) const;
  // What every accepted line holds; empty when nothing is known.
  const std::string& required_literal() const { return required_; }

 private:
  struct Alternative {
    std::string literal;  // where nothing else is set
    std::shared_ptr<const Regex> regex;
    std::shared_ptr<const LinePattern> pattern;
    std::shared_ptr<const IpRange> ip;
    bool matches(std::string_view line) const;
  };
  bool negative_ = false;
  std::vector<Alternative> any_;
  std::string required_;
};

// A tree of conditions made ready: addresses parsed. Immutable; any thread.
class CompiledLabelFilter {
 public:
  static Result<std::shared_ptr<const CompiledLabelFilter>> compile(const LabelFilter& filter);
  // A value that cannot be read as what it is compared with sets the line's error and is accepted.
  bool accepts(LineLabels& labels) const;

 private:
  bool accepts_number(LineLabels& labels) const;
  LabelFilter filter_;
  std::shared_ptr<const IpRange> ip_;
  std::shared_ptr<const CompiledLabelFilter> left_, right_;
};

// Names of labels that a condition looks at.
void collect_names(const LabelFilter& filter, std::vector<std::string>& names);

}  // namespace aloft::telemetry::logs::logql
