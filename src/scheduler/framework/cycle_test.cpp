// From a pod and nodes to a decision: the words for people, the choice between equals, and what holds for any
// cluster.
#include "scheduler/framework/cycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "scheduler/cache.h"
#include "scheduler/testing/cluster.h"

namespace aloft::scheduler {
namespace {

TEST(Cycle, without_nodes_the_message_says_so) {
  Cluster cluster;
  EXPECT_EQ(cluster.why_not(make_pod("p", "1", "1Gi")), "no nodes available to schedule pods");
}

TEST(Cycle, the_message_counts_nodes_by_reason) {
  Cluster cluster;
  cluster.add(make_node("small", "1", "8Gi"));
  for (const std::string name : {"t1", "t2"}) {
    core::v1::Node tainted = make_node(name, "8", "8Gi");
    tainted.spec.taints.push_back(make_taint("key", "value", "NoSchedule"));
    cluster.add(tainted);
  }
  cluster.place(make_pod("there", "500m", "1Gi"), "small");
  EXPECT_EQ(cluster.why_not(make_pod("p", "1", "1Gi")),
            "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {key: value}. "
            "preemption: "
            "0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not "
            "helpful for "
            "scheduling.");
}

TEST(Cycle, pods_that_never_preempt_are_told_so) {
  Cluster cluster;
  cluster.add(make_node("small", "1", "8Gi"));
  core::v1::Pod pod = make_pod("p", "2", "1Gi");
  pod.spec.preemptionPolicy = "Never";
  EXPECT_EQ(
      cluster.why_not(pod),
      "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.");
}

TEST(Cycle, a_refusal_knows_what_may_change_it) {
  Snapshot snapshot;
  snapshot.set_node(share(make_node("small", "1", "8Gi")));
  Cycle cycle(default_profile(FitStrategy::best_fit));
  SeededRandom random(1);
  const Decision by_room = cycle.decide(*info_of(make_pod("p", "2", "")), snapshot, random);
  EXPECT_TRUE(by_room.refusal.wakes_on.contains(EventKind::pod_removed));
  EXPECT_FALSE(by_room.refusal.wakes_on.contains(EventKind::node_labels));
  core::v1::Pod picky = make_pod("p", "", "");
  picky.spec.nodeSelector["zone"] = "x";
  const Decision by_label = cycle.decide(*info_of(picky), snapshot, random);
  EXPECT_TRUE(by_label.refusal.wakes_on.contains(EventKind::node_labels));
  EXPECT_FALSE(by_label.refusal.wakes_on.contains(EventKind::pod_removed));
  const Decision empty = cycle.decide(*info_of(picky), Snapshot(), random);
  EXPECT_EQ(empty.refusal.wakes_on, Events({EventKind::node_added}));
}

TEST(Cycle, equals_are_chosen_by_chance_and_the_same_chance_chooses_the_same) {
  Snapshot snapshot;
  for (int i = 0; i < 4; ++i) snapshot.set_node(share(make_node(fmt::format("n{}", i), "4", "8Gi")));
  const auto draw = [&snapshot](std::uint64_t seed) {
    Cycle cycle(default_profile(FitStrategy::best_fit));
    SeededRandom random(seed);
    std::vector<std::string> names;
    for (int i = 0; i < 50; ++i) {
      names.push_back(cycle.decide(*info_of(make_pod("p", "1", "1Gi")), snapshot, random).node->name());
    }
    return names;
  };
  EXPECT_EQ(draw(7), draw(7));
  const std::vector<std::string> names = draw(7);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 4U);
}

// What follows holds for clusters, pods and orders of events drawn at random.

std::string random_amount(int largest) { return std::to_string(*rc::gen::inRange(0, largest + 1)); }

core::v1::Node random_node(int number) {
  core::v1::Node node = make_node(fmt::format("n{}", number), random_amount(8), random_amount(8) + "Gi");
  node.status.allocatable["pods"] = model::Quantity::from_units(*rc::gen::inRange(1, 6));
  node.status.allocatable["example.com/gpu"] = model::Quantity::from_units(*rc::gen::inRange(0, 4));
  if (*rc::gen::inRange(0, 5) == 0) node.spec.unschedulable = true;
  if (*rc::gen::inRange(0, 5) == 0) node.spec.taints.push_back(make_taint("k", "v", "NoSchedule"));
  node.metadata.labels["zone"] = std::to_string(*rc::gen::inRange(0, 3));
  return node;
}

core::v1::Pod random_pod(int number) {
  core::v1::Pod pod = make_pod(fmt::format("p{}", number), random_amount(3), random_amount(3) + "Gi");
  if (*rc::gen::inRange(0, 4) == 0) {
    pod.spec.containers.push_back(make_container({{"example.com/gpu", random_amount(2)}}));
  }
  if (*rc::gen::inRange(0, 4) == 0) pod.spec.nodeSelector["zone"] = "1";
  if (*rc::gen::inRange(0, 6) == 0) {
    core::v1::ContainerPort port;
    port.hostPort = 80;
    pod.spec.containers.front().ports.push_back(port);
  }
  pod.metadata.labels["app"] = std::to_string(*rc::gen::inRange(0, 3));
  if (*rc::gen::inRange(0, 4) == 0) {
    const char* key = *rc::gen::inRange(0, 2) == 0 ? "zone" : "kubernetes.io/hostname";
    pod.spec.affinity.emplace()
        .podAntiAffinity.emplace()
        .requiredDuringSchedulingIgnoredDuringExecution.push_back(
            make_term("app", pod.metadata.labels["app"], key));
  }
  if (*rc::gen::inRange(0, 5) == 0) {
    core::v1::TopologySpreadConstraint constraint;
    constraint.maxSkew = *rc::gen::inRange(1, 3);
    constraint.topologyKey = "zone";
    constraint.whenUnsatisfiable = "DoNotSchedule";
    constraint.labelSelector.emplace().matchLabels["app"] = "0";
    pod.spec.topologySpreadConstraints.push_back(constraint);
  }
  return pod;
}

// The plain definition of room, from the pods themselves and not from any sum that is kept. A node that has
// shrunk below what its pods take still has room for pods that do not want what is short.
bool has_room(const NodeInfo& node, const Resources& taken, const Resources& wanted) {
  const Resources& has = node.allocatable();
  const auto enough = [](std::int64_t of_it, std::int64_t used, std::int64_t there) {
    return of_it == 0 || used <= there;
  };
  const auto* gpu = "example.com/gpu";
  return enough(wanted.milli_cpu, taken.milli_cpu, has.milli_cpu) &&
         enough(wanted.memory, taken.memory, has.memory) && enough(wanted.pods, taken.pods, has.pods) &&
         enough(wanted.extended_amount(gpu), taken.extended_amount(gpu), has.extended_amount(gpu));
}

Resources sum_of_pods(const NodeInfo& node) {
  Resources sum;
  for (const SharedPod& pod : node.pods()) sum.add(pod->requests);
  return sum;
}

bool has_room(const NodeInfo& node, const PodInfo& pod) {
  Resources sum = sum_of_pods(node);
  sum.add(pod.requests);
  return has_room(node, sum, pod.requests);
}

bool ports_free(const NodeInfo& node, const PodInfo& extra) {
  return extra.host_ports.empty() ||
         std::ranges::all_of(node.pods(), [](const SharedPod& pod) { return pod->host_ports.empty(); });
}

// By definition: no two pods within one part, one of which declared that it would not have the other there.
bool keeps_apart(const Snapshot& snapshot, const NodeInfo& node, const PodInfo& pod) {
  for (const NodeInfo* other_node : snapshot.nodes()) {
    for (const SharedPod& other : other_node->pods()) {
      for (const auto& [terms, meant] :
           {std::pair(&pod.anti_affinity, other.get()), std::pair(&other->anti_affinity, &pod)}) {
        for (const PodTerm& term : *terms) {
          const bool same_part =
              node.labels().at(term.topology_key()) == other_node->labels().at(term.topology_key());
          if (same_part && term.matches(meant->ns(), meant->labels(), snapshot)) return false;
        }
      }
    }
  }
  return true;
}

// By definition: of the parts that the pod may use, its own gets ahead of the emptiest by no more than the
// skew.
bool spreads(const Snapshot& snapshot, const NodeInfo& node, const PodInfo& pod) {
  if (pod.pod->spec.topologySpreadConstraints.empty()) return true;
  std::map<std::string, int> pods_in;
  for (const NodeInfo* other : snapshot.nodes()) {
    if (!pod.nodes.matches(other->name(), other->labels())) continue;
    int& pods = pods_in[other->labels().at("zone")];
    for (const SharedPod& there : other->pods()) pods += there->labels().at("app") == "0" ? 1 : 0;
  }
  int least = 1000;
  for (const auto& [zone, pods] : pods_in) least = std::min(least, pods);
  const int own = pod.labels().at("app") == "0" ? 1 : 0;
  return pods_in[node.labels().at("zone")] + own - least <=
         pod.pod->spec.topologySpreadConstraints.front().maxSkew;
}

bool fits(const Snapshot& snapshot, const NodeInfo& node, const PodInfo& pod) {
  return !node.is_unschedulable() && node.keeping_taints().empty() &&
         pod.nodes.matches(node.name(), node.labels()) && ports_free(node, pod) && has_room(node, pod) &&
         keeps_apart(snapshot, node, pod) && spreads(snapshot, node, pod);
}

TEST(CycleProperties, a_pod_is_placed_exactly_where_it_fits_whatever_happened_before) {
  EXPECT_TRUE(rc::check([] {
    Cache cache;
    Cycle cycle(default_profile(*rc::gen::element(FitStrategy::best_fit, FitStrategy::least_allocated)));
    SeededRandom random(*rc::gen::arbitrary<std::uint64_t>());
    std::vector<std::string> placed;
    const int steps = *rc::gen::inRange(1, 40);
    for (int step = 0; step < steps; ++step) {
      const int what = *rc::gen::inRange(0, 8);
      if (what == 0 || (what == 1 && cache.snapshot().nodes().size() < 4)) {
        cache.set_node(share(random_node(*rc::gen::inRange(0, 6))));
      } else if (what == 1) {
        cache.remove_node(fmt::format("n{}", *rc::gen::inRange(0, 6)));
      } else if (what == 2 && !placed.empty()) {
        const auto at = *rc::gen::inRange<std::size_t>(0, placed.size());
        cache.remove_pod(placed[at]);
        placed.erase(placed.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        const SharedPod pod = info_of(random_pod(step));
        const Decision decision = cycle.decide(*pod, cache.snapshot(), random);
        std::size_t fitting = 0;
        for (const NodeInfo* node : cache.snapshot().nodes())
          fitting += fits(cache.snapshot(), *node, *pod) ? 1 : 0;
        RC_ASSERT(decision.fitting_nodes == fitting);
        RC_ASSERT((decision.node != nullptr) == (fitting > 0));
        if (decision.node == nullptr) continue;
        RC_ASSERT(fits(cache.snapshot(), *decision.node, *pod));
        cache.assume(pod, decision.node->name());
        placed.push_back(pod->key);
        // No resource of the node is promised twice.
        RC_ASSERT(has_room(*decision.node, sum_of_pods(*decision.node), pod->requests));
      }
    }
  }));
}

TEST(CycleProperties, every_refusal_says_why_for_every_node) {
  EXPECT_TRUE(rc::check([] {
    Cluster cluster;
    const int nodes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < nodes; ++i) cluster.add(random_node(i));
    for (int i = 0; i < 10; ++i) {
      const SharedPod pod = info_of(random_pod(i));
      Cycle cycle(default_profile(FitStrategy::best_fit));
      SeededRandom random(1);
      const Decision decision = cycle.decide(*pod, cluster.snapshot(), random);
      if (decision.node != nullptr) {
        cluster.place(*pod->pod, decision.node->name());
        continue;
      }
      std::size_t told = 0;
      for (const auto& [reason, count] : decision.refusal.reasons) {
        RC_ASSERT(!reason.empty());
        told += count;
      }
      RC_ASSERT(told >= cluster.snapshot().nodes().size());
      RC_ASSERT(decision.refusal.never <= cluster.snapshot().nodes().size());
      RC_ASSERT(!decision.refusal.wakes_on.empty());
    }
  }));
}

// What is left of a node once the pod is there, as a mean share of its CPU and memory.
double left_over(const NodeInfo& node, const PodInfo& pod) {
  const auto share = [](std::int64_t used, std::int64_t has) {
    return has == 0 ? 1.0 : 1.0 - std::min(1.0, static_cast<double>(used) / static_cast<double>(has));
  };
  const Resources& used = node.scoring_requested();
  return share(used.milli_cpu + pod.scoring_requests.milli_cpu, node.allocatable().milli_cpu) +
         share(used.memory + pod.scoring_requests.memory, node.allocatable().memory);
}

TEST(CycleProperties, best_fit_leaves_the_least_of_all_fitting_nodes_and_never_more_than_least_allocated) {
  EXPECT_TRUE(rc::check([] {
    Snapshot snapshot;
    const int nodes = *rc::gen::inRange(1, 8);
    for (int i = 0; i < nodes; ++i) {
      const auto cpu = std::to_string(*rc::gen::inRange(1, 64));
      const auto memory = std::to_string(*rc::gen::inRange(1, 64)) + "Gi";
      snapshot.set_node(share(make_node(fmt::format("n{}", i), cpu, memory)));
      snapshot.add_pod(
          info_of(make_pod(fmt::format("there{}", i), random_amount(32), random_amount(32) + "Gi")),
          fmt::format("n{}", i));
    }
    const SharedPod pod = info_of(make_pod("p", random_amount(8), random_amount(8) + "Gi"));
    SeededRandom random(1);
    Cycle tight(default_profile(FitStrategy::best_fit));
    Cycle loose(default_profile(FitStrategy::least_allocated));
    const Decision best = tight.decide(*pod, snapshot, random);
    const Decision least = loose.decide(*pod, snapshot, random);
    RC_ASSERT((best.node == nullptr) == (least.node == nullptr));
    if (best.node == nullptr) return;
    const double waste = left_over(*best.node, *pod);
    RC_ASSERT(waste <= left_over(*least.node, *pod) + 1e-9);
    for (const NodeInfo* node : snapshot.nodes()) {
      if (fits(snapshot, *node, *pod)) RC_ASSERT(waste <= left_over(*node, *pod) + 1e-9);
    }
  }));
}

}  // namespace
}  // namespace aloft::scheduler
