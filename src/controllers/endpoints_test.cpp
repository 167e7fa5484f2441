// What clients of the older form see.
#include "controllers/endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/core/v1/endpoints.h"

namespace aloft::controllers {
namespace {

using core::v1::Endpoints;
using core::v1::Pod;
using core::v1::Service;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct EndpointsCloud : Simulation {
  EndpointsCloud() { add<EndpointsController>(); }
  Endpoints web() const { return find<Endpoints>(in_default("web")).value_or(Endpoints()); }
};

TEST(Endpoints, ready_and_other_pods_stand_apart) {
  EndpointsCloud cloud;
  cloud.put(make_service("web"));
  cloud.put(make_pod("web-1", "web"));
  cloud.put(make_pod("web-2", "web"));
  cloud.run_pods();
  Pod ill = *cloud.find<Pod>(in_default("web-2"));
  ill.status.conditions.clear();
  cloud.put(ill);
  cloud.settle();
  const Endpoints endpoints = cloud.web();
  ASSERT_THAT(endpoints.subsets, SizeIs(1));
  ASSERT_THAT(endpoints.subsets[0].addresses, SizeIs(1));
  ASSERT_THAT(endpoints.subsets[0].notReadyAddresses, SizeIs(1));
  EXPECT_EQ(endpoints.subsets[0].addresses[0].targetRef->name, "web-1");
  EXPECT_EQ(endpoints.subsets[0].addresses[0].nodeName, "node-1");
  EXPECT_EQ(endpoints.subsets[0].ports.at(0).port, 8080);
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(Endpoints, they_are_there_even_without_pods_and_go_with_the_service) {
  EndpointsCloud cloud;
  cloud.put(make_service("web"));
  cloud.settle();
  EXPECT_THAT(cloud.all<Endpoints>(), SizeIs(1));
  cloud.erase<Service>(in_default("web"));
  cloud.settle();
  EXPECT_THAT(cloud.all<Endpoints>(), IsEmpty());
}

TEST(Endpoints, peoples_own_made_before_their_service_stay) {
  EndpointsCloud cloud;
  Endpoints own;
  own.metadata.namespace_ = "default";
  own.metadata.name = "database";
  cloud.put(own);
  cloud.settle();
  EXPECT_THAT(cloud.all<Endpoints>(), SizeIs(1));
}

TEST(Endpoints, at_most_a_thousand_addresses_and_the_object_says_so) {
  EndpointsCloud cloud;
  cloud.put(make_service("web"));
  for (int i = 0; i < 1001; ++i) cloud.put(make_pod(fmt::format("web-{}", i), "web"));
  cloud.run_pods();
  cloud.settle();
  EXPECT_THAT(cloud.web().subsets.at(0).addresses, SizeIs(1000));
  EXPECT_EQ(cloud.web().metadata.annotations.at("endpoints.kubernetes.io/over-capacity"), "truncated");
  cloud.erase<Pod>(in_default("web-0"));
  cloud.settle();
  EXPECT_FALSE(cloud.web().metadata.annotations.contains("endpoints.kubernetes.io/over-capacity"));
}

}  // namespace
}  // namespace aloft::controllers
