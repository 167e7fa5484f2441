// Rule tests whose files are written here.
#include "telemetry/alerts/rules/rule_tests.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace aloft::telemetry::alerts {
namespace {

class RuleTestFiles : public ::testing::Test {
 protected:
  RuleTestFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "aloft_rule_tests_XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~RuleTestFiles() override { std::filesystem::remove_all(folder_); }

  // The number of tests that passed, and what failed.
  std::string run(std::string_view text) {
    const std::string path = folder_ + "/test.yml";
    std::ofstream(path) << text;
    const auto report = run_rule_tests(path);
    if (!report) return "error: " + report.error().message();
    std::string out = std::to_string(report->passed);
    for (const std::string& failure : report->failures) out += "\n" + failure;
    return out;
  }

  std::string folder_;
};

TEST_F(RuleTestFiles, a_subquery_without_a_step_takes_the_interval_of_the_rules) {
  constexpr std::string_view text = R"(
evaluation_interval: 20s
tests:
  - interval: 1m
    input_series: [{series: up, values: '1x10'}]
    promql_expr_test:
      - expr: count_over_time(up[2m:])
        eval_time: 5m
        exp_samples: [{value: 6}]
)";
  EXPECT_EQ(run(text), "1");
}

TEST_F(RuleTestFiles, stored_histograms_say_whether_they_go_on_from_the_one_before) {
  constexpr std::string_view text = R"(
tests:
  - input_series:
      # The count grows while a bucket shrinks.
      - {series: shrunk, values: '{{count:3 sum:3 buckets:[2 1]}} {{count:4 sum:4 buckets:[1 3]}}'}
      - {series: grown, values: '{{count:3 sum:3 buckets:[2 1]}} {{count:4 sum:4 buckets:[2 2]}}'}
      - {series: told, values: '{{count:3 buckets:[3]}} {{count:4 buckets:[4] counter_reset_hint:reset}}'}
    promql_expr_test:
      - expr: shrunk
        eval_time: 1m
        exp_samples: [{labels: shrunk, histogram: '{{count:4 sum:4 buckets:[1 3]}}'}]
      - expr: grown
        eval_time: 1m
        exp_samples:
          - {labels: grown, histogram: '{{count:4 sum:4 buckets:[2 2] counter_reset_hint:not_reset}}'}
      - expr: told
        eval_time: 1m
        exp_samples: [{labels: told, histogram: '{{count:4 buckets:[4]}}'}]
      # All four are new, and the extrapolation ends where the count would be zero.
      - expr: histogram_count(increase(shrunk[2m]))
        eval_time: 1m
        exp_samples: [{value: 7}]
)";
  EXPECT_EQ(run(text), "1");
}

}  // namespace
}  // namespace aloft::telemetry::alerts
