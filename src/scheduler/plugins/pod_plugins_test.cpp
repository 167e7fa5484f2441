// The filters and scores that look at other pods: affinity, anti-affinity and spreading.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/plugins/pod_affinity.h"
#include "scheduler/plugins/topology_spread.h"
#include "scheduler/testing/cluster.h"

namespace aloft::scheduler {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto hostname = "kubernetes.io/hostname";

core::v1::Node node_in(const std::string& name, const std::string& zone) {
  core::v1::Node node = make_node(name, "8", "8Gi");
  if (!zone.empty()) node.metadata.labels["zone"] = zone;
  return node;
}

core::v1::Pod app(std::string name, std::string label) {
  core::v1::Pod pod = make_pod(std::move(name), "100m", "100Mi");
  pod.metadata.labels["app"] = std::move(label);
  return pod;
}

core::v1::Pod near(core::v1::Pod pod, std::string label, std::string key) {
  if (!pod.spec.affinity) pod.spec.affinity.emplace();
  if (!pod.spec.affinity->podAffinity) pod.spec.affinity->podAffinity.emplace();
  pod.spec.affinity->podAffinity->requiredDuringSchedulingIgnoredDuringExecution.push_back(
      make_term("app", std::move(label), std::move(key)));
  return pod;
}

core::v1::Pod apart(core::v1::Pod pod, std::string label, std::string key) {
  if (!pod.spec.affinity) pod.spec.affinity.emplace();
  pod.spec.affinity->podAntiAffinity.emplace().requiredDuringSchedulingIgnoredDuringExecution.push_back(
      make_term("app", std::move(label), std::move(key)));
  return pod;
}

core::v1::WeightedPodAffinityTerm weighted(std::int32_t weight, std::string label, std::string key) {
  core::v1::WeightedPodAffinityTerm term;
  term.weight = weight;
  term.podAffinityTerm = make_term("app", std::move(label), std::move(key));
  return term;
}

Cluster two_zones() {
  Cluster cluster;
  cluster.add(node_in("a1", "a"));
  cluster.add(node_in("a2", "a"));
  cluster.add(node_in("b1", "b"));
  cluster.add(node_in("none", ""));
  return cluster;
}

TEST(PodAffinity, a_pod_goes_where_the_others_are) {
  Cluster cluster = two_zones();
  cluster.place(app("db", "db"), "a2");
  EXPECT_THAT(cluster.allowed(PodAffinity(), near(app("p", "web"), "db", "zone")), ElementsAre("a1", "a2"));
  EXPECT_THAT(cluster.allowed(PodAffinity(), near(app("p", "web"), "db", hostname)), ElementsAre("a2"));
  EXPECT_THAT(cluster.why_not(near(app("p", "web"), "other", "zone")),
              HasSubstr("4 node(s) didn't match pod affinity rules."));
}

TEST(PodAffinity, pods_of_other_namespaces_do_not_count) {
  Cluster cluster = two_zones();
  core::v1::Pod other = app("db", "db");
  other.metadata.namespace_ = "elsewhere";
  cluster.place(other, "a1");
  EXPECT_THAT(cluster.allowed(PodAffinity(), near(app("p", "web"), "db", "zone")), IsEmpty());
}

TEST(PodAffinity, the_first_of_a_group_that_wants_its_own_kind_goes_anywhere_the_label_is) {
  Cluster cluster = two_zones();
  EXPECT_THAT(cluster.allowed(PodAffinity(), near(app("p", "web"), "web", "zone")),
              ElementsAre("a1", "a2", "b1"));
  cluster.place(app("first", "web"), "b1");
  EXPECT_THAT(cluster.allowed(PodAffinity(), near(app("p", "web"), "web", "zone")), ElementsAre("b1"));
}

TEST(PodAffinity, all_terms_must_hold_for_one_and_the_same_pod) {
  Cluster cluster = two_zones();
  cluster.place(app("db", "db"), "a1");
  cluster.place(app("cache", "cache"), "a1");
  const core::v1::Pod pod = near(near(app("p", "web"), "db", "zone"), "cache", "zone");
  EXPECT_THAT(cluster.allowed(PodAffinity(), pod), IsEmpty());
}

TEST(PodAffinity, a_pod_keeps_away_from_those_it_declared) {
  Cluster cluster = two_zones();
  cluster.place(app("there", "web"), "a1");
  EXPECT_THAT(cluster.allowed(PodAffinity(), apart(app("p", "web"), "web", hostname)),
              ElementsAre("a2", "b1", "none"));
  EXPECT_THAT(cluster.allowed(PodAffinity(), apart(app("p", "web"), "web", "zone")),
              ElementsAre("b1", "none"));
}

TEST(PodAffinity, a_pod_that_is_there_keeps_away_those_it_declared) {
  Cluster cluster = two_zones();
  cluster.place(apart(app("there", "db"), "web", "zone"), "a1");
  EXPECT_THAT(cluster.allowed(PodAffinity(), app("p", "web")), ElementsAre("b1", "none"));
  EXPECT_THAT(cluster.allowed(PodAffinity(), app("p", "other")), ElementsAre("a1", "a2", "b1", "none"));
  cluster.snapshot().remove_pod("default/there", "a1");
  EXPECT_THAT(cluster.allowed(PodAffinity(), app("p", "web")), ElementsAre("a1", "a2", "b1", "none"));
}

TEST(PodAffinity, reasons_tell_the_two_directions_apart) {
  Cluster cluster;
  cluster.add(node_in("a1", "a"));
  cluster.place(app("web", "web"), "a1");
  EXPECT_THAT(
      cluster.why_not(apart(app("p", "x"), "web", hostname)),
      HasSubstr("1 node(s) didn't match pod anti-affinity rules. preemption: 0/1 nodes are available: 1 No "
                "preemption victims found for incoming pod."));
  cluster.place(apart(app("there", "y"), "p", hostname), "a1");
  EXPECT_THAT(cluster.why_not(app("p", "p")),
              HasSubstr("1 node(s) didn't satisfy existing pods anti-affinity rules."));
}

TEST(PodAffinity, one_pod_per_node_fills_every_node_once) {
  Cluster cluster = two_zones();
  std::set<std::string> nodes;
  for (int i = 0; i < 4; ++i)
    nodes.insert(cluster.schedule(apart(app(fmt::format("p{}", i), "web"), "web", hostname)));
  EXPECT_THAT(nodes, ElementsAre("a1", "a2", "b1", "none"));
  EXPECT_EQ(cluster.decide(apart(app("more", "web"), "web", hostname)), "");
}

TEST(PodAffinity, preferences_pull_and_push) {
  Cluster cluster;
  cluster.add(node_in("a1", "a"));
  cluster.add(node_in("b1", "b"));
  cluster.add(node_in("c1", "c"));
  cluster.place(app("db", "db"), "a1");
  cluster.place(app("noise", "noise"), "b1");
  core::v1::Pod pod = app("p", "web");
  EXPECT_THAT(cluster.scores(PodAffinity(), pod), IsEmpty());
  pod.spec.affinity.emplace().podAffinity.emplace().preferredDuringSchedulingIgnoredDuringExecution.push_back(
      weighted(30, "db", "zone"));
  pod.spec.affinity->podAntiAffinity.emplace().preferredDuringSchedulingIgnoredDuringExecution.push_back(
      weighted(10, "noise", "zone"));
  EXPECT_THAT(cluster.scores(PodAffinity(), pod), ElementsAre(100, 0, 25));
}

TEST(PodAffinity, pods_that_are_there_have_wishes_too) {
  Cluster cluster;
  cluster.add(node_in("a1", "a"));
  cluster.add(node_in("b1", "b"));
  cluster.place(near(app("fan", "web"), "web", "zone"), "b1");
  EXPECT_THAT(cluster.scores(PodAffinity(), app("p", "web")), ElementsAre(0, 100));
  EXPECT_THAT(cluster.scores(PodAffinity(), app("p", "other")), IsEmpty());
}

core::v1::TopologySpreadConstraint spread(std::int32_t skew, std::string when) {
  core::v1::TopologySpreadConstraint constraint;
  constraint.maxSkew = skew;
  constraint.topologyKey = "zone";
  constraint.whenUnsatisfiable = std::move(when);
  constraint.labelSelector.emplace().matchLabels["app"] = "web";
  return constraint;
}

core::v1::Pod spread_pod(std::string name, std::int32_t skew, std::string when = "DoNotSchedule") {
  core::v1::Pod pod = app(std::move(name), "web");
  pod.spec.topologySpreadConstraints.push_back(spread(skew, std::move(when)));
  return pod;
}

TEST(TopologySpread, no_part_gets_ahead_by_more_than_the_skew) {
  Cluster cluster = two_zones();
  EXPECT_THAT(cluster.allowed(TopologySpread(), spread_pod("p", 1)), ElementsAre("a1", "a2", "b1"));
  cluster.place(app("one", "web"), "a1");
  EXPECT_THAT(cluster.allowed(TopologySpread(), spread_pod("p", 1)), ElementsAre("b1"));
  EXPECT_THAT(cluster.allowed(TopologySpread(), spread_pod("p", 2)), ElementsAre("a1", "a2", "b1"));
  cluster.place(app("two", "web"), "b1");
  EXPECT_THAT(cluster.allowed(TopologySpread(), spread_pod("p", 1)), ElementsAre("a1", "a2", "b1"));
}

TEST(TopologySpread, nodes_without_the_label_are_no_part) {
  Cluster cluster;
  cluster.add(node_in("none", ""));
  EXPECT_THAT(cluster.why_not(spread_pod("p", 1)),
              HasSubstr("1 node(s) didn't match pod topology spread constraints (missing required label)."));
}

TEST(TopologySpread, parts_that_should_exist_hold_no_pod) {
  Cluster cluster = two_zones();
  cluster.place(app("one", "web"), "a1");
  cluster.place(app("two", "web"), "b1");
  core::v1::Pod pod = spread_pod("p", 1);
  pod.spec.topologySpreadConstraints.front().minDomains = 3;
  EXPECT_THAT(cluster.why_not(pod), HasSubstr("3 node(s) didn't match pod topology spread constraints"));
}

TEST(TopologySpread, parts_that_the_pod_cannot_use_do_not_hold_it_back) {
  Cluster cluster = two_zones();
  cluster.place(app("one", "web"), "a1");
  core::v1::Pod pod = spread_pod("p", 1);
  pod.spec.nodeSelector["zone"] = "a";
  EXPECT_NE(cluster.decide(pod), "");
  pod.spec.topologySpreadConstraints.front().nodeAffinityPolicy = "Ignore";
  EXPECT_EQ(cluster.decide(pod), "");
}

TEST(TopologySpread, tainted_parts_count_unless_told_otherwise) {
  Cluster cluster;
  core::v1::Node tainted = node_in("b1", "b");
  tainted.spec.taints.push_back(make_taint("gpu", "", "NoSchedule"));
  cluster.add(node_in("a1", "a"));
  cluster.add(tainted);
  cluster.place(app("one", "web"), "a1");
  core::v1::Pod pod = spread_pod("p", 1);
  EXPECT_EQ(cluster.decide(pod), "");
  pod.spec.topologySpreadConstraints.front().nodeTaintsPolicy = "Honor";
  EXPECT_EQ(cluster.decide(pod), "a1");
}

TEST(TopologySpread, pods_that_are_being_removed_do_not_count) {
  Cluster cluster = two_zones();
  core::v1::Pod leaving = app("one", "web");
  leaving.metadata.deletionTimestamp = model::Timestamp(WallTime{1s});
  cluster.place(leaving, "a1");
  EXPECT_THAT(cluster.allowed(TopologySpread(), spread_pod("p", 1)), ElementsAre("a1", "a2", "b1"));
}

TEST(TopologySpread, where_it_is_a_wish_the_emptiest_part_is_best) {
  Cluster cluster = two_zones();
  cluster.place(app("one", "web"), "a1");
  cluster.place(app("two", "web"), "a2");
  cluster.place(app("three", "web"), "b1");
  const auto scores = cluster.scores(TopologySpread(), spread_pod("p", 1, "ScheduleAnyway"));
  EXPECT_THAT(scores, ElementsAre(DoubleEq(50), DoubleEq(50), DoubleEq(100), 0));
}

}  // namespace
}  // namespace aloft::scheduler
