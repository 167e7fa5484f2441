// What a pod counts for, by upstream's rules for init containers, sidecars and overhead.
#include "scheduler/framework/resources.h"

#include <gtest/gtest.h>

#include "scheduler/testing/objects.h"

namespace aloft::scheduler {
namespace {

core::v1::Container sidecar(const std::map<std::string, std::string>& requests) {
  core::v1::Container container = make_container(requests);
  container.restartPolicy = "Always";
  return container;
}

TEST(Resources, containers_add_up) {
  core::v1::Pod pod = make_pod("a", "100m", "1Mi");
  pod.spec.containers.push_back(
      make_container({{"cpu", "1"}, {"example.com/gpu", "2"}, {"ephemeral-storage", "1k"}}));
  const Resources sum = pod_requests(pod.spec);
  EXPECT_EQ(sum.milli_cpu, 1100);
  EXPECT_EQ(sum.memory, 1 << 20);
  EXPECT_EQ(sum.ephemeral_storage, 1000);
  EXPECT_EQ(sum.extended_amount("example.com/gpu"), 2);
  EXPECT_EQ(sum.pods, 1);
}

TEST(Resources, the_largest_init_container_counts_when_it_needs_more_than_the_containers) {
  core::v1::Pod pod = make_pod("a", "100m", "10Mi");
  pod.spec.initContainers.push_back(make_container({{"cpu", "2"}}));
  pod.spec.initContainers.push_back(make_container({{"cpu", "1"}, {"memory", "1Mi"}}));
  const Resources sum = pod_requests(pod.spec);
  EXPECT_EQ(sum.milli_cpu, 2000);
  EXPECT_EQ(sum.memory, 10 << 20);
}

TEST(Resources, sidecars_count_beside_the_containers_and_beside_later_init_containers) {
  core::v1::Pod pod = make_pod("a", "1", "");
  pod.spec.initContainers.push_back(make_container({{"cpu", "3"}}));
  pod.spec.initContainers.push_back(sidecar({{"cpu", "500m"}}));
  pod.spec.initContainers.push_back(make_container({{"cpu", "2800m"}}));
  EXPECT_EQ(pod_requests(pod.spec).milli_cpu, 3300);
  pod.spec.containers.push_back(make_container({{"cpu", "4"}}));
  EXPECT_EQ(pod_requests(pod.spec).milli_cpu, 5500);
}

TEST(Resources, overhead_comes_on_top) {
  core::v1::Pod pod = make_pod("a", "1", "1Mi");
  pod.spec.overhead["cpu"] = model::Quantity::from_milli(250);
  EXPECT_EQ(pod_requests(pod.spec).milli_cpu, 1250);
}

TEST(Resources, requests_of_the_whole_pod_take_the_place_of_its_containers) {
  core::v1::Pod pod = make_pod("a", "1", "1Mi");
  pod.spec.resources.emplace().requests["cpu"] = model::Quantity::from_units(3);
  EXPECT_EQ(pod_requests(pod.spec).milli_cpu, 3000);
  EXPECT_EQ(pod_requests(pod.spec).memory, 1 << 20);
}

TEST(Resources, containers_without_requests_count_with_the_usual_amounts_for_scoring_only) {
  const core::v1::Pod pod = make_pod("a", "", "");
  EXPECT_EQ(pod_requests(pod.spec).milli_cpu, 0);
  EXPECT_EQ(pod_scoring_requests(pod.spec).milli_cpu, 100);
  EXPECT_EQ(pod_scoring_requests(pod.spec).memory, std::int64_t{200} << 20);
  EXPECT_EQ(pod_scoring_requests(make_pod("b", "0", "0").spec).milli_cpu, 0);
}

TEST(Resources, absurd_amounts_do_not_overflow) {
  core::v1::Pod pod = make_pod("a", "9E", "9E");
  pod.spec.containers.push_back(make_container({{"cpu", "9E"}, {"memory", "9E"}}));
  const Resources sum = pod_requests(pod.spec);
  EXPECT_GT(sum.memory, std::int64_t{1} << 50);
  EXPECT_GT(sum.milli_cpu, std::int64_t{1} << 50);
}

}  // namespace
}  // namespace aloft::scheduler
