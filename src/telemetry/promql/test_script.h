// Runs test scripts for PromQL in the format of Prometheus' promqltest package: load, clear, eval instant,
// eval range, with expectations. Source: prometheus/prometheus promql/promqltest/README.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/promql/engine.h"

namespace aloft::telemetry::promql {

struct TestFailure {
  int line = 0;
  std::string message;
};

struct TestReport {
  int passed = 0;  // eval commands
  std::vector<TestFailure> failures;
  bool ok() const { return failures.empty(); }
  // One line for each failure, `name:line: message`, and the totals.
  std::string to_string(std::string_view name) const;
};

// As upstream's engine for its own tests is set: experimental parts, delayed name removal, start timestamps.
EngineOptions test_script_options();

// Each command in the order of the text; an eval that fails does not end the run. Instant queries are run
// again with @ at every selector and inside a range query, and must give the same. Error: bad_request for a
// text that is no script, with `name:line`.
Result<TestReport> run_test_script(std::string_view text, std::string_view name,
                                   const EngineOptions& options = test_script_options());

}  // namespace aloft::telemetry::promql
