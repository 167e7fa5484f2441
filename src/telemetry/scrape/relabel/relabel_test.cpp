// Relabelling rules, one action at a time.
#include "telemetry/scrape/relabel/relabel.h"

#include <gtest/gtest.h>

namespace aloft::telemetry::scrape {
namespace {

struct Case {
  RelabelRule rule;
  std::string expected;  // "dropped" when the label set is
};

std::string apply(RelabelRule rule, const Labels& labels) {
  if (const auto prepared = prepare_rule(rule); !prepared) return "error: " + prepared.error().message();
  LabelsBuilder builder(labels);
  return relabel({rule}, builder) ? builder.build().to_string() : "dropped";
}

const Labels& sample() {
  static const Labels labels({{"a", "foo"}, {"b", "Bar"}, {"__meta_x", "1"}});
  return labels;
}

using A = RelabelAction;

TEST(Relabel, does_what_each_action_says) {
  const std::string all = sample().to_string();
  const std::vector<Case> cases = {
      {{.source_labels = {"a"}, .regex = "f(.*)", .target_label = "d", .replacement = "ch$1-ch$1"},
       "{__meta_x=\"1\", a=\"foo\", b=\"Bar\", d=\"choo-choo\"}"},
      {{.source_labels = {"a", "b"}, .regex = "f(.*);(.*)r", .target_label = "a", .replacement = "b$1${2}r"},
       "{__meta_x=\"1\", a=\"booBar\", b=\"Bar\"}"},
      {{.source_labels = {"a"}, .regex = "no", .target_label = "d"}, all},
      {{.source_labels = {"a"}, .target_label = "b", .replacement = ""}, "{__meta_x=\"1\", a=\"foo\"}"},
      {{.source_labels = {"a"}, .regex = "(f)(.*)", .target_label = "${1}x", .replacement = "${2}"},
       "{__meta_x=\"1\", a=\"foo\", b=\"Bar\", fx=\"oo\"}"},
      {{.target_label = "d", .replacement = "fixed"}, "{__meta_x=\"1\", a=\"foo\", b=\"Bar\", d=\"fixed\"}"},
      {{.action = A::keep, .source_labels = {"a"}, .regex = "fo"}, "dropped"},
      {{.action = A::keep, .source_labels = {"a"}, .regex = "fo+"}, all},
      {{.action = A::drop, .source_labels = {"a"}, .regex = ".*o"}, "dropped"},
      {{.action = A::keep_equal, .source_labels = {"a"}, .target_label = "b"}, "dropped"},
      {{.action = A::drop_equal, .source_labels = {"a"}, .target_label = "b"}, all},
      {{.action = A::hash_mod, .source_labels = {"c"}, .modulus = 1000, .target_label = "d"},
       "{__meta_x=\"1\", a=\"foo\", b=\"Bar\", d=\"958\"}"},
      {{.action = A::label_map, .regex = "__meta_(.*)", .replacement = "m_$1"},
       "{__meta_x=\"1\", a=\"foo\", b=\"Bar\", m_x=\"1\"}"},
      {{.action = A::label_drop, .regex = "__.*"}, "{a=\"foo\", b=\"Bar\"}"},
      {{.action = A::label_keep, .regex = "a"}, "{a=\"foo\"}"},
      {{.action = A::lowercase, .source_labels = {"b"}, .target_label = "b"},
       "{__meta_x=\"1\", a=\"foo\", b=\"bar\"}"},
      {{.action = A::uppercase, .source_labels = {"a"}, .target_label = "b"},
       "{__meta_x=\"1\", a=\"foo\", b=\"FOO\"}"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(apply(cases[i].rule, sample()), cases[i].expected) << i;
}

TEST(Relabel, refuses_rules_that_cannot_be_meant) {
  const std::vector<Case> cases = {
      {{.action = A::hash_mod, .target_label = "d"},
       "error: relabel configuration for hashmod requires non-zero modulus"},
      {{.source_labels = {"a"}},
       "error: relabel configuration for replace action requires 'target_label' value"},
      {{.action = A::lowercase, .target_label = "d", .replacement = "x"},
       "error: 'replacement' can not be set for lowercase action"},
      {{.action = A::label_drop, .target_label = "d"},
       "error: labeldrop action requires only 'regex', and no other fields"},
      {{.action = A::keep_equal, .regex = "x", .target_label = "d"},
       "error: keepequal action requires only 'source_labels' and `target_label`, and no other fields"},
  };
  for (const Case& c : cases) EXPECT_EQ(apply(c.rule, sample()), c.expected);
  EXPECT_TRUE(
      apply({.action = A::keep, .source_labels = {"a"}, .regex = "("}, sample()).starts_with("error: "));
  EXPECT_EQ(parse_relabel_action("Replace"), A::replace);
  EXPECT_EQ(parse_relabel_action("meh").error().message(), "unknown relabel action \"meh\"");
}

}  // namespace
}  // namespace aloft::telemetry::scrape
