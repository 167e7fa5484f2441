// What a ReplicaSet does for its user: the wished number of pods, no more, and the right ones go first.
#include "controllers/replica_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "controllers/owners.h"
#include "controllers/pod_ranking.h"
#include "controllers/pods.h"
#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"

namespace aloft::controllers {
namespace {

using apps::v1::ReplicaSet;
using client::Change;
using core::v1::Pod;
using ::testing::IsEmpty;
using ::testing::SizeIs;

core::v1::PodCondition ready_since(WallTime since) {
  core::v1::PodCondition condition;
  condition.type = "Ready";
  condition.status = "True";
  condition.lastTransitionTime = since;
  return condition;
}

TEST(ReplicaSet, missing_pods_are_made_from_the_template_and_owned) {
  Simulation cloud;
  cloud.add<ReplicaSetController>();
  ReplicaSet wished = make_replica_set("web", 3);
  wished.spec.template_.metadata.annotations["note"] = "kept";
  const ReplicaSet set = cloud.put(wished);
  cloud.settle();
  const auto pods = cloud.all<Pod>();
  ASSERT_THAT(pods, SizeIs(3));
  for (const Pod& pod : pods) {
    EXPECT_EQ(pod.metadata.generateName, "web-");
    EXPECT_TRUE(pod.metadata.name.starts_with("web-") && pod.metadata.name.size() == 9) << pod.metadata.name;
    EXPECT_EQ(pod.metadata.labels.at("app"), "web");
    EXPECT_EQ(pod.metadata.annotations.at("note"), "kept");
    ASSERT_THAT(pod.metadata.ownerReferences, SizeIs(1));
    EXPECT_EQ(pod.metadata.ownerReferences[0].uid, set.metadata.uid);
    EXPECT_EQ(pod.metadata.ownerReferences[0].apiVersion, "apps/v1");
    EXPECT_EQ(pod.metadata.ownerReferences[0].kind, "ReplicaSet");
    EXPECT_EQ(pod.metadata.ownerReferences[0].controller, true);
    EXPECT_EQ(pod.metadata.ownerReferences[0].blockOwnerDeletion, true);
  }
  EXPECT_THAT(cloud.events("SuccessfulCreate"), SizeIs(3));
  EXPECT_EQ(cloud.events("SuccessfulCreate")[0].find("Created pod: web-"), 0U);
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(ReplicaSet, status_counts_what_runs) {
  Simulation cloud;
  cloud.add<ReplicaSetController>();
  cloud.put(make_replica_set("web", 3));
  cloud.settle();
  cloud.run_pods(2);
  cloud.settle();
  const auto set = cloud.find<ReplicaSet>(in_default("web"));
  EXPECT_EQ(set->status.replicas, 3);
  EXPECT_EQ(set->status.fullyLabeledReplicas, 3);
  EXPECT_EQ(set->status.readyReplicas, 2);
  EXPECT_EQ(set->status.availableReplicas, 2);
  EXPECT_EQ(set->status.observedGeneration, 1);
}

TEST(ReplicaSet, a_plan_made_twice_from_one_state_asks_for_the_same_pods) {
  Simulation cloud;
  auto& controller = cloud.add<ReplicaSetController>();
  cloud.put(make_replica_set("web", 4));
  const auto first = cloud.plan(controller, in_default("web"));
  const auto second = cloud.plan(controller, in_default("web"));
  std::vector<std::string> names[2];
  for (const Change& change : first.changes) names[0].push_back(change.key.name);
  for (const Change& change : second.changes) names[1].push_back(change.key.name);
  EXPECT_EQ(names[0], names[1]);
  EXPECT_EQ(std::set<std::string>(names[0].begin(), names[0].end()).size(), 5U);
}

TEST(ReplicaSet, a_pod_becomes_available_only_after_min_ready_seconds) {
  Simulation cloud;
  cloud.add<ReplicaSetController>();
  ReplicaSet set = make_replica_set("web", 1);
  set.spec.minReadySeconds = 30;
  cloud.put(set);
  cloud.settle();
  cloud.run_pods();
  cloud.run_for(20s);
  EXPECT_EQ(cloud.find<ReplicaSet>(in_default("web"))->status.availableReplicas, 0);
  cloud.run_for(15s);
  EXPECT_EQ(cloud.find<ReplicaSet>(in_default("web"))->status.availableReplicas, 1);
}

TEST(ReplicaSet, a_pod_that_ends_is_replaced) {
  Simulation cloud;
  cloud.add<ReplicaSetController>();
  cloud.put(make_replica_set("web", 2));
  cloud.settle();
  cloud.run_pods();
  Pod failed = cloud.all<Pod>()[0];
  failed.status.phase = "Failed";
  cloud.put(failed);
  cloud.settle();
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(3));
  EXPECT_EQ(cloud.find<ReplicaSet>(in_default("web"))->status.replicas, 2);
}

TEST(ReplicaSet, a_matching_pod_without_an_owner_is_adopted_and_a_relabelled_one_let_go) {
  Simulation cloud;
  cloud.add<ReplicaSetController>();
  cloud.put(make_pod("stray", "web"));
  cloud.put(make_replica_set("web", 1));
  cloud.settle();
  ASSERT_THAT(cloud.all<Pod>(), SizeIs(1));
  Pod adopted = *cloud.find<Pod>(in_default("stray"));
  ASSERT_NE(controller_of(adopted.metadata), nullptr);
  adopted.metadata.labels["app"] = "quarantine";
  cloud.put(adopted);
  cloud.settle();
  EXPECT_EQ(controller_of(cloud.find<Pod>(in_default("stray"))->metadata), nullptr);
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(2));
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(ReplicaSet, a_refused_pod_is_told_as_event_and_condition) {
  Simulation cloud;
  auto& controller = cloud.add<ReplicaSetController>();
  cloud.put(make_replica_set("web", 1));
  const auto plan = cloud.plan(controller, in_default("web"));
  const auto report = plan.on_failure(plan.changes.at(0), Error(Code::forbidden, "exceeded quota"));
  ASSERT_THAT(report.announcements, SizeIs(1));
  EXPECT_TRUE(report.announcements[0].warning);
  EXPECT_EQ(report.announcements[0].reason, "FailedCreate");
  EXPECT_EQ(report.announcements[0].message, "Error creating: exceeded quota");
  ASSERT_THAT(report.changes, SizeIs(1));
  const auto told = model::from_json<ReplicaSet>(report.changes[0].body);
  ASSERT_THAT(told->status.conditions, SizeIs(1));
  EXPECT_EQ(told->status.conditions[0].type, "ReplicaFailure");
  EXPECT_EQ(told->status.conditions[0].reason, "FailedCreate");
  EXPECT_EQ(told->status.conditions[0].message, "exceeded quota");
}

TEST(ReplicaSet, a_namespace_that_ends_takes_no_pods_and_that_is_no_news) {
  Simulation cloud;
  auto& controller = cloud.add<ReplicaSetController>();
  cloud.put(make_replica_set("web", 1));
  const auto plan = cloud.plan(controller, in_default("web"));
  Error error(Code::forbidden, "the namespace is being terminated");
  error.with_cause({"NamespaceTerminating", "namespace default is being terminated", "metadata.namespace"});
  EXPECT_THAT(plan.on_failure(plan.changes.at(0), error).announcements, IsEmpty());
}

TEST(ReplicaSet, a_refused_pod_is_tried_again_and_the_condition_goes) {
  Simulation cloud;
  cloud.add<ReplicaSetController>();
  cloud.put(make_replica_set("web", 1));
  cloud.api().fail_next("create", Error(Code::forbidden, "exceeded quota"), 3);
  cloud.settle();
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(1));
  EXPECT_THAT(cloud.find<ReplicaSet>(in_default("web"))->status.conditions, IsEmpty());
}

TEST(ReplicaSet, a_set_that_is_being_removed_makes_no_pods) {
  Simulation cloud;
  auto& controller = cloud.add<ReplicaSetController>();
  ReplicaSet set = make_replica_set("web", 3);
  set.metadata.finalizers.emplace_back("foregroundDeletion");
  set.metadata.deletionTimestamp = cloud.now();
  cloud.put(set);
  for (const Change& change : cloud.plan(controller, in_default("web")).changes) {
    EXPECT_NE(change.verb, Change::Verb::create);
  }
}

// From what a pod is to how early it goes; each goes before all behind it.
TEST(ReplicaSet, pods_whose_loss_costs_least_go_first) {
  const WallTime now{std::chrono::hours(24 * 365)};
  const auto pod = [&](std::string name, auto change) {
    auto made = std::make_shared<Pod>(make_pod(std::move(name), "web"));
    made->metadata.uid = made->metadata.name;
    made->metadata.creationTimestamp = now - 10h;
    made->spec.nodeName = "b";
    made->status.phase = "Running";
    made->status.conditions.push_back(ready_since(now - 5h));
    change(*made);
    return std::shared_ptr<const Pod>(std::move(made));
  };
  std::vector<std::shared_ptr<const Pod>> pods = {
      pod("8-oldest", [](Pod&) {}),
      pod("1-pending", [](Pod& p) { p.status.phase = "Pending"; }),
      pod("7-young", [&](Pod& p) { p.metadata.creationTimestamp = now - 1h; }),
      pod("2-not-ready", [](Pod& p) { p.status.conditions.clear(); }),
      pod("6-restarted", [](Pod& p) { p.status.containerStatuses.emplace_back().restartCount = 4; }),
      pod("3-cheap",
          [](Pod& p) { p.metadata.annotations["controller.kubernetes.io/pod-deletion-cost"] = "-1"; }),
      pod("0-unbound", [](Pod& p) { p.spec.nodeName.clear(); }),
      pod("5-ready-lately", [&](Pod& p) { p.status.conditions[0].lastTransitionTime = now - 1min; }),
      pod("9-dear",
          [](Pod& p) { p.metadata.annotations["controller.kubernetes.io/pod-deletion-cost"] = "7"; }),
      pod("4-crowded", [](Pod& p) { p.spec.nodeName = "a"; }),
  };
  rank_for_removal(pods, {{"a", 5}, {"b", 1}}, now);
  for (std::size_t i = 0; i < pods.size(); ++i)
    EXPECT_EQ(pods[i]->metadata.name[0], static_cast<char>('0' + i));
}

TEST(ReplicaSet, too_many_pods_are_removed_and_said) {
  Simulation cloud;
  cloud.add<ReplicaSetController>();
  cloud.put(make_replica_set("web", 5));
  cloud.settle();
  cloud.run_pods(2);
  ReplicaSet set = *cloud.find<ReplicaSet>(in_default("web"));
  set.spec.replicas = 2;
  cloud.put(set);
  cloud.settle();
  const auto pods = cloud.all<Pod>();
  ASSERT_THAT(pods, SizeIs(2));
  EXPECT_TRUE(is_ready(pods[0]) && is_ready(pods[1]));
  EXPECT_THAT(cloud.events("SuccessfulDelete"), SizeIs(3));
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(ReplicaSet, from_any_state_it_converges_and_then_rests) {
  EXPECT_TRUE(rc::check([] {
    Simulation cloud;
    cloud.add<ReplicaSetController>();
    cloud.put(make_replica_set("web", *rc::gen::inRange(0, 6)));
    const int strays = *rc::gen::inRange(0, 8);
    for (int i = 0; i < strays; ++i) {
      Pod pod = make_pod(fmt::format("stray-{}", i), *rc::gen::element<std::string>("web", "other"));
      pod.status.phase = *rc::gen::element<std::string>("Pending", "Running", "Failed", "Succeeded");
      if (*rc::gen::arbitrary<bool>()) pod.spec.nodeName = "node-1";
      cloud.put(pod);
    }
    cloud.settle();
    while (cloud.run_pods(*rc::gen::inRange(1, 4)) > 0) cloud.settle();
    const auto set = cloud.find<ReplicaSet>(in_default("web"));
    RC_ASSERT(set->status.readyReplicas == *set->spec.replicas);
    RC_ASSERT(cloud.unrest().empty());
  }));
}

}  // namespace
}  // namespace aloft::controllers
