// What a Deployment does for its user: rollouts within bounds, history, pause, scaling, deadlines, and the
// words that kubectl prints about them.
#include "controllers/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "controllers/deployment_revision.h"
#include "controllers/deployment_status.h"
#include "controllers/owners.h"
#include "controllers/pods.h"
#include "controllers/replica_set.h"
#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"

namespace aloft::controllers {
namespace {

using apps::v1::Deployment;
using apps::v1::DeploymentCondition;
using apps::v1::ReplicaSet;
using core::v1::Pod;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct DeploymentCloud : Simulation {
  DeploymentCloud() {
    add<DeploymentController>();
    add<ReplicaSetController>();
  }
  Deployment web() const { return *find<Deployment>(in_default("web")); }
  // Lets pods start until nothing changes any more.
  void roll_out() {
    settle();
    while (run_pods() > 0) settle();
  }
  void set_image(std::string image) {
    Deployment deployment = web();
    deployment.spec.template_.spec.containers[0].image = std::move(image);
    put(deployment);
  }
  template <class Change>
  void edit(Change change) {
    Deployment deployment = web();
    change(deployment.spec);
    put(deployment);
  }
  // Sets by the image of their template.
  std::map<std::string, ReplicaSet> sets() const {
    std::map<std::string, ReplicaSet> found;
    for (ReplicaSet& set : all<ReplicaSet>()) found[set.spec.template_.spec.containers[0].image] = set;
    return found;
  }
  std::string condition(std::string_view type) const {
    const Deployment deployment = web();
    const DeploymentCondition* found = find_condition(deployment.status, type);
    return found == nullptr ? "none" : fmt::format("{} {}: {}", found->status, found->reason, found->message);
  }
  std::map<std::string, std::int32_t> sizes() const {
    std::map<std::string, std::int32_t> found;
    for (const auto& [image, set] : sets()) found[image] = *set.spec.replicas;
    return found;
  }
};

TEST(Deployment, a_new_one_gets_a_replica_set_named_by_its_template) {
  DeploymentCloud cloud;
  cloud.put(make_deployment("web", 3));
  cloud.settle();
  const auto sets = cloud.all<ReplicaSet>();
  ASSERT_THAT(sets, SizeIs(1));
  const std::string hash = sets[0].metadata.labels.at("pod-template-hash");
  EXPECT_TRUE(hash.size() >= 8 && hash.size() <= 10) << hash;
  EXPECT_EQ(hash.find_first_not_of("bcdfghjklmnpqrstvwxz2456789"), std::string::npos) << hash;
  EXPECT_EQ(sets[0].metadata.name, "web-" + hash);
  EXPECT_EQ(sets[0].spec.selector->matchLabels.at("pod-template-hash"), hash);
  EXPECT_EQ(sets[0].spec.template_.metadata.labels.at("pod-template-hash"), hash);
  EXPECT_EQ(sets[0].metadata.annotations.at("deployment.kubernetes.io/revision"), "1");
  EXPECT_EQ(sets[0].metadata.annotations.at("deployment.kubernetes.io/desired-replicas"), "3");
  EXPECT_EQ(sets[0].metadata.annotations.at("deployment.kubernetes.io/max-replicas"), "4");
  EXPECT_EQ(cloud.web().metadata.annotations.at("deployment.kubernetes.io/revision"), "1");
  EXPECT_THAT(cloud.events("ScalingReplicaSet"),
              ElementsAre(fmt::format("Scaled up replica set web-{} from 0 to 3", hash)));
  EXPECT_EQ(cloud.condition("Available"),
            "False MinimumReplicasUnavailable: Deployment does not have minimum availability.");
}

TEST(Deployment, its_conditions_tell_a_rollout_from_beginning_to_end) {
  DeploymentCloud cloud;
  auto& api = cloud.api();
  cloud.put(make_deployment("web", 2));
  cloud.settle();
  const std::string set = cloud.all<ReplicaSet>()[0].metadata.name;
  EXPECT_EQ(cloud.condition("Progressing"),
            fmt::format("True ReplicaSetUpdated: ReplicaSet \"{}\" is progressing.", set));
  cloud.roll_out();
  EXPECT_EQ(cloud.condition("Progressing"),
            fmt::format("True NewReplicaSetAvailable: ReplicaSet \"{}\" has successfully progressed.", set));
  EXPECT_EQ(cloud.condition("Available"),
            "True MinimumReplicasAvailable: Deployment has minimum availability.");
  const auto status = cloud.web().status;
  EXPECT_EQ(status.observedGeneration, cloud.web().metadata.generation);
  EXPECT_EQ(status.replicas, 2);
  EXPECT_EQ(status.updatedReplicas, 2);
  EXPECT_EQ(status.readyReplicas, 2);
  EXPECT_EQ(status.availableReplicas, 2);
  EXPECT_EQ(status.unavailableReplicas, 0);
  EXPECT_THAT(cloud.unrest(), IsEmpty());
  EXPECT_GT(api.revision(), 0);
}

struct Bounds {
  std::int32_t replicas;
  model::IntOrString surge;
  model::IntOrString unavailable;
  std::int32_t expected_surge;
  std::int32_t expected_unavailable;
};

TEST(Deployment, surge_is_rounded_up_and_unavailability_down_and_one_of_them_is_never_zero) {
  const Bounds table[] = {
      {10, "25%", "25%", 3, 2}, {1, "25%", "25%", 1, 0}, {3, "25%", "25%", 1, 0}, {4, "25%", "25%", 1, 1},
      {10, 0, 0, 0, 1},         {10, "0%", "1%", 0, 1},  {10, "100%", 0, 10, 0},  {2, 0, 5, 0, 2},
      {0, "25%", "25%", 0, 0},  {100, "1%", "1%", 1, 1}, {7, "34%", "34%", 3, 2},
  };
  for (const Bounds& row : table) {
    Deployment deployment = make_deployment("web", row.replicas);
    deployment.spec.strategy.rollingUpdate->maxSurge = row.surge;
    deployment.spec.strategy.rollingUpdate->maxUnavailable = row.unavailable;
    EXPECT_EQ(max_surge(deployment), row.expected_surge) << row.replicas << " " << row.surge.to_string();
    EXPECT_EQ(max_unavailable(deployment), row.expected_unavailable)
        << row.replicas << " " << row.unavailable.to_string();
  }
}

TEST(Deployment, a_new_image_is_rolled_out_step_by_step) {
  DeploymentCloud cloud;
  cloud.put(make_deployment("web", 4));
  cloud.roll_out();
  cloud.set_image("hello:2");
  cloud.run_for(1ms);
  cloud.settle();
  // 25 % of 4: one more, one less.
  EXPECT_EQ(cloud.sizes()["hello:2"], 2);
  EXPECT_EQ(cloud.sizes()["hello:1"], 3);
  cloud.roll_out();
  EXPECT_EQ(cloud.sizes()["hello:2"], 4);
  EXPECT_EQ(cloud.sizes()["hello:1"], 0);
  EXPECT_EQ(cloud.web().status.updatedReplicas, 4);
  EXPECT_EQ(cloud.web().metadata.annotations.at("deployment.kubernetes.io/revision"), "2");
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(Deployment, undo_takes_the_old_set_again_and_gives_it_the_next_revision) {
  DeploymentCloud cloud;
  cloud.put(make_deployment("web", 2));
  cloud.roll_out();
  cloud.set_image("hello:2");
  cloud.roll_out();
  cloud.set_image("hello:1");
  cloud.roll_out();
  const auto sets = cloud.sets();
  ASSERT_THAT(sets, SizeIs(2));
  EXPECT_EQ(sets.at("hello:1").metadata.annotations.at("deployment.kubernetes.io/revision"), "3");
  EXPECT_EQ(sets.at("hello:1").metadata.annotations.at("deployment.kubernetes.io/revision-history"), "1");
  EXPECT_EQ(sets.at("hello:2").metadata.annotations.at("deployment.kubernetes.io/revision"), "2");
  EXPECT_EQ(cloud.web().metadata.annotations.at("deployment.kubernetes.io/revision"), "3");
  EXPECT_EQ(*sets.at("hello:1").spec.replicas, 2);
}

TEST(Deployment, annotations_reach_the_set_for_the_history_but_not_its_own_bookkeeping) {
  DeploymentCloud cloud;
  Deployment deployment = make_deployment("web", 1);
  deployment.metadata.annotations["kubernetes.io/change-cause"] = "first";
  deployment.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"] = "{}";
  cloud.put(deployment);
  cloud.roll_out();
  const auto annotations = cloud.all<ReplicaSet>()[0].metadata.annotations;
  EXPECT_EQ(annotations.at("kubernetes.io/change-cause"), "first");
  EXPECT_FALSE(annotations.contains("kubectl.kubernetes.io/last-applied-configuration"));
}

TEST(Deployment, only_so_much_history_is_kept) {
  DeploymentCloud cloud;
  Deployment deployment = make_deployment("web", 1);
  deployment.spec.revisionHistoryLimit = 2;
  cloud.put(deployment);
  for (int i = 1; i <= 5; ++i) {
    cloud.roll_out();
    cloud.set_image(fmt::format("hello:{}", i + 1));
  }
  cloud.roll_out();
  std::vector<std::string> images;
  for (const auto& [image, set] : cloud.sets()) images.push_back(image);
  EXPECT_THAT(images, ElementsAre("hello:4", "hello:5", "hello:6"));
}

TEST(Deployment, a_paused_one_rolls_nothing_out_but_scales) {
  DeploymentCloud cloud;
  cloud.put(make_deployment("web", 2));
  cloud.roll_out();
  cloud.edit([](auto& spec) { spec.paused = true; });
  cloud.set_image("hello:2");
  cloud.roll_out();
  EXPECT_EQ(cloud.condition("Progressing"), "Unknown DeploymentPaused: Deployment is paused");
  EXPECT_THAT(cloud.sets(), SizeIs(1));
  cloud.edit([](auto& spec) { spec.replicas = 5; });
  cloud.roll_out();
  EXPECT_EQ(cloud.sizes()["hello:1"], 5);
  cloud.edit([](auto& spec) { spec.paused = false; });
  cloud.run_for(1ms);
  cloud.roll_out();
  EXPECT_EQ(cloud.sizes()["hello:2"], 5);
  EXPECT_TRUE(cloud.condition("Progressing").starts_with("True NewReplicaSetAvailable"))
      << cloud.condition("Progressing");
}

TEST(Deployment, resuming_is_said) {
  DeploymentCloud cloud;
  Deployment deployment = make_deployment("web", 1);
  deployment.spec.paused = true;
  cloud.put(deployment);
  cloud.settle();
  EXPECT_THAT(cloud.all<ReplicaSet>(), IsEmpty());
  deployment = cloud.web();
  deployment.spec.paused = false;
  deployment.spec.replicas = 0;
  deployment.spec.template_.spec.containers[0].image = "hello:1";
  cloud.put(deployment);
  cloud.settle();
  EXPECT_THAT(cloud.all<ReplicaSet>(), SizeIs(1));
}

TEST(Deployment, recreate_waits_until_the_last_old_pod_has_ended) {
  DeploymentCloud cloud;
  Deployment deployment = make_deployment("web", 2);
  deployment.spec.strategy.type = "Recreate";
  deployment.spec.strategy.rollingUpdate.reset();
  cloud.put(deployment);
  cloud.roll_out();
  cloud.set_image("hello:2");
  cloud.settle();
  EXPECT_EQ(cloud.sizes()["hello:1"], 0);
  EXPECT_THAT(cloud.sets(), SizeIs(1));
  cloud.run_pods(1);
  cloud.settle();
  EXPECT_THAT(cloud.sets(), SizeIs(1));
  cloud.run_pods(1);
  cloud.settle();
  EXPECT_EQ(cloud.sizes()["hello:2"], 2);
  cloud.roll_out();
  EXPECT_EQ(cloud.web().status.availableReplicas, 2);
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(Deployment, a_rollout_without_progress_exceeds_its_deadline) {
  DeploymentCloud cloud;
  Deployment deployment = make_deployment("web", 1);
  deployment.spec.progressDeadlineSeconds = 60;
  cloud.put(deployment);
  cloud.run_for(50s);
  EXPECT_TRUE(cloud.condition("Progressing").starts_with("True ")) << cloud.condition("Progressing");
  cloud.run_for(20s);
  const std::string set = cloud.all<ReplicaSet>()[0].metadata.name;
  EXPECT_EQ(cloud.condition("Progressing"),
            fmt::format("False ProgressDeadlineExceeded: ReplicaSet \"{}\" has timed out progressing.", set));
  cloud.roll_out();
  EXPECT_TRUE(cloud.condition("Progressing").starts_with("True NewReplicaSetAvailable"));
}

TEST(Deployment, without_a_deadline_it_says_nothing_about_progress) {
  DeploymentCloud cloud;
  Deployment deployment = make_deployment("web", 1);
  deployment.spec.progressDeadlineSeconds = std::numeric_limits<std::int32_t>::max();
  cloud.put(deployment);
  cloud.roll_out();
  EXPECT_EQ(cloud.condition("Progressing"), "none");
}

TEST(Deployment, a_set_that_cannot_make_pods_shows_in_its_conditions) {
  DeploymentCloud cloud;
  cloud.put(make_deployment("web", 1));
  cloud.settle();
  ReplicaSet set = cloud.all<ReplicaSet>()[0];
  apps::v1::ReplicaSetCondition failure;
  failure.type = "ReplicaFailure";
  failure.status = "True";
  failure.reason = "FailedCreate";
  failure.message = "no room";
  set.status.conditions.push_back(failure);
  Simulation other;
  auto& controller = other.add<DeploymentController>();
  const Deployment deployment = other.put(cloud.web());
  set.metadata.ownerReferences[0].uid = deployment.metadata.uid;
  other.put(set);
  const auto plan = other.plan(controller, in_default("web"));
  ASSERT_THAT(plan.changes, SizeIs(1));
  EXPECT_NE(plan.changes[0].body.find("\"ReplicaFailure\""), std::string::npos);
  EXPECT_NE(plan.changes[0].body.find("no room"), std::string::npos);
}

TEST(Deployment, a_taken_name_is_avoided_by_counting_collisions) {
  DeploymentCloud cloud;
  const Deployment deployment = make_deployment("web", 1);
  ReplicaSet squatter = make_replica_set("other", 0);
  squatter.metadata.name = "web-" + template_hash(deployment.spec.template_, std::nullopt);
  cloud.put(squatter);
  cloud.put(deployment);
  cloud.roll_out();
  EXPECT_EQ(cloud.web().status.collisionCount, 1);
  EXPECT_EQ(cloud.web().status.availableReplicas, 1);
  EXPECT_THAT(cloud.all<ReplicaSet>(), SizeIs(2));
}

struct Proportions {
  std::int32_t before;
  std::int32_t after;
  std::map<std::string, std::int32_t> sizes;
  std::map<std::string, std::int32_t> expected;
};

// Upstream's documented example and its neighbours; surge 3, so that max-replicas is before + 3.
TEST(Deployment, scaling_in_the_middle_of_a_rollout_is_shared_in_proportion) {
  const Proportions table[] = {
      {10, 15, {{"hello:1", 8}, {"hello:2", 5}}, {{"hello:1", 11}, {"hello:2", 7}}},
      {10, 5, {{"hello:1", 8}, {"hello:2", 5}}, {{"hello:1", 5}, {"hello:2", 3}}},
      {10, 0, {{"hello:1", 8}, {"hello:2", 5}}, {{"hello:1", 0}, {"hello:2", 0}}},
      {10, 11, {{"hello:1", 10}, {"hello:2", 3}}, {{"hello:1", 11}, {"hello:2", 3}}},
  };
  for (const Proportions& row : table) {
    Simulation cloud;
    auto& controller = cloud.add<DeploymentController>();
    Deployment deployment = make_deployment("web", row.after);
    deployment.spec.strategy.rollingUpdate->maxSurge = 3;
    deployment.spec.strategy.rollingUpdate->maxUnavailable = 2;
    deployment.spec.template_.spec.containers[0].image = "hello:2";
    deployment = cloud.put(deployment);
    for (const auto& [image, size] : row.sizes) {
      ReplicaSet set = make_replica_set("web-" + image.substr(6), size);
      set.metadata.labels["app"] = "web";
      set.spec.selector = deployment.spec.selector;
      set.spec.template_ = deployment.spec.template_;
      set.spec.template_.spec.containers[0].image = image;
      set.metadata.annotations["deployment.kubernetes.io/desired-replicas"] = std::to_string(row.before);
      set.metadata.annotations["deployment.kubernetes.io/max-replicas"] = std::to_string(row.before + 3);
      set.metadata.annotations["deployment.kubernetes.io/revision"] = image.substr(6);
      set.metadata.ownerReferences.push_back(controller_reference(deployment));
      set.status.replicas = size;
      cloud.put(set);
    }
    std::map<std::string, std::int32_t> sizes = row.sizes;
    for (const auto& change : cloud.plan(controller, in_default("web")).changes) {
      const std::size_t at = change.body.find("\"replicas\":");
      if (change.resource.plural == "replicasets" && at != std::string::npos) {
        sizes["hello:" + change.key.name.substr(4)] = std::stoi(change.body.substr(at + 11));
      }
    }
    EXPECT_EQ(sizes, row.expected) << row.before << " to " << row.after;
  }
}

TEST(Deployment, a_failed_creation_of_a_set_is_told) {
  Simulation cloud;
  auto& controller = cloud.add<DeploymentController>();
  cloud.put(make_deployment("web", 1));
  const auto plan = cloud.plan(controller, in_default("web"));
  const auto report = plan.on_failure(plan.changes.at(0), Error(Code::forbidden, "no more sets"));
  const std::string name = "web-" + template_hash(make_deployment("web", 1).spec.template_, std::nullopt);
  const std::string message = fmt::format("Failed to create new replica set \"{}\": no more sets", name);
  ASSERT_THAT(report.announcements, SizeIs(1));
  EXPECT_EQ(report.announcements[0].reason, "ReplicaSetCreateError");
  EXPECT_EQ(report.announcements[0].message, message);
  ASSERT_THAT(report.changes, SizeIs(1));
  const auto told = model::from_json<Deployment>(report.changes[0].body);
  EXPECT_EQ(find_condition(told->status, "Progressing")->status, "False");
  EXPECT_EQ(find_condition(told->status, "Progressing")->message, message);
}

TEST(Deployment, a_set_that_was_refused_is_made_later) {
  DeploymentCloud cloud;
  cloud.put(make_deployment("web", 1));
  cloud.api().fail_next("create", Error(Code::forbidden, "no more sets"), 3);
  cloud.roll_out();
  EXPECT_EQ(cloud.web().status.availableReplicas, 1);
}

TEST(Deployment, a_rolling_update_keeps_its_bounds_at_every_step) {
  EXPECT_TRUE(rc::check([] {
    DeploymentCloud cloud;
    const std::int32_t replicas = *rc::gen::inRange(1, 8);
    Deployment deployment = make_deployment("web", replicas);
    deployment.spec.strategy.rollingUpdate->maxSurge = *rc::gen::inRange(0, 4);
    deployment.spec.strategy.rollingUpdate->maxUnavailable = *rc::gen::inRange(0, 4);
    cloud.put(deployment);
    cloud.roll_out();
    const int updates = *rc::gen::inRange(1, 4);
    for (int update = 0; update < updates; ++update) {
      cloud.set_image(fmt::format("hello:{}", update + 2));
      const int steps = *rc::gen::inRange(0, 6);
      for (int step = 0; step < steps; ++step) {
        cloud.settle();
        cloud.run_pods(*rc::gen::inRange(1, 3));
        std::int32_t wished = 0;
        for (const auto& [image, size] : cloud.sizes()) wished += size;
        RC_ASSERT(wished <= replicas + max_surge(deployment));
        const auto pods = cloud.all<Pod>();
        const auto serving =
            std::ranges::count_if(pods, [](const Pod& pod) { return is_active(pod) && is_ready(pod); });
        RC_ASSERT(serving >= replicas - max_unavailable(deployment));
      }
    }
    cloud.roll_out();
    RC_ASSERT(cloud.web().status.updatedReplicas == replicas);
    RC_ASSERT(cloud.web().status.availableReplicas == replicas);
    RC_ASSERT(cloud.unrest().empty());
  }));
}

TEST(Deployment, from_any_state_it_converges_and_then_rests) {
  EXPECT_TRUE(rc::check([] {
    DeploymentCloud cloud;
    Deployment deployment = make_deployment("web", *rc::gen::inRange(0, 6));
    if (*rc::gen::arbitrary<bool>()) {
      deployment.spec.strategy.type = "Recreate";
      deployment.spec.strategy.rollingUpdate.reset();
    }
    deployment.spec.revisionHistoryLimit = *rc::gen::inRange(0, 3);
    deployment.spec.minReadySeconds = *rc::gen::element(0, 5);
    deployment = cloud.put(deployment);
    const int sets = *rc::gen::inRange(0, 4);
    for (int i = 0; i < sets; ++i) {
      ReplicaSet set = make_replica_set(fmt::format("web-{}", i), *rc::gen::inRange(0, 5));
      set.metadata.labels["app"] = "web";
      set.spec.selector->matchLabels = {{"app", "web"}, {"pod-template-hash", std::to_string(i)}};
      set.spec.template_ = deployment.spec.template_;
      set.spec.template_.metadata.labels["pod-template-hash"] = std::to_string(i);
      set.spec.template_.spec.containers[0].image = fmt::format("hello:{}", *rc::gen::inRange(1, 4));
      if (*rc::gen::arbitrary<bool>())
        set.metadata.ownerReferences.push_back(controller_reference(deployment));
      if (*rc::gen::arbitrary<bool>())
        set.metadata.annotations["deployment.kubernetes.io/revision"] = std::to_string(i);
      if (*rc::gen::arbitrary<bool>()) {
        set.metadata.annotations["deployment.kubernetes.io/desired-replicas"] =
            std::to_string(*rc::gen::inRange(0, 6));
      }
      cloud.put(set);
    }
    for (int round = 0; round < 60; ++round) {
      cloud.run_for(6s);
      if (cloud.run_pods() == 0 && round > 20) break;
    }
    const Deployment done = cloud.web();
    RC_ASSERT(done.status.replicas == *done.spec.replicas);
    RC_ASSERT(done.status.updatedReplicas == *done.spec.replicas);
    RC_ASSERT(done.status.availableReplicas == *done.spec.replicas);
    RC_ASSERT(cloud.unrest().empty());
  }));
}

}  // namespace
}  // namespace aloft::controllers
