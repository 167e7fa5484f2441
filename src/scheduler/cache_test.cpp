// What counts on a node, and which changes amount to what.
#include "scheduler/cache.h"

#include <gtest/gtest.h>

#include "scheduler/testing/objects.h"

namespace aloft::scheduler {
namespace {

SharedPod on(const std::string& node, core::v1::Pod pod) {
  pod.spec.nodeName = node;
  return info_of(std::move(pod));
}

std::int64_t used(const Cache& cache, const std::string& node) {
  return cache.snapshot().find(node)->requested().milli_cpu;
}

TEST(Cache, a_reservation_counts_like_the_pod_and_ends_when_the_pod_shows) {
  Cache cache;
  cache.set_node(share(make_node("a", "4", "4Gi")));
  cache.assume(info_of(make_pod("p", "1", "1Gi")), "a");
  EXPECT_TRUE(cache.is_assumed("default/p"));
  EXPECT_EQ(used(cache, "a"), 1000);
  EXPECT_EQ(cache.set_pod(on("a", make_pod("p", "1", "1Gi"))), Events({EventKind::pod_added}));
  EXPECT_FALSE(cache.is_assumed("default/p"));
  EXPECT_EQ(used(cache, "a"), 1000);
  EXPECT_EQ(cache.snapshot().find("a")->pods().size(), 1U);
}

TEST(Cache, a_pod_that_shows_on_another_node_than_assumed_counts_there) {
  Cache cache;
  cache.set_node(share(make_node("a", "4", "4Gi")));
  cache.set_node(share(make_node("b", "4", "4Gi")));
  cache.assume(info_of(make_pod("p", "1", "1Gi")), "a");
  EXPECT_TRUE(cache.set_pod(on("b", make_pod("p", "1", "1Gi"))).contains(EventKind::pod_removed));
  EXPECT_EQ(used(cache, "a"), 0);
  EXPECT_EQ(used(cache, "b"), 1000);
}

TEST(Cache, only_a_reservation_of_the_same_pod_is_forgotten) {
  Cache cache;
  cache.set_node(share(make_node("a", "4", "4Gi")));
  cache.assume(info_of(make_pod("p", "1", "1Gi")), "a");
  EXPECT_TRUE(cache.forget("default/p", "another").empty());
  EXPECT_EQ(used(cache, "a"), 1000);
  EXPECT_EQ(cache.forget("default/p", "uid-of-p"), Events({EventKind::pod_removed}));
  EXPECT_EQ(used(cache, "a"), 0);
  cache.set_pod(on("a", make_pod("p", "1", "1Gi")));
  EXPECT_TRUE(cache.forget("default/p", "uid-of-p").empty());
  EXPECT_EQ(used(cache, "a"), 1000);
}

TEST(Cache, pods_may_show_before_their_node_and_after_it) {
  Cache cache;
  cache.set_pod(on("a", make_pod("p", "1", "1Gi")));
  EXPECT_TRUE(cache.snapshot().nodes().empty());
  EXPECT_EQ(cache.set_node(share(make_node("a", "4", "4Gi"))), Events({EventKind::node_added}));
  EXPECT_EQ(used(cache, "a"), 1000);
  cache.remove_node("a");
  EXPECT_TRUE(cache.snapshot().nodes().empty());
  EXPECT_EQ(cache.snapshot().find("a"), nullptr);
  cache.set_node(share(make_node("a", "4", "4Gi")));
  EXPECT_EQ(used(cache, "a"), 1000);
  EXPECT_EQ(cache.remove_pod("default/p"), Events({EventKind::pod_removed}));
  EXPECT_EQ(used(cache, "a"), 0);
  EXPECT_TRUE(cache.remove_pod("default/p").empty());
}

TEST(Cache, changes_of_a_node_are_told_by_kind_and_heartbeats_are_none) {
  Cache cache;
  core::v1::Node node = make_node("a", "4", "4Gi");
  cache.set_node(share(node));
  node.status.conditions.resize(1);
  EXPECT_TRUE(cache.set_node(share(node)).empty());
  node.metadata.labels["zone"] = "x";
  EXPECT_EQ(cache.set_node(share(node)), Events({EventKind::node_labels}));
  node.spec.unschedulable = true;
  EXPECT_EQ(cache.set_node(share(node)), Events({EventKind::node_taints}));
  EXPECT_EQ(cache.snapshot().unschedulable_nodes(), 1U);
  node.status.allocatable["cpu"] = model::Quantity::from_units(8);
  node.spec.unschedulable = false;
  EXPECT_EQ(cache.set_node(share(node)), Events({EventKind::node_allocatable, EventKind::node_taints}));
  EXPECT_EQ(cache.snapshot().unschedulable_nodes(), 0U);
  EXPECT_EQ(cache.remove_node("a"), Events({EventKind::node_removed}));
}

TEST(Cache, changes_of_a_pod_are_told_by_kind) {
  Cache cache;
  core::v1::Pod pod = make_pod("p", "1", "1Gi");
  EXPECT_EQ(cache.set_pod(on("a", pod)), Events({EventKind::pod_added}));
  pod.status.phase = "Running";
  EXPECT_TRUE(cache.set_pod(on("a", pod)).empty());
  pod.metadata.labels["app"] = "web";
  EXPECT_EQ(cache.set_pod(on("a", pod)), Events({EventKind::pod_labels}));
  pod.spec.containers.front() = make_container({{"cpu", "500m"}});
  EXPECT_EQ(cache.set_pod(on("a", pod)), Events({EventKind::pod_removed}));
}

TEST(Cache, namespaces_tell_only_new_labels) {
  Cache cache;
  core::v1::Namespace ns;
  ns.metadata.name = "red";
  EXPECT_EQ(cache.set_namespace(ns), Events({EventKind::namespace_labels}));
  EXPECT_TRUE(cache.set_namespace(ns).empty());
  ns.metadata.labels["team"] = "red";
  EXPECT_EQ(cache.set_namespace(ns), Events({EventKind::namespace_labels}));
  EXPECT_EQ(cache.snapshot().namespace_labels("red")->at("team"), "red");
  cache.remove_namespace("red");
  EXPECT_EQ(cache.snapshot().namespace_labels("red"), nullptr);
}

}  // namespace
}  // namespace aloft::scheduler
