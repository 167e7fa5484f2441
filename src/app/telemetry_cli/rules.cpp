// aloft rules check and test, aloft promtest: rule files, their tests and scripts for PromQL, with no server.
#include <cstdio>

#include "app/commands.h"
#include "io/file.h"
#include "telemetry/alerts/rules/rule_file.h"
#include "telemetry/alerts/rules/rule_tests.h"
#include "telemetry/promql/test_script.h"

namespace aloft::app {

Result<> run_rules_check(const Invocation& call) {
  std::size_t wrong = 0;
  for (const std::string& file : call.arguments) {
    const auto read = telemetry::alerts::load_rule_file(file);
    if (!read) {
      fmt::print(stderr, "{}\n", read.error().message());
      ++wrong;
      continue;
    }
    std::size_t rules = 0;
    for (const auto& group : read->groups) rules += group.rules.size();
    fmt::print("{}: {} rules in {} groups\n", file, rules, read->groups.size());
    for (const std::string& warning : read->warnings) fmt::print(stderr, "{}\n", warning);
    for (const std::string& twice : telemetry::alerts::duplicate_rules(read->groups))
      fmt::print(stderr, "{}: {}\n", file, twice);
  }
  if (wrong > 0)
    return fail(Code::internal, fmt::format("{} of {} files are wrong", wrong, call.arguments.size()));
  return {};
}

Result<> run_rules_test(const Invocation& call) {
  telemetry::alerts::RuleTestOptions options;
  options.run = call.get("run");
  std::size_t failed = 0;
  for (const std::string& file : call.arguments) {
    TRY(report, telemetry::alerts::run_rule_tests(file, options));
    for (const std::string& failure : report.failures) fmt::print("{}\n", failure);
    fmt::print("{}: {}\n", file, report.ok() ? fmt::format("{} passed", report.passed) : "FAILED");
    if (!report.ok()) ++failed;
  }
  if (failed > 0)
    return fail(Code::internal, fmt::format("{} of {} files failed", failed, call.arguments.size()));
  return {};
}

Result<> run_promtest(const Invocation& call) {
  std::size_t failed = 0;
  for (const std::string& file : call.arguments) {
    TRY(text, io::read_file(file));
    TRY(report, telemetry::promql::run_test_script(text, file));
    const std::string told = report.to_string(file);
    fmt::print("{}{}", told, told.ends_with('\n') ? "" : "\n");
    if (!report.ok()) ++failed;
  }
  if (failed > 0)
    return fail(Code::internal, fmt::format("{} of {} scripts failed", failed, call.arguments.size()));
  return {};
}

}  // namespace aloft::app
