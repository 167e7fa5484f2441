// The filters and scores that look at nodes: name, ports, labels, taints, cordons.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/plugins/node_affinity.h"
#include "scheduler/plugins/node_name.h"
#include "scheduler/plugins/node_ports.h"
#include "scheduler/plugins/node_unschedulable.h"
#include "scheduler/plugins/taints.h"
#include "scheduler/testing/cluster.h"

namespace aloft::scheduler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

core::v1::Node node(const std::string& name) { return make_node(name, "8", "8Gi"); }

core::v1::Pod pod_with_port(std::string name, std::int32_t port, std::string ip = "",
                            std::string protocol = "TCP") {
  core::v1::Pod pod = make_pod(std::move(name), "", "");
  core::v1::ContainerPort declared;
  declared.containerPort = 80;
  declared.hostPort = port;
  declared.hostIP = std::move(ip);
  declared.protocol = std::move(protocol);
  pod.spec.containers.front().ports.push_back(std::move(declared));
  return pod;
}

core::v1::Toleration tolerate(std::string key, std::string effect = "") {
  core::v1::Toleration toleration;
  toleration.key = std::move(key);
  toleration.operator_ = "Exists";
  toleration.effect = std::move(effect);
  return toleration;
}

core::v1::NodeSelectorTerm zone(std::string value) {
  core::v1::NodeSelectorRequirement requirement;
  requirement.key = "zone";
  requirement.operator_ = "In";
  requirement.values.push_back(std::move(value));
  core::v1::NodeSelectorTerm term;
  term.matchExpressions.push_back(std::move(requirement));
  return term;
}

TEST(NodeName, a_pod_that_names_its_node_fits_no_other) {
  Cluster cluster;
  cluster.add(node("a"));
  cluster.add(node("b"));
  core::v1::Pod pod = make_pod("p", "", "");
  pod.spec.nodeName = "b";
  EXPECT_THAT(cluster.allowed(NodeName(), pod), ElementsAre("b"));
  pod.spec.nodeName = "c";
  EXPECT_THAT(cluster.why_not(pod), HasSubstr("2 node(s) didn't match the requested node name."));
}

TEST(NodePorts, a_port_of_a_node_goes_to_one_pod) {
  Cluster cluster;
  cluster.add(node("a"));
  cluster.add(node("b"));
  cluster.place(pod_with_port("there", 8080), "a");
  EXPECT_THAT(cluster.allowed(NodePorts(), pod_with_port("p", 8080)), ElementsAre("b"));
  EXPECT_THAT(cluster.allowed(NodePorts(), pod_with_port("p", 8081)), ElementsAre("a", "b"));
  EXPECT_THAT(cluster.allowed(NodePorts(), pod_with_port("p", 8080, "", "UDP")), ElementsAre("a", "b"));
  EXPECT_THAT(cluster.allowed(NodePorts(), make_pod("p", "", "")), ElementsAre("a", "b"));
}

TEST(NodePorts, addresses_of_a_node_have_ports_of_their_own_unless_one_is_all_of_them) {
  Cluster cluster;
  cluster.add(node("a"));
  cluster.place(pod_with_port("there", 8080, "10.0.0.1"), "a");
  EXPECT_THAT(cluster.allowed(NodePorts(), pod_with_port("p", 8080, "10.0.0.2")), ElementsAre("a"));
  EXPECT_THAT(cluster.allowed(NodePorts(), pod_with_port("p", 8080, "10.0.0.1")), IsEmpty());
  EXPECT_THAT(cluster.allowed(NodePorts(), pod_with_port("p", 8080)), IsEmpty());
  EXPECT_THAT(cluster.allowed(NodePorts(), pod_with_port("p", 8080, "0.0.0.0")), IsEmpty());
}

TEST(NodePorts, a_pod_that_has_gone_gives_its_port_back) {
  Cluster cluster;
  cluster.add(node("a"));
  cluster.place(pod_with_port("one", 8080), "a");
  cluster.place(pod_with_port("two", 8080, "", "UDP"), "a");
  EXPECT_THAT(cluster.why_not(pod_with_port("p", 8080)),
              HasSubstr("1 node(s) didn't have free ports for the requested pod ports."));
  cluster.snapshot().remove_pod("default/one", "a");
  EXPECT_EQ(cluster.decide(pod_with_port("p", 8080)), "a");
}

