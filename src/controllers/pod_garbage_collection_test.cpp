// Which pods are cleared away without anybody asking.
#include "controllers/pod_garbage_collection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/pods.h"
#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"

namespace aloft::controllers {
namespace {

using client::ObjectKey;
using core::v1::Node;
using core::v1::Pod;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(PodGarbage, pods_of_a_vanished_node_go_after_a_while) {
  Simulation cloud;
  cloud.add<PodGarbageController>();
  cloud.put(make_node("node-1"));
  cloud.put(make_pod("web", "web"));
  cloud.run_pods();
  cloud.run_for(60s);
  cloud.erase<Node>(ObjectKey("", "node-1"));
  cloud.run_for(30s);
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(1));
  cloud.run_for(15s);
  EXPECT_THAT(cloud.all<Pod>(), IsEmpty());
}

TEST(PodGarbage, a_node_that_returns_in_time_keeps_its_pods) {
  Simulation cloud;
  cloud.add<PodGarbageController>();
  cloud.put(make_pod("web", "web"));
  cloud.run_pods();
  cloud.run_for(30s);
  cloud.put(make_node("node-1"));
  cloud.run_for(120s);
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(1));
}

TEST(PodGarbage, the_oldest_finished_pods_beyond_the_number_go) {
  Simulation cloud;
  PodGarbageSettings settings;
  settings.most_finished_pods = 2;
  cloud.add<PodGarbageController>(settings);
  for (int i = 0; i < 5; ++i) {
    Pod pod = make_pod(fmt::format("job-{}", i), "job");
    pod.status.phase = "Succeeded";
    cloud.put(pod);
    cloud.run_for(1s);
  }
  std::vector<std::string> names;
  for (const Pod& pod : cloud.all<Pod>()) names.push_back(pod.metadata.name);
  EXPECT_THAT(names, ::testing::ElementsAre("job-3", "job-4"));
}

TEST(PodGarbage, a_pod_stuck_on_a_machine_out_of_service_is_forced_out) {
  Simulation cloud;
  cloud.add<PodGarbageController>();
  Node node = make_node("node-1");
  cloud.put(node);
  cloud.put(make_pod("web", "web"));
  cloud.run_pods();
  cloud.remove<Pod>(in_default("web"));
  cloud.run_for(60s);
  EXPECT_THAT(cloud.all<Pod>(), SizeIs(1));
  node = *cloud.find<Node>(ObjectKey("", "node-1"));
  node.status.conditions[3].status = "Unknown";
  node.spec.taints.emplace_back().key = "node.kubernetes.io/out-of-service";
  cloud.put(node);
  cloud.run_for(1s);
  EXPECT_THAT(cloud.all<Pod>(), IsEmpty());
}

TEST(PodGarbage, a_pod_removed_before_it_was_bound_goes) {
  Simulation cloud;
  cloud.add<PodGarbageController>();
  Pod pod = make_pod("web", "web");
  pod.metadata.deletionTimestamp = cloud.now();
  pod.metadata.deletionGracePeriodSeconds = 30;
  cloud.put(pod);
  cloud.settle();
  EXPECT_THAT(cloud.all<Pod>(), IsEmpty());
}

}  // namespace
}  // namespace aloft::controllers
