// Who goes first when memory or disk runs out.
#include "node/eviction.h"

#include <gtest/gtest.h>

namespace aloft::node {
namespace {

PodPointer pod_with_request(std::string uid, std::string_view request, std::int32_t priority = 0,
                            std::string phase = "Running") {
  core::v1::Pod pod;
  pod.metadata.uid = std::move(uid);
  pod.spec.priority = priority;
  pod.status.phase = std::move(phase);
  core::v1::Container container;
  if (!request.empty()) container.resources.requests["memory"] = model::Quantity::parse(request).value();
  pod.spec.containers.push_back(std::move(container));
  return std::make_shared<core::v1::Pod>(std::move(pod));
}

ContainerUsage usage_of(std::string uid, std::uint64_t mebibytes) {
  ContainerUsage usage;
  usage.pod_uid = std::move(uid);
  usage.memory_working_set_bytes = mebibytes << 20U;
  return usage;
}

TEST(Eviction, takes_who_is_furthest_beyond_what_it_asked_for) {
  const std::vector<PodPointer> pods{pod_with_request("modest", "500Mi"), pod_with_request("greedy", "100Mi"),
                                     pod_with_request("free", "")};
  EXPECT_EQ(choose_victim(pods, {usage_of("modest", 400), usage_of("greedy", 350), usage_of("free", 50)},
                          Scarce::memory),
            "greedy");
  EXPECT_EQ(choose_victim(pods, {usage_of("modest", 400), usage_of("greedy", 90), usage_of("free", 50)},
                          Scarce::memory),
            "free");
}

TEST(Eviction, spares_what_the_cluster_needs_and_what_has_ended) {
  const std::vector<PodPointer> pods{pod_with_request("system", "", 2'000'001'000),
                                     pod_with_request("done", "", 0, "Succeeded"),
                                     pod_with_request("high", "", 100), pod_with_request("low", "", 1)};
  const std::vector<ContainerUsage> usage{usage_of("system", 900), usage_of("done", 800),
                                          usage_of("high", 700), usage_of("low", 1)};
  EXPECT_EQ(choose_victim(pods, usage, Scarce::memory), "low");
  EXPECT_EQ(choose_victim({pods[0], pods[1]}, usage, Scarce::memory), std::nullopt);
}

TEST(Eviction, of_the_disk_goes_by_what_was_written) {
  const std::vector<PodPointer> pods{pod_with_request("writes", ""), pod_with_request("computes", "")};
  std::vector<ContainerUsage> usage{usage_of("writes", 1), usage_of("computes", 900)};
  usage[0].disk_bytes = 5 << 20U;
  usage[1].disk_bytes = 1 << 20U;
  EXPECT_EQ(choose_victim(pods, usage, Scarce::disk), "writes");
  MachineFacts machine;
  machine.disk_bytes = 100 << 20U;
  machine.disk_available_bytes = 11 << 20U;
  EXPECT_FALSE(is_low_on_disk(machine));
  machine.disk_available_bytes = 9 << 20U;
  EXPECT_TRUE(is_low_on_disk(machine));
  EXPECT_EQ(eviction_failure(machine, Scarce::disk).message,
            "The node was low on resource: ephemeral-storage. Threshold quantity: 10Mi, available: 9216Ki.");
}

TEST(Eviction, says_why) {
  MachineFacts machine;
  machine.memory_available_bytes = 5 << 20U;
  EXPECT_TRUE(is_low_on_memory(machine));
  EXPECT_EQ(eviction_failure(machine, Scarce::memory).message,
            "The node was low on resource: memory. Threshold quantity: 100Mi, available: 5120Ki.");
}

}  // namespace
}  // namespace aloft::node