TEST(NodeAffinity, a_node_selector_must_match_entirely) {
  Cluster cluster;
  core::v1::Node matching = node("a");
  matching.metadata.labels["zone"] = "x";
  matching.metadata.labels["disk"] = "ssd";
  core::v1::Node half = node("b");
  half.metadata.labels["zone"] = "x";
  cluster.add(matching);
  cluster.add(half);
  core::v1::Pod pod = make_pod("p", "", "");
  pod.spec.nodeSelector = {{"zone", "x"}, {"disk", "ssd"}};
  EXPECT_THAT(cluster.allowed(NodeAffinity(), pod), ElementsAre("a"));
  pod.spec.nodeSelector["zone"] = "y";
  EXPECT_THAT(cluster.why_not(pod),
              HasSubstr("2 node(s) didn't match Pod's node affinity/selector. preemption: 0/2 "
                        "nodes are available: 2 Preemption is not helpful for scheduling."));
}

TEST(NodeAffinity, preferred_terms_add_their_weights) {
  Cluster cluster;
  for (const std::string name : {"a", "b", "c"}) {
    core::v1::Node labelled = node(name);
    labelled.metadata.labels["zone"] = name;
    cluster.add(labelled);
  }
  core::v1::Pod pod = make_pod("p", "1", "1Gi");
  EXPECT_THAT(cluster.scores(NodeAffinity(), pod), IsEmpty());
  auto& preferred =
      pod.spec.affinity.emplace().nodeAffinity.emplace().preferredDuringSchedulingIgnoredDuringExecution;
  preferred.resize(2);
  preferred[0].weight = 10;
  preferred[0].preference = zone("a");
  preferred[1].weight = 40;
  preferred[1].preference = zone("b");
  EXPECT_THAT(cluster.scores(NodeAffinity(), pod), ElementsAre(25, 100, 0));
  EXPECT_EQ(cluster.decide(pod), "b");
}

TEST(Taints, keep_pods_away_that_do_not_tolerate_them) {
  Cluster cluster;
  core::v1::Node tainted = node("a");
  tainted.spec.taints.push_back(make_taint("gpu", "big", "NoSchedule"));
  core::v1::Node leaving = node("b");
  leaving.spec.taints.push_back(make_taint("node.kubernetes.io/not-ready", "", "NoExecute"));
  cluster.add(tainted);
  cluster.add(leaving);
  cluster.add(node("c"));
  core::v1::Pod pod = make_pod("p", "", "");
  EXPECT_THAT(cluster.allowed(Taints(), pod), ElementsAre("c"));
  pod.spec.tolerations.push_back(tolerate("gpu"));
  EXPECT_THAT(cluster.allowed(Taints(), pod), ElementsAre("a", "c"));
  pod.spec.tolerations.push_back(tolerate("node.kubernetes.io/not-ready", "NoExecute"));
  EXPECT_THAT(cluster.allowed(Taints(), pod), ElementsAre("a", "b", "c"));
}

TEST(Taints, the_first_that_is_not_tolerated_is_told) {
  Cluster cluster;
  core::v1::Node tainted = node("a");
  tainted.spec.taints.push_back(make_taint("one", "1", "NoSchedule"));
  tainted.spec.taints.push_back(make_taint("two", "", "NoExecute"));
  cluster.add(tainted);
  core::v1::Pod pod = make_pod("p", "", "");
  EXPECT_THAT(cluster.why_not(pod), HasSubstr("1 node(s) had untolerated taint {one: 1}. preemption:"));
  pod.spec.tolerations.push_back(tolerate("one"));
  EXPECT_THAT(cluster.why_not(pod), HasSubstr("1 node(s) had untolerated taint {two: }. preemption:"));
}

TEST(Taints, those_to_avoid_only_make_other_nodes_better) {
  Cluster cluster;
  core::v1::Node avoided = node("a");
  avoided.spec.taints.push_back(make_taint("one", "1", "PreferNoSchedule"));
  avoided.spec.taints.push_back(make_taint("two", "1", "PreferNoSchedule"));
  core::v1::Node less = node("b");
  less.spec.taints.push_back(make_taint("one", "1", "PreferNoSchedule"));
  cluster.add(avoided);
  EXPECT_EQ(cluster.decide(make_pod("p", "", "")), "a");
  cluster.add(less);
  cluster.add(node("c"));
  EXPECT_THAT(cluster.scores(Taints(), make_pod("p", "", "")), ElementsAre(0, 50, 100));
  EXPECT_EQ(cluster.decide(make_pod("p", "", "")), "c");
}

TEST(NodeUnschedulable, cordoned_nodes_take_only_pods_that_tolerate_it) {
  Cluster cluster;
  core::v1::Node cordoned = node("a");
  cordoned.spec.unschedulable = true;
  cluster.add(cordoned);
  core::v1::Pod pod = make_pod("p", "", "");
  EXPECT_THAT(cluster.why_not(pod), HasSubstr("0/1 nodes are available: 1 node(s) were unschedulable."));
  pod.spec.tolerations.push_back(tolerate("node.kubernetes.io/unschedulable", "NoSchedule"));
  EXPECT_EQ(cluster.decide(pod), "a");
}

}  // namespace
}  // namespace aloft::scheduler
