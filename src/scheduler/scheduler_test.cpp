// The whole scheduler against an API server in memory, with a clock that jumps.
#include "scheduler/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "client/testing/fake_client.h"
#include "io/sim_loop.h"
#include "model/kinds/core/v1/event.h"
#include "scheduler/testing/objects.h"

namespace aloft::scheduler {
namespace {

using client::ObjectKey;
using core::v1::Node;
using core::v1::Pod;
using core::v1::PodCondition;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A cluster without node agents: pods are bound and stay as they are.
struct World {
  explicit World(SchedulerOptions options = {}, std::uint64_t seed = 1)
      : random(seed), scheduler(loop, loop, api, informers, random, metrics, std::move(options)) {
    informers.start();
    scheduler.start();
  }

  void put(const Node& node) { api.put(node); }
  void put(Pod pod) {
    pod.metadata.uid.clear();
    api.put(pod);
  }
  Pod pod(const std::string& name) const { return *api.find<Pod>(ObjectKey("default", name)); }
  std::string node_of(const std::string& name) const { return pod(name).spec.nodeName; }
  void remove_pod(const std::string& name) { api.erase<Pod>(ObjectKey("default", name)); }
  PodCondition condition(const std::string& name) const {
    for (const PodCondition& condition : pod(name).status.conditions) {
      if (condition.type == "PodScheduled") return condition;
    }
    return {};
  }
  std::vector<std::string> events(std::string_view reason) const {
    std::vector<std::string> messages;
    for (const auto& event : api.all<core::v1::Event>()) {
      if (event.reason == reason) messages.push_back(event.message);
    }
    return messages;
  }

