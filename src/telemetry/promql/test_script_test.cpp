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

}  // namespace
}  // namespace aloft::telemetry::promql
