// What becomes of nodes that stop answering, and of nodes under pressure.
#include "controllers/node_lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/pods.h"
#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/coordination/v1/lease.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using coordination::v1::Lease;
using core::v1::Node;
using core::v1::NodeCondition;
using core::v1::Pod;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const ObjectKey node_key("", "node-1");

struct NodeCloud : Simulation {
  NodeCloud() { add<NodeLifecycleController>(); }
  void beat(Duration skew = {}) {
    Lease lease;
    lease.metadata.namespace_ = "kube-node-lease";
    lease.metadata.name = "node-1";
    lease.spec.renewTime = model::MicroTimestamp(now() + skew);
    put(lease);
  }
  Node node() const { return *find<Node>(node_key); }
  std::string condition(std::string_view type) const {
    const Node now = node();
    const auto found = std::ranges::find(now.status.conditions, type, &NodeCondition::type);
    return found == now.status.conditions.end() ? "none" : fmt::format("{} {}", found->status, found->reason);
  }
  std::vector<std::string> taints() const {
    std::vector<std::string> found;
    for (const auto& taint : node().spec.taints) found.push_back(taint.key + ":" + taint.effect);
    return found;
  }
};

TEST(NodeLifecycle, a_node_that_beats_stays_ready) {
  NodeCloud cloud;
  cloud.put(make_node("node-1"));
  for (int i = 0; i < 20; ++i) {
    cloud.beat();
    cloud.run_for(2s);
  }
  EXPECT_EQ(cloud.condition("Ready"), "True ");
  EXPECT_THAT(cloud.taints(), IsEmpty());
}

TEST(NodeLifecycle, six_seconds_without_a_beat_make_it_unknown_and_tainted) {
  NodeCloud cloud;
  cloud.put(make_node("node-1"));
  cloud.beat();
  cloud.run_for(5500ms);
  EXPECT_EQ(cloud.condition("Ready"), "True ");
  cloud.run_for(1s);
  EXPECT_EQ(cloud.condition("Ready"), "Unknown NodeStatusUnknown");
  EXPECT_EQ(cloud.condition("MemoryPressure"), "Unknown NodeStatusUnknown");
  EXPECT_THAT(cloud.taints(), UnorderedElementsAre("node.kubernetes.io/unreachable:NoSchedule",
                                                   "node.kubernetes.io/unreachable:NoExecute"));
  EXPECT_TRUE(cloud.node().spec.taints[0].timeAdded.has_value());
  EXPECT_THAT(cloud.events("NodeNotReady"), ElementsAre("Node node-1 status is now: NodeNotReady"));
}

TEST(NodeLifecycle, clocks_of_machines_need_not_agree) {
  NodeCloud cloud;
  cloud.put(make_node("node-1"));
  for (int i = 0; i < 5; ++i) {
    cloud.beat(-1h);
    cloud.run_for(2s);
  }
  EXPECT_EQ(cloud.condition("Ready"), "True ");
  cloud.beat(+1h);
  cloud.run_for(7s);
  EXPECT_EQ(cloud.condition("Ready"), "Unknown NodeStatusUnknown");
}

TEST(NodeLifecycle, a_node_that_never_reported_gets_a_minute) {
  NodeCloud cloud;
  Node node = make_node("node-1");
  node.status.conditions.clear();
  cloud.put(node);
  cloud.run_for(50s);
  EXPECT_EQ(cloud.condition("Ready"), "none");
  cloud.run_for(15s);
  EXPECT_EQ(cloud.condition("Ready"), "Unknown NodeStatusNeverUpdated");
}

TEST(NodeLifecycle, pods_of_a_lost_node_are_not_ready) {
  NodeCloud cloud;
  cloud.put(make_node("node-1"));
  cloud.beat();
  cloud.put(make_pod("web", "web"));
  cloud.run_pods();
  cloud.run_for(8s);
  EXPECT_FALSE(is_ready(*cloud.find<Pod>(in_default("web"))));
}

TEST(NodeLifecycle, a_node_that_returns_loses_its_taints) {
  NodeCloud cloud;
  cloud.put(make_node("node-1"));
  cloud.beat();
  cloud.run_for(8s);
  Node back = cloud.node();
  back.status.conditions = make_node("node-1").status.conditions;
  cloud.put(back);
  cloud.beat();
  cloud.run_for(1s);
  EXPECT_THAT(cloud.taints(), IsEmpty());
}

TEST(NodeLifecycle, pressure_and_cordoning_keep_new_pods_away) {
  NodeCloud cloud;
  Node node = make_node("node-1");
  node.status.conditions[0].status = "True";
  node.spec.unschedulable = true;
  core::v1::Taint own;
  own.key = "gpu";
  own.effect = "NoSchedule";
  node.spec.taints.push_back(own);
  cloud.put(node);
  cloud.beat();
  cloud.run_for(1s);
  EXPECT_THAT(cloud.taints(),
              UnorderedElementsAre("gpu:NoSchedule", "node.kubernetes.io/memory-pressure:NoSchedule",
                                   "node.kubernetes.io/unschedulable:NoSchedule"));
  node = cloud.node();
  node.status.conditions[0].status = "False";
  node.spec.unschedulable = false;
  cloud.put(node);
  cloud.run_for(1s);
  EXPECT_THAT(cloud.taints(), ElementsAre("gpu:NoSchedule"));
}

TEST(NodeLifecycle, a_node_that_says_it_is_not_ready_is_tainted_so) {
  NodeCloud cloud;
  Node node = make_node("node-1");
  node.status.conditions[3].status = "False";
  cloud.put(node);
  cloud.beat();
  cloud.run_for(1s);
  EXPECT_THAT(cloud.taints(), UnorderedElementsAre("node.kubernetes.io/not-ready:NoSchedule",
                                                   "node.kubernetes.io/not-ready:NoExecute"));
}

TEST(NodeLifecycle, a_new_node_is_greeted_once) {
  NodeCloud cloud;
  cloud.put(make_node("node-1"));
  for (int i = 0; i < 3; ++i) {
    cloud.beat();
    cloud.run_for(2s);
  }
  EXPECT_THAT(cloud.events("RegisteredNode"),
              ElementsAre("Node node-1 event: Registered Node node-1 in Controller"));
}

}  // namespace
}  // namespace aloft::controllers
