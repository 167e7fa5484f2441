// What clients of a service see in its EndpointSlices.
#include "controllers/endpoint_slice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "controllers/testing/objects.h"
#include "controllers/testing/simulation.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::controllers {
namespace {

using core::v1::Pod;
using core::v1::Service;
using discovery::v1::Endpoint;
using discovery::v1::EndpointSlice;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct SliceCloud : Simulation {
  SliceCloud() {
    add<EndpointSliceController>();
    core::v1::Node node = make_node("node-1");
    node.metadata.labels["topology.kubernetes.io/zone"] = "west";
    put(node);
  }
  EndpointSlice slice() const {
    const auto slices = all<EndpointSlice>();
    return slices.size() == 1 ? slices[0] : EndpointSlice();
  }
  Pod run(std::string name) {
    put(make_pod(name, "web"));
    run_pods();
    return *find<Pod>(in_default(name));
  }
};

TEST(EndpointSlice, a_ready_pod_is_an_endpoint_with_port_node_zone_and_reference) {
  SliceCloud cloud;
  const Service service = cloud.put(make_service("web"));
  const Pod pod = cloud.run("web-1");
  cloud.settle();
  const EndpointSlice slice = cloud.slice();
  EXPECT_TRUE(slice.metadata.name.starts_with("web-"));
  EXPECT_EQ(slice.metadata.generateName, "web-");
  EXPECT_EQ(slice.metadata.labels.at("kubernetes.io/service-name"), "web");
  EXPECT_EQ(slice.metadata.labels.at("endpointslice.kubernetes.io/managed-by"),
            "endpointslice-controller.k8s.io");
  EXPECT_EQ(slice.metadata.ownerReferences.at(0).uid, service.metadata.uid);
  EXPECT_EQ(slice.addressType, "IPv4");
  ASSERT_THAT(slice.endpoints, SizeIs(1));
  const Endpoint& endpoint = slice.endpoints[0];
  EXPECT_THAT(endpoint.addresses, ElementsAre(pod.status.podIP));
  EXPECT_EQ(endpoint.conditions.ready, true);
  EXPECT_EQ(endpoint.conditions.serving, true);
  EXPECT_EQ(endpoint.conditions.terminating, false);
  EXPECT_EQ(endpoint.nodeName, "node-1");
  EXPECT_EQ(endpoint.zone, "west");
  EXPECT_EQ(endpoint.targetRef->uid, pod.metadata.uid);
  ASSERT_THAT(slice.ports, SizeIs(1));
  EXPECT_EQ(slice.ports[0].port, 8080);
  EXPECT_EQ(slice.ports[0].protocol, "TCP");
  EXPECT_EQ(slice.ports[0].name, "");
  EXPECT_THAT(cloud.unrest(), IsEmpty());
}

TEST(EndpointSlice, a_pod_that_ends_still_serves_but_takes_nothing_new) {
  SliceCloud cloud;
  cloud.put(make_service("web"));
  cloud.run("web-1");
  cloud.settle();
  cloud.remove<Pod>(in_default("web-1"));
  cloud.settle();
  const EndpointSlice slice = cloud.slice();
  ASSERT_THAT(slice.endpoints, SizeIs(1));
  EXPECT_EQ(slice.endpoints[0].conditions.ready, false);
  EXPECT_EQ(slice.endpoints[0].conditions.serving, true);
  EXPECT_EQ(slice.endpoints[0].conditions.terminating, true);
}

TEST(EndpointSlice, publish_not_ready_addresses_counts_all_as_ready) {
  SliceCloud cloud;
  Service service = make_service("web");
  service.spec.publishNotReadyAddresses = true;
  cloud.put(service);
  Pod pod = cloud.run("web-1");
  pod.status.conditions.clear();
  cloud.put(pod);
  cloud.settle();
  ASSERT_THAT(cloud.slice().endpoints, SizeIs(1));
  EXPECT_EQ(cloud.slice().endpoints[0].conditions.ready, true);
  EXPECT_EQ(cloud.slice().endpoints[0].conditions.serving, false);
}

TEST(EndpointSlice, a_service_without_pods_has_one_empty_slice) {
  SliceCloud cloud;
  cloud.put(make_service("web"));
  cloud.settle();
  ASSERT_THAT(cloud.all<EndpointSlice>(), SizeIs(1));
  EXPECT_THAT(cloud.slice().endpoints, IsEmpty());
  EXPECT_THAT(cloud.slice().ports, IsEmpty());
  const std::string name = cloud.slice().metadata.name;
  cloud.run("web-1");
  cloud.settle();
  EXPECT_EQ(cloud.slice().metadata.name, name);
  EXPECT_THAT(cloud.slice().endpoints, SizeIs(1));
}

TEST(EndpointSlice, a_named_port_is_the_pods_own_number) {
  SliceCloud cloud;
  Service service = make_service("web");
  service.spec.ports[0].name = "http";
  service.spec.ports[0].targetPort = model::IntOrString("web");
  cloud.put(service);
  for (int i = 0; i < 2; ++i) {
    Pod pod = make_pod(fmt::format("web-{}", i), "web");
    auto& port = pod.spec.containers[0].ports.emplace_back();
    port.name = "web";
    port.containerPort = 9000 + i;
    cloud.put(pod);
  }
  cloud.run_pods();
  cloud.settle();
  std::vector<std::int32_t> numbers;
  for (const auto& slice : cloud.all<EndpointSlice>()) numbers.push_back(slice.ports.at(0).port.value_or(0));
  std::ranges::sort(numbers);
  EXPECT_THAT(numbers, ElementsAre(9000, 9001));
}

TEST(EndpointSlice, headless_services_are_labelled_and_their_pods_keep_their_names) {
  SliceCloud cloud;
  Service service = make_service("web");
  service.spec.clusterIP = "None";
  service.spec.ports.clear();
  cloud.put(service);
  Pod pod = make_pod("web-0", "web");
  pod.spec.hostname = "web-0";
  pod.spec.subdomain = "web";
  cloud.put(pod);
  cloud.run_pods();
  cloud.settle();
  EXPECT_TRUE(cloud.slice().metadata.labels.contains("service.kubernetes.io/headless"));
  ASSERT_THAT(cloud.slice().endpoints, SizeIs(1));
  EXPECT_EQ(cloud.slice().endpoints[0].hostname, "web-0");
}

TEST(EndpointSlice, each_address_family_has_its_slices) {
  SliceCloud cloud;
  Service service = make_service("web");
  service.spec.ipFamilies = {"IPv4", "IPv6"};
  cloud.put(service);
  Pod pod = cloud.run("web-1");
  pod.status.podIPs.emplace_back("fd00::1");
  cloud.put(pod);
  cloud.settle();
  const auto slices = cloud.all<EndpointSlice>();
  ASSERT_THAT(slices, SizeIs(2));
  std::map<std::string, std::string> addresses;
  for (const auto& slice : slices) addresses[slice.addressType] = slice.endpoints.at(0).addresses.at(0);
  EXPECT_EQ(addresses["IPv4"], pod.status.podIP);
  EXPECT_EQ(addresses["IPv6"], "fd00::1");
}

TEST(EndpointSlice, a_slice_holds_a_hundred_and_a_change_of_one_pod_changes_one_slice) {
  SliceCloud cloud;
  cloud.put(make_service("web"));
  for (int i = 0; i < 250; ++i) cloud.put(make_pod(fmt::format("web-{}", i), "web"));
  cloud.run_pods();
  cloud.settle();
  std::vector<std::size_t> sizes;
  for (const auto& slice : cloud.all<EndpointSlice>()) sizes.push_back(slice.endpoints.size());
  std::ranges::sort(sizes);
  EXPECT_THAT(sizes, ElementsAre(50, 100, 100));
  cloud.api().clear_calls();
  cloud.erase<Pod>(in_default("web-7"));
  cloud.settle();
  EXPECT_THAT(cloud.api().writes(), SizeIs(1));
}

TEST(EndpointSlice, services_with_own_endpoints_or_external_names_are_left_alone) {
  SliceCloud cloud;
  Service own = make_service("own");
  own.spec.selector.clear();
  cloud.put(own);
  Service external = make_service("external");
  external.spec.type = "ExternalName";
  cloud.put(external);
  cloud.settle();
  EXPECT_THAT(cloud.all<EndpointSlice>(), IsEmpty());
}

TEST(EndpointSlice, a_pod_of_a_vanished_node_is_left_out_until_the_node_returns) {
  SliceCloud cloud;
  cloud.put(make_service("web"));
  cloud.run("web-1");
  cloud.settle();
  cloud.erase<core::v1::Node>(client::ObjectKey("", "node-1"));
  cloud.settle();
  EXPECT_THAT(cloud.slice().endpoints, IsEmpty());
  cloud.put(make_node("node-1"));
  cloud.settle();
  EXPECT_THAT(cloud.slice().endpoints, SizeIs(1));
}

TEST(EndpointSlice, whatever_happens_every_pod_stands_once_and_then_nothing_is_written) {
  EXPECT_TRUE(rc::check([] {
    SliceCloud cloud;
    cloud.put(make_service("web"));
    std::set<std::string> living;
    int made = 0;
    const int steps = *rc::gen::inRange(1, 8);
    for (int step = 0; step < steps; ++step) {
      const int more = *rc::gen::inRange(0, 120);
      for (int i = 0; i < more; ++i) {
        std::string name = fmt::format("web-{}", ++made);
        cloud.put(make_pod(name, "web"));
        living.insert(name);
      }
      const int fewer = std::min(static_cast<int>(living.size()), *rc::gen::inRange(0, 100));
      for (int i = 0; i < fewer; ++i) {
        cloud.erase<Pod>(in_default(*living.begin()));
        living.erase(living.begin());
      }
      cloud.run_pods();
      cloud.settle();
      std::multiset<std::string> found;
      for (const auto& slice : cloud.all<EndpointSlice>()) {
        RC_ASSERT(slice.endpoints.size() <= 100U);
        for (const auto& endpoint : slice.endpoints) found.insert(endpoint.targetRef->name);
      }
      RC_ASSERT(found == std::multiset<std::string>(living.begin(), living.end()));
    }
    RC_ASSERT(cloud.unrest().empty());
  }));
}

}  // namespace
}  // namespace aloft::controllers
