// Conditions on nodes and on other pods, operator by operator.
#include "scheduler/framework/selectors.h"

#include <gtest/gtest.h>

#include "scheduler/testing/objects.h"

namespace aloft::scheduler {
namespace {

using core::v1::NodeSelectorRequirement;
using core::v1::NodeSelectorTerm;

const LabelMap labels = {{"zone", "a"}, {"cores", "8"}, {"word", "eight"}};

NodeSelectorTerm term_of(std::string key, std::string op, std::vector<std::string> values) {
  NodeSelectorTerm term;
  NodeSelectorRequirement requirement;
  requirement.key = std::move(key);
  requirement.operator_ = std::move(op);
  requirement.values = std::move(values);
  term.matchExpressions.push_back(std::move(requirement));
  return term;
}

struct OperatorCase {
  std::string key;
  std::string op;
  std::vector<std::string> values;
  bool holds;
};

TEST(NodeTerm, operators_hold_as_upstream_defines_them) {
  const OperatorCase cases[] = {
      {"zone", "In", {"b", "a"}, true},   {"zone", "In", {"b"}, false},
      {"none", "In", {"a"}, false},       {"zone", "In", {}, false},
      {"zone", "NotIn", {"b"}, true},     {"zone", "NotIn", {"a", "b"}, false},
      {"none", "NotIn", {"a"}, true},     {"zone", "Exists", {}, true},
      {"none", "Exists", {}, false},      {"zone", "DoesNotExist", {}, false},
      {"none", "DoesNotExist", {}, true}, {"cores", "Gt", {"7"}, true},
      {"cores", "Gt", {"8"}, false},      {"cores", "Lt", {"9"}, true},
      {"cores", "Lt", {"8"}, false},      {"word", "Gt", {"1"}, false},
      {"none", "Lt", {"9"}, false},       {"cores", "Gt", {"many"}, false},
      {"cores", "Gt", {"1", "2"}, false}, {"zone", "Like", {"a"}, false},
  };
  for (const OperatorCase& test : cases) {
    const NodeTerm term(term_of(test.key, test.op, test.values));
    EXPECT_EQ(term.matches("node", labels), test.holds) << test.key << " " << test.op;
  }
}

TEST(NodeTerm, a_term_without_conditions_holds_for_no_node) {
  EXPECT_FALSE(NodeTerm(NodeSelectorTerm()).matches("node", labels));
}

TEST(NodeTerm, fields_select_a_node_by_its_name) {
  NodeSelectorTerm term;
  term.matchFields = term_of("metadata.name", "In", {"node-1"}).matchExpressions;
  EXPECT_TRUE(NodeTerm(term).matches("node-1", labels));
  EXPECT_FALSE(NodeTerm(term).matches("node-2", labels));
  term.matchFields = term_of("metadata.name", "NotIn", {"node-1"}).matchExpressions;
  EXPECT_FALSE(NodeTerm(term).matches("node-1", labels));
  EXPECT_TRUE(NodeTerm(term).matches("node-2", labels));
  term.matchFields = term_of("metadata.namespace", "In", {"node-1"}).matchExpressions;
  EXPECT_FALSE(NodeTerm(term).matches("node-1", labels));
}

TEST(NodeCondition, the_selector_and_one_of_the_terms_must_hold) {
  core::v1::NodeSelector required;
  required.nodeSelectorTerms.push_back(term_of("zone", "In", {"b"}));
  required.nodeSelectorTerms.push_back(term_of("cores", "Exists", {}));
  EXPECT_TRUE(NodeCondition({{"zone", "a"}}, &required).matches("node", labels));
  EXPECT_FALSE(NodeCondition({{"zone", "b"}}, &required).matches("node", labels));
  required.nodeSelectorTerms.pop_back();
  EXPECT_FALSE(NodeCondition({{"zone", "a"}}, &required).matches("node", labels));
  required.nodeSelectorTerms.clear();
  EXPECT_FALSE(NodeCondition({}, &required).matches("node", labels));
  EXPECT_TRUE(NodeCondition({}, nullptr).empty());
}

struct Namespaces final : NamespaceLabels {
  LabelMap team = {{"team", "red"}};
  const LabelMap* namespace_labels(std::string_view ns) const override {
    return ns == "red" ? &team : nullptr;
  }
};

TEST(PodTerm, namespaces_are_the_pods_own_the_named_and_the_selected) {
  const Namespaces namespaces;
  const LabelMap other = {{"app", "db"}};
  core::v1::PodAffinityTerm term = make_term("app", "db", "zone");
  const auto matches = [&](std::string_view ns) {
    return PodTerm(term, "own", {}, 0).matches(ns, other, namespaces);
  };
  EXPECT_TRUE(matches("own"));
  EXPECT_FALSE(matches("red"));
  term.namespaces = {"named"};
  EXPECT_TRUE(matches("named"));
  EXPECT_FALSE(matches("own"));
  term.namespaceSelector.emplace().matchLabels["team"] = "red";
  EXPECT_TRUE(matches("red"));
  EXPECT_TRUE(matches("named"));
  EXPECT_FALSE(matches("own"));
  term.namespaceSelector.emplace();
  EXPECT_TRUE(matches("unheard-of"));
}

TEST(PodTerm, an_absent_selector_means_no_pod_and_an_empty_one_every_pod) {
  const Namespaces namespaces;
  core::v1::PodAffinityTerm term = make_term("app", "db", "zone");
  term.labelSelector.reset();
  EXPECT_FALSE(PodTerm(term, "own", {}, 0).matches("own", {{"app", "db"}}, namespaces));
  term.labelSelector.emplace();
  EXPECT_TRUE(PodTerm(term, "own", {}, 0).matches("own", {}, namespaces));
}

TEST(PodTerm, label_keys_compare_with_the_pods_own_values) {
  const Namespaces namespaces;
  core::v1::PodAffinityTerm term = make_term("app", "db", "zone");
  term.matchLabelKeys = {"version", "absent"};
  const PodTerm same(term, "own", {{"version", "2"}}, 0);
  EXPECT_TRUE(same.matches("own", {{"app", "db"}, {"version", "2"}}, namespaces));
  EXPECT_FALSE(same.matches("own", {{"app", "db"}, {"version", "1"}}, namespaces));
  term.matchLabelKeys.clear();
  term.mismatchLabelKeys = {"version"};
  const PodTerm different(term, "own", {{"version", "2"}}, 0);
  EXPECT_FALSE(different.matches("own", {{"app", "db"}, {"version", "2"}}, namespaces));
  EXPECT_TRUE(different.matches("own", {{"app", "db"}, {"version", "1"}}, namespaces));
}

struct TolerationCase {
  std::string key, op, value, effect;
  bool tolerated;
};

TEST(Tolerations, tolerate_as_upstream_defines_them) {
  const core::v1::Taint taint = make_taint("gpu", "big", "NoSchedule");
  const TolerationCase cases[] = {
      {"gpu", "Equal", "big", "NoSchedule", true}, {"gpu", "", "big", "", true},
      {"gpu", "Equal", "small", "", false},        {"gpu", "Exists", "", "", true},
      {"gpu", "Exists", "", "NoExecute", false},   {"", "Exists", "", "", true},
      {"", "Exists", "", "NoSchedule", true},      {"cpu", "Exists", "", "", false},
      {"gpu", "Unknown", "big", "", false},
  };
  for (const TolerationCase& test : cases) {
    core::v1::Toleration toleration;
    toleration.key = test.key;
    toleration.operator_ = test.op;
    toleration.value = test.value;
    toleration.effect = test.effect;
    EXPECT_EQ(is_tolerated({toleration}, taint), test.tolerated) << test.key << " " << test.op;
  }
  EXPECT_FALSE(is_tolerated({}, taint));
}

}  // namespace
}  // namespace aloft::scheduler
