// Rule files and rule tests: upstream's own, and mistakes with their places.
#include "telemetry/alerts/rules/rule_file.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "telemetry/alerts/rules/rule_tests.h"

namespace aloft::telemetry::alerts {
namespace {

const std::string shared = ALOFT_SHARED_DIR "/observability/prometheus-rules/";

std::string errors_of(std::string_view text) {
  const auto file = parse_rule_file("f", text);
  return file ? "" : file.error().message();
}

TEST(RuleFile, upstream_files_load) {
  if (!std::filesystem::exists(shared)) GTEST_SKIP() << shared << " is absent";
  int loaded = 0;
  for (const char* name :
       {"rules.yml", "rules.yaml", "rules1.yaml", "rules2.yaml", "rules_duplicates.yml",
        "negative-offset.yml", "rules_multi_doc.yaml", "rules_chain.yaml", "rules_dependencies.yaml",
        "rules_indeterminates.yaml", "rules_multiple.yaml", "rules_multiple_groups.yaml",
        "rules_multiple_independent.yaml", "alert_rule.yaml", "alert_rule1.yaml", "bad-rules-error.yml"}) {
    const auto file = load_rule_file(shared + name);
    EXPECT_TRUE(file) << file.error().message();
    loaded += file ? 1 : 0;
  }
  EXPECT_EQ(loaded, 16);
  EXPECT_EQ(duplicate_rules(load_rule_file(shared + "rules_duplicates.yml")->groups),
            std::vector<std::string>{"job:test:count_over_time1m{}"});
  EXPECT_EQ(load_rule_file(shared + "rules_multi_doc.yaml")->warnings.size(), 1U);
}

TEST(RuleFile, upstream_mistakes_are_worded_as_promtool_does) {
  if (!std::filesystem::exists(shared)) GTEST_SKIP() << shared << " is absent";
  EXPECT_EQ(
      load_rule_file(shared + "rules-bad.yml").error().message(),
      shared +
          "rules-bad.yml: group \"alerts\", rule 1, \"InstanceDown\": annotation \"summary\": template: "
          "__alert_InstanceDown:1: undefined variable \"$label\"");
  EXPECT_EQ(load_rule_file(shared + "invalid_rules.yaml").error().message(),
            shared +
                "invalid_rules.yaml: yaml: unmarshal errors:\n  line 6: field unexpected_field not found in "
                "type rulefmt.RuleNode");
  EXPECT_EQ(load_rule_file(shared + "rules_extrafields.yml").error().message(),
            shared +
                "rules_extrafields.yml: yaml: unmarshal errors:\n  line 7: field namespace not found in type "
                "rulefmt.RuleGroup\n"
                "  line 21: field ownership not found in type rulefmt.RuleGroup");
  RuleFileOptions lenient;
  lenient.ignore_unknown_fields = true;
  EXPECT_TRUE(load_rule_file(shared + "rules_extrafields.yml", lenient));
}

TEST(RuleFile, every_mistake_is_reported_with_group_rule_and_place) {
  EXPECT_EQ(
      errors_of(R"(groups:
- name: a
  rules:
  - alert: X
    record: Y
    expr: up ==
    for: 5m
- name: a
  rules:
  - expr: up
  - record: "a{b}"
    expr: up
    annotations: {a: b}
  - alert: Q
    expr: up
    labels: {__name__: y}
    annotations: {b: "{{ x }}"}
  - record: z
    expr: ""
)"),
      "f: 5:13: 4:12: group \"a\", rule 1, \"X\": only one of 'record' and 'alert' must be set\n"
      "f: 6:11: group \"a\", rule 1, \"X\": could not parse expression: 1:6: parse error: unexpected end of "
      "input\n"
      "f: 5:13: group \"a\", rule 1, \"X\": invalid field 'for' in recording rule\n"
      "f: 8:3: groupname: \"a\" is repeated in the same file\n"
      "f: 10:5: group \"a\", rule 1, \"\": one of 'record' or 'alert' must be set\n"
      "f: 11:13: group \"a\", rule 2, \"a{b}\": invalid field 'annotations' in recording rule\n"
      "f: 11:13: group \"a\", rule 2, \"a{b}\": braces present in the recording rule name; should it be in "
      "expr?: a{b}\n"
      "f: group \"a\", rule 3, \"Q\": invalid label name: __name__\n"
      "f: group \"a\", rule 3, \"Q\": annotation \"b\": template: __alert_Q:1: function \"x\" not defined\n"
      "f: 19:11: group \"a\", rule 4, \"z\": field 'expr' must be set in rule");
  EXPECT_NE(errors_of("groups: [{name: a, interval: 5x}]").find("not a valid duration string: \"5x\""),
            std::string::npos);
  EXPECT_NE(errors_of("groups: [{name: a, rules: [{anomaly: A, expr: up, model: magic}]}]")
                .find("unknown anomaly model \"magic\""),
            std::string::npos);
  EXPECT_NE(errors_of("groups: [{name: a, rules: [{anomaly: A, expr: up, sensitivity: 2}]}]")
                .find("sensitivity must be between 0 and 1"),
            std::string::npos);
  EXPECT_NE(errors_of("groups: [{name: a, rules: [{alert: A, expr: up, model: mad}]}]")
                .find("field model not found"),
            std::string::npos);
}

std::string report_of(const std::string& file, const RuleTestOptions& options = {}) {
  const auto report = run_rule_tests(shared + file, options);
  if (!report) return "error: " + report.error().message();
  std::string out = std::to_string(report->passed);
  for (const std::string& failure : report->failures) out += "\n" + failure;
  return out;
}

TEST(RuleTests, upstream_test_files_have_their_outcomes) {
  if (!std::filesystem::exists(shared)) GTEST_SKIP() << shared << " is absent";
  EXPECT_EQ(report_of("unittest.yml"), "5");
  EXPECT_EQ(report_of("start-time-test.yml"), "4");
  EXPECT_EQ(report_of("long-period.yml"), "1");
  EXPECT_EQ(report_of("no-test-group-interval.yml"), "1");
  EXPECT_NE(report_of("bad-promql.yml").find("0\n    expr: \"join_1 + on(a) join_2\", time: 0s, err: "),
            std::string::npos)
      << report_of("bad-promql.yml");
  EXPECT_NE(report_of("bad-rules-error-test.yml").find("    rule: joined, time: 0s, err: "),
            std::string::npos);
  RuleTestOptions only;
  only.run = "correct";
  EXPECT_EQ(report_of("rules_run.yml", only), "1");
  EXPECT_EQ(report_of("rules_run.yml").substr(0, 2), "1\n");
  EXPECT_EQ(report_of("rules_run_fuzzy.yml", only), "1");
  EXPECT_EQ(report_of("rules_run_no_fuzzy.yml").substr(0, 2), "0\n");
  const std::string failing = report_of("failing.yml");
  EXPECT_NE(failing.find("    expr: \"test\", time: 0s,\n        exp: test 1E+00\n        got: test 0E+00"),
            std::string::npos)
      << failing;
  EXPECT_NE(failing.find("    name: Failing alert test,\n    alertname: InstanceDown, time: 5m, \n        "
                         "exp:[], \n        got:[\n            0:\n"),
            std::string::npos)
      << failing;
}

}  // namespace
}  // namespace aloft::telemetry::alerts
