// What people write into Endpoints reaches those who read slices only.
#include "controllers/endpoint_mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::controllers {
namespace {

using core::v1::EndpointAddress;
using core::v1::Endpoints;
using core::v1::Service;
using discovery::v1::EndpointSlice;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

EndpointAddress address(std::string ip) {
  EndpointAddress made;
  made.ip = std::move(ip);
  return made;
}

Service bare_service() {
  Service service = make_service("database");
  service.spec.selector.clear();
  return service;
}

Endpoints own_endpoints() {
  Endpoints endpoints;
  endpoints.metadata.namespace_ = "default";
  endpoints.metadata.name = "database";
  endpoints.metadata.labels["team"] = "data";
  endpoints.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"] = "{}";
  endpoints.subsets.emplace_back();
  endpoints.subsets[0].addresses.push_back(address("192.0.2.7"));
  core::v1::EndpointPort port;
  port.port = 5432;
  port.protocol = "TCP";
  endpoints.subsets[0].ports.push_back(port);
  return endpoints;
}

struct MirrorCloud : Simulation {
  MirrorCloud() { add<EndpointMirrorController>(); }
  std::vector<EndpointSlice> slices() const { return all<EndpointSlice>(); }
};

TEST(EndpointMirror, a_subset_becomes_a_slice_of_the_service) {
  MirrorCloud cloud;
  cloud.put(bare_service());
  cloud.put(own_endpoints());
  cloud.settle();
  ASSERT_THAT(cloud.slices(), SizeIs(1));
  const EndpointSlice slice = cloud.slices()[0];
  EXPECT_EQ(slice.metadata.generateName, "database-");
  EXPECT_EQ(slice.metadata.labels.at("kubernetes.io/service-name"), "database");
  EXPECT_EQ(slice.metadata.labels.at("team"), "data");
  EXPECT_EQ(slice.metadata.labels.at("endpointslice.kubernetes.io/managed-by"),
            "endpointslicemirroring-controller.k8s.io");
  EXPECT_THAT(slice.metadata.annotations, IsEmpty());
  EXPECT_EQ(slice.metadata.ownerReferences.at(0).kind, "Endpoints");
  EXPECT_EQ(slice.addressType, "IPv4");
  ASSERT_THAT(slice.endpoints, SizeIs(1));
  EXPECT_THAT(slice.endpoints[0].addresses, ElementsAre("192.0.2.7"));
  EXPECT_EQ(slice.endpoints[0].conditions.ready, true);
  EXPECT_EQ(slice.ports.at(0).port, 5432);
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(EndpointMirror, families_stand_apart_and_an_address_is_taken_once) {
  MirrorCloud cloud;
  cloud.put(bare_service());
  Endpoints own = own_endpoints();
  own.subsets[0].addresses.push_back(address("192.0.2.7"));
  own.subsets[0].addresses.push_back(address("2001:db8::7"));
  own.subsets[0].notReadyAddresses.push_back(address("192.0.2.8"));
  cloud.put(own);
  cloud.settle();
  ASSERT_THAT(cloud.slices(), SizeIs(2));
  for (const EndpointSlice& slice : cloud.slices()) {
    EXPECT_THAT(slice.endpoints, SizeIs(slice.addressType == "IPv4" ? 2 : 1));
    const bool second_ready = slice.endpoints.back().conditions.ready.value_or(true);
    EXPECT_EQ(second_ready, slice.addressType == "IPv6");
  }
}

TEST(EndpointMirror, the_slice_follows_and_keeps_its_name) {
  MirrorCloud cloud;
  cloud.put(bare_service());
  cloud.put(own_endpoints());
  cloud.settle();
  const std::string name = cloud.slices().at(0).metadata.name;
  Endpoints next = *cloud.find<Endpoints>(in_default("database"));
  next.subsets[0].addresses = {address("192.0.2.9")};
  next.subsets[0].ports[0].port = 5433;
  cloud.put(next);
  cloud.settle();
  ASSERT_THAT(cloud.slices(), SizeIs(1));
  EXPECT_EQ(cloud.slices()[0].metadata.name, name);
  EXPECT_THAT(cloud.slices()[0].endpoints.at(0).addresses, ElementsAre("192.0.2.9"));
  EXPECT_EQ(cloud.slices()[0].ports.at(0).port, 5433);
  next = *cloud.find<Endpoints>(in_default("database"));
  next.subsets.clear();
  cloud.put(next);
  cloud.settle();
  EXPECT_THAT(cloud.slices(), IsEmpty());
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(EndpointMirror, only_for_services_without_a_selector_and_not_where_it_is_unwanted) {
  MirrorCloud cloud;
  cloud.put(own_endpoints());
  cloud.settle();
  EXPECT_THAT(cloud.slices(), IsEmpty());
  cloud.put(make_service("database"));
  cloud.settle();
  EXPECT_THAT(cloud.slices(), IsEmpty());
  Service service = *cloud.find<Service>(in_default("database"));
  service.spec.selector.clear();
  cloud.put(service);
  cloud.settle();
  EXPECT_THAT(cloud.slices(), SizeIs(1));
  Endpoints own = *cloud.find<Endpoints>(in_default("database"));
  own.metadata.labels["endpointslice.kubernetes.io/skip-mirror"] = "true";
  cloud.put(own);
  cloud.settle();
  EXPECT_THAT(cloud.slices(), IsEmpty());
}

}  // namespace
}  // namespace aloft::controllers
