// Runs the PromQL test scripts of testdata/.
#include "telemetry/promql/test_script.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace aloft::telemetry::promql {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(TestScript, every_script_of_testdata_passes) {
  const std::filesystem::path folder = std::string(ALOFT_SOURCE_DIR) + "/src/telemetry/promql/testdata";
  std::vector<std::filesystem::path> scripts;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".test") scripts.push_back(entry.path());
  std::sort(scripts.begin(), scripts.end());
  ASSERT_FALSE(scripts.empty());
  for (const auto& script : scripts) {
    const std::string name = script.filename().string();
    const auto report = run_test_script(read_file(script), name);
    if (!report) {
      ADD_FAILURE() << report.error().message();
      continue;
    }
    EXPECT_GT(report->passed, 0) << name;
    EXPECT_TRUE(report->ok()) << report->to_string(name);
  }
}

TEST(TestScript, an_eval_that_is_not_as_expected_is_reported_with_its_line) {
  const auto report = run_test_script("load 1m\n  a 1 2 3\n\neval instant at 1m a\n  a 3\n", "x");
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->failures.size(), 1U);
  EXPECT_EQ(report->failures[0].line, 4);
  EXPECT_EQ(report->failures[0].message, "a: expected 3 but got 2 for a");
}

TEST(TestScript, what_is_no_command_is_an_error_with_its_line) {
  const auto report = run_test_script("clear\nlaod 1m\n", "x.test");
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().message(), "x.test:2: invalid command \"laod 1m\"");
}

std::string failures_of(std::string_view script) {
  const auto report = run_test_script(script, "x");
  if (!report) return report.error().message();
  return report->ok() && report->passed > 0 ? "" : report->to_string("x");
}

TEST(TestScript, an_annotation_is_named_with_its_place_or_without) {
  const std::string script =
      "load 1m\n  a 1 2\n  h_bucket{le=\"1\"} 5 5\n  h_bucket{le=\"+Inf\"} 3 3\n\n"
      "eval instant at 1m quantile(2, a)\n  {} Inf\n  expect warn msg: ";
  const std::string warning = "PromQL warning: quantile value should be between 0 and 1, got 2";
  EXPECT_EQ(failures_of(script + warning), "");
  EXPECT_EQ(failures_of(script + warning + " (1:10)"), "");
  EXPECT_NE(failures_of(script + warning + " (1:9)"), "");
  EXPECT_NE(failures_of(script + "PromQL warning: quantile value"), "");
  const std::string info =
      "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see "
      "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) for metric name "
      "\"h_bucket\"";
  EXPECT_EQ(failures_of("load 1m\n  h_bucket{le=\"1\"} 5 5\n  h_bucket{le=\"+Inf\"} 3 3\n\n"
                        "eval instant at 1m histogram_quantile(0.5, h_bucket)\n  {} 0.5\n  expect info msg:" +
                        info),
            "");
}

TEST(TestScript, a_scalar_ends_its_command) {
  EXPECT_EQ(failures_of("eval instant at 0m 1 + 1\n  2\neval instant at 0m 2 + 2\n  4\n"), "");
}

TEST(TestScript, the_last_line_of_a_series_counts) {
  EXPECT_EQ(failures_of("load 1m\n  a 1 2\n  b 5\n  a 3 4\n\neval instant at 1m a\n  a 4\n"), "");
}

}  // namespace
}  // namespace aloft::telemetry::promql
