// Who goes when an important pod needs room.
#include "scheduler/framework/preemption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/testing/cluster.h"

namespace aloft::scheduler {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Preemption : public ::testing::Test {
 protected:
  void place(const std::string& name, std::string_view cpu, std::int32_t priority, const std::string& node,
             int began = 0) {
    core::v1::Pod pod = make_pod(name, cpu, "");
    pod.spec.priority = priority;
    pod.status.startTime = model::Timestamp(WallTime{std::chrono::seconds(1767225600 + began)});
    snapshot.add_pod(info_of(std::move(pod)), node);
  }
  // "node: victims" for a pod of priority 10.
  std::vector<std::string> room_for(core::v1::Pod pod) {
    pod.spec.priority = 10;
    const SharedPod info = info_of(std::move(pod));
    const Decision decision = cycle.decide(*info, snapshot, random);
    if (decision.node != nullptr) return {"fits"};
    const auto room = find_room(cycle, *info, snapshot, decision.refusal.hopeful);
    if (!room) return {};
    std::vector<std::string> found{room->node->name()};
    for (const SharedPod& victim : room->victims) found.push_back(victim->pod->metadata.name);
    return found;
  }
  Snapshot snapshot;
  Cycle cycle{default_profile(FitStrategy::best_fit)};
  SeededRandom random{1};
};

TEST_F(Preemption, only_as_many_go_as_must_the_least_important_first) {
  snapshot.set_node(share(make_node("n", "4", "8Gi")));
  place("a", "1", 3, "n");
  place("b", "1", 1, "n");
  place("c", "1", 2, "n");
  place("d", "1", 20, "n");
  EXPECT_THAT(room_for(make_pod("p", "2", "")), ElementsAre("n", "c", "b"));
  EXPECT_THAT(room_for(make_pod("p", "4", "")), IsEmpty()) << "the most important stays";
  EXPECT_EQ(snapshot.find("n")->pods().size(), 4U) << "all are back";
  EXPECT_EQ(snapshot.find("n")->requested().milli_cpu, 4000);
}

TEST_F(Preemption, the_node_is_chosen_where_least_is_lost) {
  for (const std::string name : {"a", "b", "c", "d"}) snapshot.set_node(share(make_node(name, "2", "8Gi")));
  place("important", "2", 5, "a");
  place("one", "1", 1, "b");
  place("two", "1", 1, "b");
  place("old", "2", 1, "c", 0);
  place("young", "2", 1, "d", 60);
  EXPECT_THAT(room_for(make_pod("p", "2", "")), ElementsAre("d", "young"));
}

TEST_F(Preemption, other_reasons_than_room_count_too) {
  snapshot.set_node(share(make_node("n", "4", "8Gi")));
  core::v1::Pod lonely = make_pod("lonely", "1", "");
  lonely.metadata.labels["app"] = "db";
  snapshot.add_pod(info_of(lonely), "n");
  place("other", "1", 1, "n");
  core::v1::Pod apart = make_pod("p", "1", "");
  apart.spec.affinity.emplace();
  apart.spec.affinity->podAntiAffinity.emplace();
  apart.spec.affinity->podAntiAffinity->requiredDuringSchedulingIgnoredDuringExecution.push_back(
      make_term("app", "db", "kubernetes.io/hostname"));
  EXPECT_THAT(room_for(apart), ElementsAre("n", "lonely"));
  core::v1::Pod elsewhere = make_pod("p", "1", "");
  elsewhere.spec.nodeSelector["disk"] = "ssd";
  EXPECT_THAT(room_for(elsewhere), IsEmpty());
}

}  // namespace
}  // namespace aloft::scheduler
