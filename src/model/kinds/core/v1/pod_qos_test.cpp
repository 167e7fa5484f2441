// Which pods are guaranteed their resources, and which go first.
#include "model/kinds/core/v1/pod_qos.h"

#include <gtest/gtest.h>

namespace aloft::core::v1 {
namespace {

model::Quantity amount(std::string_view text) { return *model::Quantity::parse(text); }

PodSpec pod_with(ResourceList requests, ResourceList limits) {
  PodSpec spec;
  spec.containers.resize(1);
  spec.containers[0].resources.requests = std::move(requests);
  spec.containers[0].resources.limits = std::move(limits);
  return spec;
}

TEST(PodQos, a_pod_that_asks_for_nothing_is_best_effort) {
  EXPECT_EQ(qos_class(pod_with({}, {})), "BestEffort");
  EXPECT_EQ(qos_class(pod_with({{"cpu", amount("0")}}, {})), "BestEffort");
}

TEST(PodQos, a_pod_whose_limits_are_its_requests_is_guaranteed) {
  EXPECT_EQ(qos_class(pod_with({{"cpu", amount("1")}, {"memory", amount("1Gi")}},
                               {{"cpu", amount("1000m")}, {"memory", amount("1024Mi")}})),
            "Guaranteed");
  EXPECT_EQ(qos_class(pod_with({}, {{"cpu", amount("1")}, {"memory", amount("1Gi")}})), "Guaranteed");
}

TEST(PodQos, everything_else_is_burstable) {
  EXPECT_EQ(qos_class(pod_with({{"cpu", amount("1")}}, {})), "Burstable");
  EXPECT_EQ(qos_class(pod_with({}, {{"cpu", amount("1")}})), "Burstable");
  PodSpec two = pod_with({}, {{"cpu", amount("1")}, {"memory", amount("1Gi")}});
  two.containers.emplace_back();
  EXPECT_EQ(qos_class(two), "Burstable") << "one container without limits is enough";
}

}  // namespace
}  // namespace aloft::core::v1
