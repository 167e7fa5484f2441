// Unit tests of rules, in the files of `promtool test rules`: series in, expected alerts and samples out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/alerts/rules/rule.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::promql {
class Engine;
}

namespace aloft::telemetry::alerts {

struct RuleTestOptions {
  std::string run;  // a regular expression: only tests whose name it matches; empty: all
  bool ignore_unknown_fields = false;
};

struct RuleTestReport {
  int passed = 0;                     // test groups
  std::vector<std::string> failures;  // as promtool prints them
  bool ok() const { return failures.empty(); }
};

// Runs every test of the file. Error: invalid for a file that cannot be read as tests, or a rule file that it
// names and that is wrong. Blocks for as long as the tests take.
Result<RuleTestReport> run_rule_tests(const std::string& file, const RuleTestOptions& options = {});

// Queries for rules from an engine over a storage; both outlive it.
RuleQuery make_rule_query(const promql::Engine& engine, const metrics::Queryable& storage);

}  // namespace aloft::telemetry::alerts
