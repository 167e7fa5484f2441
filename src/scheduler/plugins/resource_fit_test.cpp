// Which nodes have room, what is said of those that have not, and which is filled first.
#include "scheduler/plugins/resource_fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scheduler/testing/cluster.h"

namespace aloft::scheduler {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

core::v1::Node with(core::v1::Node node, const std::string& resource, std::int64_t units) {
  node.status.allocatable[resource] = model::Quantity::from_units(units);
  return node;
}

TEST(ResourceFit, a_pod_fits_up_to_the_last_unit) {
  const ResourceFit fit(FitStrategy::best_fit);
  Cluster cluster;
  cluster.add(make_node("a", "2", "2Gi"));
  cluster.place(make_pod("there", "1500m", "1Gi"), "a");
  EXPECT_THAT(cluster.allowed(fit, make_pod("p", "500m", "1Gi")), ElementsAre("a"));
  EXPECT_THAT(cluster.allowed(fit, make_pod("p", "501m", "1Gi")), IsEmpty());
  EXPECT_THAT(cluster.allowed(fit, make_pod("p", "500m", "1073741825")), IsEmpty());
}

TEST(ResourceFit, everything_that_is_short_is_told) {
  Cluster cluster;
  cluster.add(with(with(make_node("a", "1", "1Gi"), "pods", 1), "example.com/gpu", 1));
  cluster.place(make_pod("there", "500m", "512Mi"), "a");
  core::v1::Pod pod = make_pod("p", "1", "1Gi");
  pod.spec.containers.push_back(make_container({{"example.com/gpu", "2"}, {"ephemeral-storage", "1Ti"}}));
  EXPECT_THAT(cluster.why_not(pod),
              HasSubstr("0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient ephemeral-storage, "
                        "1 Insufficient example.com/gpu, 1 Insufficient memory, 1 Too many pods."));
}

TEST(ResourceFit, a_pod_that_requests_nothing_fits_a_node_that_is_full) {
  Cluster cluster;
  cluster.add(make_node("a", "1", "1Gi"));
  cluster.place(make_pod("there", "1", "2Gi"), "a");
  EXPECT_EQ(cluster.decide(make_pod("p", "", "")), "a");
}

TEST(ResourceFit, a_node_takes_no_more_pods_than_it_says) {
  Cluster cluster;
  cluster.add(with(make_node("a", "8", "8Gi"), "pods", 2));
  EXPECT_EQ(cluster.schedule(make_pod("one", "", "")), "a");
  EXPECT_EQ(cluster.schedule(make_pod("two", "", "")), "a");
  EXPECT_THAT(cluster.why_not(make_pod("three", "", "")), HasSubstr("1 Too many pods."));
}

TEST(ResourceFit, extended_resources_are_counted_and_missing_ones_are_none) {
  const ResourceFit fit(FitStrategy::best_fit);
  Cluster cluster;
  cluster.add(make_node("plain", "8", "8Gi"));
  cluster.add(with(make_node("some", "8", "8Gi"), "example.com/gpu", 4));
  core::v1::Pod pod = make_pod("p", "", "");
  pod.spec.containers.front() = make_container({{"example.com/gpu", "3"}});
  EXPECT_THAT(cluster.allowed(fit, pod), ElementsAre("some"));
  EXPECT_EQ(cluster.schedule(pod), "some");
  EXPECT_THAT(cluster.allowed(fit, pod), IsEmpty());
}

TEST(ResourceFit, what_a_node_never_had_is_no_matter_for_preemption) {
  Cluster cluster;
  cluster.add(make_node("small", "1", "1Gi"));
  cluster.add(make_node("full", "4", "4Gi"));
  cluster.place(make_pod("there", "3", "1Gi"), "full");
  EXPECT_EQ(
      cluster.why_not(make_pod("p", "2", "")),
      "0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 1 No preemption "
      "victims found for incoming pod, 1 Preemption is not helpful for scheduling.");
}

TEST(ResourceFit, best_fit_fills_the_node_with_least_left) {
  Cluster cluster(FitStrategy::best_fit);
  cluster.add(make_node("large", "8", "16Gi"));
  cluster.add(make_node("small", "2", "4Gi"));
  cluster.add(make_node("used", "8", "16Gi"));
  cluster.place(make_pod("there", "7", "14Gi"), "used");
  EXPECT_EQ(cluster.decide(make_pod("p", "1", "2Gi")), "used");
  EXPECT_EQ(cluster.decide(make_pod("p", "2", "2Gi")), "small");
}

TEST(ResourceFit, best_fit_sees_differences_below_one_percent) {
  Cluster cluster(FitStrategy::best_fit);
  cluster.add(make_node("a", "100", "100Gi"));
  cluster.add(make_node("b", "100", "100Gi"));
  cluster.place(make_pod("there", "10001m", "1Gi"), "b");
  cluster.place(make_pod("here", "10", "1Gi"), "a");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(cluster.decide(make_pod("p", "1", "1Gi")), "b");
}

TEST(ResourceFit, best_fit_keeps_nodes_empty_and_least_allocated_uses_them_all) {
  Cluster packed(FitStrategy::best_fit);
  Cluster spread(FitStrategy::least_allocated);
  std::set<std::string> packed_nodes;
  std::set<std::string> spread_nodes;
  for (int i = 0; i < 4; ++i) {
    packed.add(make_node(fmt::format("n{}", i), "4", "8Gi"));
    spread.add(make_node(fmt::format("n{}", i), "4", "8Gi"));
  }
  for (int i = 0; i < 4; ++i) {
    packed_nodes.insert(packed.schedule(make_pod(fmt::format("p{}", i), "1", "2Gi")));
    spread_nodes.insert(spread.schedule(make_pod(fmt::format("p{}", i), "1", "2Gi")));
  }
  EXPECT_EQ(packed_nodes.size(), 1U);
  EXPECT_EQ(spread_nodes.size(), 4U);
}

TEST(ResourceFit, scores_are_shares_in_percent) {
  Cluster cluster;
  cluster.add(make_node("a", "4", "4Gi"));
  cluster.add(make_node("b", "4", "8Gi"));
  EXPECT_THAT(cluster.scores(ResourceFit(FitStrategy::best_fit), make_pod("p", "1", "2Gi")),
              ElementsAre(37.5, 25));
  EXPECT_THAT(cluster.scores(ResourceFit(FitStrategy::least_allocated), make_pod("p", "1", "2Gi")),
              ElementsAre(62.5, 75));
}

TEST(ResourceFit, pods_without_requests_are_spread_or_packed_too) {
  Cluster cluster(FitStrategy::least_allocated);
  cluster.add(make_node("a", "4", "4Gi"));
  cluster.add(make_node("b", "4", "4Gi"));
  const std::string first = cluster.schedule(make_pod("one", "", ""));
  EXPECT_NE(cluster.schedule(make_pod("two", "", "")), first);
}

TEST(ResourceFit, the_scarce_resource_decides_for_pods_that_want_it) {
  Cluster cluster(FitStrategy::best_fit);
  cluster.add(with(make_node("busy", "8", "8Gi"), "example.com/gpu", 8));
  cluster.add(with(make_node("idle", "8", "8Gi"), "example.com/gpu", 8));
  core::v1::Pod pod = make_pod("p", "", "");
  pod.spec.containers.front() = make_container({{"cpu", "1"}, {"memory", "1Gi"}, {"example.com/gpu", "4"}});
  pod.metadata.name = "there";
  cluster.place(pod, "busy");
  pod.metadata.name = "p";
  EXPECT_EQ(cluster.decide(pod), "busy");
}

}  // namespace
}  // namespace aloft::scheduler