  io::SimLoop loop{WallTime{std::chrono::seconds(1767225600)}};
  client::FakeClient api{loop, loop};
  SeededRandom random;
  Metrics metrics;
  client::InformerSet informers{loop, api, random};
  Scheduler scheduler;
};

constexpr auto too_small =
    "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption "
    "victims found "
    "for incoming pod.";

TEST(Scheduler, a_pod_gets_a_node_and_an_event_says_so) {
  World world;
  world.put(make_node("node-1", "4", "8Gi"));
  world.put(make_pod("web", "1", "1Gi"));
  world.loop.run_for(1s);
  EXPECT_EQ(world.node_of("web"), "node-1");
  EXPECT_THAT(world.events("Scheduled"), ElementsAre("Successfully assigned default/web to node-1"));
  EXPECT_EQ(world.scheduler.waiting().out, 0U);
  const auto event = world.api.all<core::v1::Event>().front();
  EXPECT_EQ(event.source.component, "default-scheduler");
  EXPECT_EQ(event.involvedObject.uid, world.pod("web").metadata.uid);
}

TEST(Scheduler, a_pod_without_room_has_a_condition_and_an_event_that_say_why) {
  World world;
  world.put(make_node("node-1", "4", "8Gi"));
  world.put(make_pod("first", "3", "1Gi"));
  world.loop.run_for(1s);
  world.put(make_pod("web", "2", "1Gi"));
  world.loop.run_for(1s);
  EXPECT_EQ(world.node_of("web"), "");
  const PodCondition condition = world.condition("web");
  EXPECT_EQ(condition.status, "False");
  EXPECT_EQ(condition.reason, "Unschedulable");
  EXPECT_EQ(condition.message, too_small);
  EXPECT_TRUE(condition.lastTransitionTime.is_set());
  EXPECT_THAT(world.events("FailedScheduling"), ElementsAre(too_small));
}

TEST(Scheduler, the_condition_is_written_once_while_the_reason_stays) {
  World world;
  world.put(make_pod("web", "2", "1Gi"));
  world.loop.run_for(3600s);
  int patches = 0;
  for (const std::string& write : world.api.writes())
    patches += write == "patch pods/status default/web" ? 1 : 0;
  EXPECT_EQ(patches, 1);
  EXPECT_EQ(world.condition("web").message, "no nodes available to schedule pods");
  const PodCondition before = world.condition("web");
  world.put(make_node("node-1", "1", "8Gi"));
  world.loop.run_for(60s);
  EXPECT_THAT(world.condition("web").message, HasSubstr("1 Insufficient cpu"));
  EXPECT_EQ(world.condition("web").lastTransitionTime, before.lastTransitionTime);
}

TEST(Scheduler, a_new_node_wakes_a_pod_that_waits) {
  World world;
  world.put(make_pod("web", "2", "1Gi"));
  world.loop.run_for(20s);
  EXPECT_EQ(world.node_of("web"), "");
  world.put(make_node("node-1", "4", "8Gi"));
  world.loop.run_for(1s);
  EXPECT_EQ(world.node_of("web"), "node-1");
}

TEST(Scheduler, room_that_becomes_free_wakes_a_pod_that_waits) {
  World world;
  world.put(make_node("node-1", "4", "8Gi"));
  world.put(make_pod("first", "3", "1Gi"));
  world.loop.run_for(1s);
  world.put(make_pod("web", "2", "1Gi"));
  world.loop.run_for(20s);
  world.remove_pod("first");
  world.loop.run_for(1s);
  EXPECT_EQ(world.node_of("web"), "node-1");
}

TEST(Scheduler, a_pod_that_has_ended_takes_no_room) {
  World world;
  world.put(make_node("node-1", "4", "8Gi"));
  world.put(make_pod("job", "3", "1Gi"));
  world.loop.run_for(1s);
  world.put(make_pod("web", "2", "1Gi"));
  world.loop.run_for(20s);
  Pod ended = world.pod("job");
  ended.status.phase = "Succeeded";
  world.api.put(ended);
  world.loop.run_for(1s);
  EXPECT_EQ(world.node_of("web"), "node-1");
}

TEST(Scheduler, labels_and_taints_of_nodes_wake_the_pods_they_concern) {
  World world;
  Node node = make_node("node-1", "4", "8Gi");
  node.spec.taints.push_back(make_taint("gpu", "", "NoSchedule"));
  node.spec.unschedulable = true;
  world.put(node);
  Pod pod = make_pod("web", "1", "1Gi");
  pod.spec.nodeSelector["disk"] = "ssd";
  world.put(pod);
  world.loop.run_for(20s);
  EXPECT_THAT(world.condition("web").message, HasSubstr("1 node(s) were unschedulable."));
  node.spec.unschedulable = false;
  world.put(node);
  world.loop.run_for(20s);
  EXPECT_THAT(world.condition("web").message, HasSubstr("untolerated taint {gpu: }"));
  node.spec.taints.clear();
  world.put(node);
  world.loop.run_for(20s);
  EXPECT_THAT(world.condition("web").message, HasSubstr("didn't match Pod's node affinity/selector"));
  node.metadata.labels["disk"] = "ssd";
  world.put(node);
  world.loop.run_for(20s);
  EXPECT_EQ(world.node_of("web"), "node-1");
}

TEST(Scheduler, pods_decided_back_to_back_see_each_other_before_the_watch_shows_them) {
  World world;
  world.api.set_latency(5s);
  world.put(make_node("node-1", "2", "8Gi"));
  world.put(make_node("node-2", "2", "8Gi"));
  for (int i = 0; i < 5; ++i) world.put(make_pod(fmt::format("p{}", i), "1", "1Gi"));
  world.loop.run_for(60s);
  std::map<std::string, int> by_node;
  for (int i = 0; i < 5; ++i) ++by_node[world.node_of(fmt::format("p{}", i))];
  EXPECT_EQ(by_node["node-1"], 2);
  EXPECT_EQ(by_node["node-2"], 2);
  EXPECT_EQ(by_node[""], 1);
}

TEST(Scheduler, bindings_are_written_side_by_side) {
  World world;
  world.put(make_node("node-1", "64", "64Gi"));
  world.loop.run_for(1s);
  world.api.set_latency(1s);
  for (int i = 0; i < 50; ++i) world.put(make_pod(fmt::format("p{}", i), "1", "1Gi"));
  world.loop.run_for(1100ms);
  int bound = 0;
  for (const Pod& pod : world.api.all<Pod>()) bound += pod.spec.nodeName.empty() ? 0 : 1;
  EXPECT_EQ(bound, 50);
}

TEST(Scheduler, no_more_bindings_than_told_are_under_way) {
  SchedulerOptions options;
  options.binds_at_once = 2;
  World world(options);
  world.put(make_node("node-1", "64", "64Gi"));
  world.loop.run_for(1s);
  world.api.set_latency(1s);
  for (int i = 0; i < 6; ++i) world.put(make_pod(fmt::format("p{}", i), "1", "1Gi"));
  world.loop.run_for(100ms);
  EXPECT_EQ(world.scheduler.waiting().out, 2U);
  world.loop.run_for(10s);
  for (const Pod& pod : world.api.all<Pod>()) EXPECT_EQ(pod.spec.nodeName, "node-1");
}

TEST(Scheduler, a_binding_that_fails_gives_the_room_back_and_is_tried_again) {
  World world;
  world.put(make_node("node-1", "2", "8Gi"));
  world.loop.run_for(1s);
  world.api.fail_next("create", Error(Code::forbidden, "not now"));
  world.put(make_pod("web", "2", "1Gi"));
  world.loop.run_for(500ms);
  EXPECT_EQ(world.node_of("web"), "");
  EXPECT_EQ(world.condition("web").reason, "SchedulerError");
  EXPECT_THAT(world.events("FailedScheduling"), ElementsAre("binding rejected: not now"));
  world.loop.run_for(1s);
  EXPECT_EQ(world.node_of("web"), "node-1");
}

TEST(Scheduler, a_pod_that_goes_while_it_is_bound_leaves_nothing_behind) {
  World world;
  world.put(make_node("node-1", "2", "8Gi"));
  world.loop.run_for(1s);
  world.api.set_latency(1s);
  world.put(make_pod("web", "2", "1Gi"));
  world.loop.run_for(500ms);
  world.remove_pod("web");
  world.api.set_latency(0s);
  world.put(make_pod("next", "2", "1Gi"));
  world.loop.run_for(10s);
  EXPECT_EQ(world.node_of("next"), "node-1");
  EXPECT_THAT(world.events("FailedScheduling"), IsEmpty());
}

TEST(Scheduler, a_pod_that_comes_again_under_its_name_is_another_pod) {
  World world;
  world.put(make_node("node-1", "2", "8Gi"));
  world.loop.run_for(1s);
  for (int i = 0; i < 3; ++i) {
    world.put(make_pod("web", "2", "1Gi"));
    world.loop.run_for(100ms);
    EXPECT_EQ(world.node_of("web"), "node-1");
    world.remove_pod("web");
  }
}

TEST(Scheduler, a_pod_bound_by_somebody_else_counts_where_it_is) {
  World world;
  world.put(make_node("node-1", "2", "8Gi"));
  Pod bound = make_pod("static", "2", "1Gi");
  bound.spec.nodeName = "node-1";
  bound.spec.schedulerName = "other";
  world.put(bound);
  world.put(make_pod("web", "1", "1Gi"));
  world.loop.run_for(1s);
  EXPECT_EQ(world.node_of("web"), "");
}

TEST(Scheduler, pods_of_other_schedulers_and_pods_being_removed_are_left_alone) {
  World world;
  world.put(make_node("node-1", "4", "8Gi"));
  Pod other = make_pod("other", "1", "1Gi");
  other.spec.schedulerName = "my-scheduler";
  world.put(other);
  Pod leaving = make_pod("leaving", "1", "1Gi");
  leaving.metadata.finalizers.push_back("example.com/wait");
  leaving.metadata.deletionTimestamp = world.loop.wall();
  world.put(leaving);
  world.loop.run_for(10s);
  EXPECT_EQ(world.node_of("other"), "");
  EXPECT_EQ(world.node_of("leaving"), "");
  EXPECT_THAT(world.api.writes(), IsEmpty());
}

TEST(Scheduler, a_gated_pod_says_so_and_waits_for_its_gates) {
  World world;
  world.put(make_node("node-1", "4", "8Gi"));
  Pod gated = make_pod("web", "1", "1Gi");
  gated.spec.schedulingGates.resize(1);
  gated.spec.schedulingGates.front().name = "example.com/quota";
  world.put(gated);
  world.loop.run_for(600s);
  EXPECT_EQ(world.node_of("web"), "");
  EXPECT_EQ(world.condition("web").status, "False");
  EXPECT_EQ(world.condition("web").reason, "SchedulingGated");
  EXPECT_THAT(world.events("FailedScheduling"), IsEmpty());
  Pod free = world.pod("web");
  free.spec.schedulingGates.clear();
  world.api.put(free);
  world.loop.run_for(1s);
  EXPECT_EQ(world.node_of("web"), "node-1");
}

TEST(Scheduler, more_important_pods_get_scarce_room_first) {
  World world;
  for (int i = 0; i < 3; ++i) {
    Pod pod = make_pod(fmt::format("p{}", i), "2", "1Gi");
    pod.spec.priority = i;
    world.put(pod);
  }
  world.loop.run_for(20s);
  world.put(make_node("node-1", "2", "8Gi"));
  world.loop.run_for(20s);
  EXPECT_EQ(world.node_of("p2"), "node-1");
  EXPECT_EQ(world.node_of("p1"), "");
  EXPECT_EQ(world.node_of("p0"), "");
}

Pod make_important(const std::string& name, std::string_view cpu, std::int32_t priority) {
  Pod pod = make_pod(name, cpu, "1Gi");
  pod.spec.priority = priority;
  return pod;
}

// A node agent lets the pod go that is being removed.
void let_go(World& world, const std::string& name) {
  ASSERT_TRUE(world.api.find<Pod>(ObjectKey("default", name)));
  ASSERT_TRUE(world.pod(name).metadata.deletionTimestamp) << name;
  world.remove_pod(name);
}

TEST(Scheduler, a_more_important_pod_gets_the_room_of_lesser_ones) {
  World world;
  world.put(make_node("node-1", "4", "8Gi"));
  world.put(make_important("low", "2", 1));
  world.put(make_important("middle", "2", 5));
  world.loop.run_for(1s);
  world.put(make_important("high", "2", 10));
  world.loop.run_for(1s);
  EXPECT_FALSE(world.pod("middle").metadata.deletionTimestamp) << "the least important goes";
  EXPECT_THAT(world.events("Preempted"),
              ElementsAre(fmt::format("Preempted by pod {} on node node-1", world.pod("high").metadata.uid)));
  const auto& conditions = world.pod("low").status.conditions;
  ASSERT_FALSE(conditions.empty());
  EXPECT_EQ(conditions.back().type, "DisruptionTarget");
  EXPECT_EQ(conditions.back().reason, "PreemptionByScheduler");
  EXPECT_EQ(world.pod("high").status.nominatedNodeName, "node-1");
  EXPECT_EQ(world.condition("high").message, "0/1 nodes are available: 1 Insufficient cpu.");
  world.loop.run_for(20s);
  EXPECT_FALSE(world.pod("middle").metadata.deletionTimestamp) << "while it waits, nobody else goes";
  let_go(world, "low");
  world.loop.run_for(2s);
  EXPECT_EQ(world.node_of("high"), "node-1");
}

TEST(Scheduler, the_room_that_is_made_is_kept_for_the_one_it_is_made_for) {
  World world;
  world.put(make_node("node-1", "2", "8Gi"));
  world.put(make_important("low", "2", 1));
  world.loop.run_for(1s);
  world.put(make_important("high", "2", 10));
  world.loop.run_for(1s);
  world.put(make_important("low-again", "2", 1));
  let_go(world, "low");
  world.loop.run_for(20s);
  EXPECT_EQ(world.node_of("high"), "node-1");
  EXPECT_EQ(world.node_of("low-again"), "");
  EXPECT_THAT(world.events("Preempted"), testing::SizeIs(1));
}

TEST(Scheduler, nobody_goes_for_equals_nor_for_pods_that_never_preempt_nor_in_vain) {
  World world;
  world.put(make_node("node-1", "2", "8Gi"));
  world.put(make_important("low", "1", 1));
  world.put(make_important("vital", "1", 100));
  world.loop.run_for(1s);
  world.put(make_important("equal", "2", 1));
  Pod polite = make_important("polite", "1", 10);
  polite.spec.preemptionPolicy = "Never";
  world.put(polite);
  world.put(make_important("too-large", "2", 10));
  world.loop.run_for(20s);
  EXPECT_EQ(world.node_of("low"), "node-1");
  EXPECT_THAT(world.events("Preempted"), IsEmpty());
  EXPECT_EQ(world.pod("too-large").status.nominatedNodeName, "");
}

TEST(Scheduler, a_victim_that_cannot_be_removed_is_tried_again) {
  World world;
  world.put(make_node("node-1", "2", "8Gi"));
  world.put(make_important("low", "2", 1));
  world.loop.run_for(1s);
  world.api.fail_next("remove", Error(Code::unavailable, "not now"));
  world.put(make_important("high", "2", 10));
  world.loop.run_for(500ms);
  EXPECT_FALSE(world.pod("low").metadata.deletionTimestamp);
  world.loop.run_for(20s);
  let_go(world, "low");
  world.loop.run_for(2s);
  EXPECT_EQ(world.node_of("high"), "node-1");
}

TEST(Scheduler, lost_watches_lose_no_pod) {
  World world;
  world.put(make_node("node-1", "8", "8Gi"));
  world.loop.run_for(1s);
  world.api.break_watches(Error(Code::unavailable, "gone away"));
  world.put(make_pod("one", "1", "1Gi"));
  world.loop.run_for(60s);
  EXPECT_EQ(world.node_of("one"), "node-1");
  world.api.forget_history();
  world.put(make_pod("two", "1", "1Gi"));
  world.loop.run_for(60s);
  EXPECT_EQ(world.node_of("two"), "node-1");
}

TEST(Scheduler, a_restart_goes_on_where_the_last_one_stood) {
  io::SimLoop loop{WallTime{std::chrono::seconds(1767225600)}};
  client::FakeClient api(loop, loop);
  SeededRandom random(1);
  Metrics metrics;
  api.put(make_node("node-1", "2", "8Gi"));
  for (int i = 0; i < 2; ++i) {
    api.put(make_pod(fmt::format("p{}", i), "2", "1Gi"));
    client::InformerSet informers(loop, api, random);
    Scheduler scheduler(loop, loop, api, informers, random, metrics);
    informers.start();
    scheduler.start();
    loop.run_for(5s);
  }
  EXPECT_EQ(api.find<Pod>(ObjectKey("default", "p0"))->spec.nodeName, "node-1");
  EXPECT_EQ(api.find<Pod>(ObjectKey("default", "p1"))->spec.nodeName, "");
}

TEST(Scheduler, a_restart_goes_on_waiting_for_the_victims_of_before) {
  io::SimLoop loop{WallTime{std::chrono::seconds(1767225600)}};
  client::FakeClient api(loop, loop);
  SeededRandom random(1);
  Metrics metrics;
  api.put(make_node("node-1", "4", "8Gi"));
  for (const std::string name : {"first", "second"}) {
    Pod pod = make_important(name, "2", 1);
    pod.spec.nodeName = "node-1";
    pod.status.startTime = loop.wall() + (name == "first" ? 0s : 60s);
    api.put(pod);
  }
  api.put(make_important("high", "2", 10));
  for (int run = 0; run < 2; ++run) {
    client::InformerSet informers(loop, api, random);
    Scheduler scheduler(loop, loop, api, informers, random, metrics);
    informers.start();
    scheduler.start();
    loop.run_for(2s);
    // Between the runs one appears that would rather have been chosen.
    if (run > 0) continue;
    api.erase<Pod>(ObjectKey("default", "first"));
    Pod late = make_important("late", "2", 0);
    late.spec.nodeName = "node-1";
    api.put(late);
  }
  EXPECT_TRUE(api.find<Pod>(ObjectKey("default", "second"))->metadata.deletionTimestamp);
  EXPECT_FALSE(api.find<Pod>(ObjectKey("default", "late"))->metadata.deletionTimestamp);
  EXPECT_THAT(api.find<Pod>(ObjectKey("default", "high"))->status.conditions.back().message,
              HasSubstr("a terminating pod on the nominated node"));
}

void disturb(World& world, std::set<std::string>& pods, int step) {
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      world.put(make_node(fmt::format("n{}", *rc::gen::inRange(0, 3)), "4", "4Gi"));
      break;
    case 1:
      world.api.fail_next("create",
                          Error(*rc::gen::element(Code::unavailable, Code::conflict, Code::timeout), "no"));
      break;
    case 2:
      world.api.set_latency(std::chrono::milliseconds(*rc::gen::inRange(0, 3000)));
      break;
    case 3:
      world.api.break_watches(Error(Code::unavailable, "no"));
      break;
    case 4:
      if (pods.empty()) break;
      world.remove_pod(*pods.begin());
      pods.erase(pods.begin());
      break;
    default:
      const std::string name = fmt::format("p{}", step);
      world.put(make_pod(name, std::to_string(*rc::gen::inRange(1, 4)), "1Gi"));
      pods.insert(name);
  }
}

std::map<std::string, std::int64_t> used_cpu(const World& world) {
  std::map<std::string, std::int64_t> used;
  for (const Pod& pod : world.api.all<Pod>()) used[pod.spec.nodeName] += pod_requests(pod.spec).milli_cpu;
  return used;
}

TEST(SchedulerProperties, whatever_goes_wrong_no_node_is_overcommitted_and_no_pod_that_fits_waits_for_ever) {
  EXPECT_TRUE(rc::check([] {
    World world({}, *rc::gen::arbitrary<std::uint64_t>());
    std::set<std::string> pods;
    const int steps = *rc::gen::inRange(1, 30);
    for (int step = 0; step < steps; ++step) {
      disturb(world, pods, step);
      world.loop.run_for(std::chrono::milliseconds(*rc::gen::inRange(0, 2000)));
      for (const auto& [node, used] : used_cpu(world)) RC_ASSERT(node.empty() || used <= 4000);
    }
    world.api.set_latency(0s);
    world.loop.run_for(900s);
    std::map<std::string, std::int64_t> used = used_cpu(world);
    used.erase("");
    for (const Node& node : world.api.all<Node>()) used[node.metadata.name] += 0;
    for (const Pod& pod : world.api.all<Pod>()) {
      if (!pod.spec.nodeName.empty()) continue;
      for (const auto& [node, taken] : used) RC_ASSERT(taken + pod_requests(pod.spec).milli_cpu > 4000);
    }
  }));
}

}  // namespace
}  // namespace aloft::scheduler
