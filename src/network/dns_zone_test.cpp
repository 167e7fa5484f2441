// What names of the cluster mean, after Kubernetes' DNS specification 1.1.
#include "network/dns_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "network/testing/services.h"

namespace aloft::network {
namespace {

using core::v1::Service;
using discovery::v1::EndpointSlice;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class DnsZoneTest : public testing::Test {
 protected:
  DnsZoneTest() { zone.add_namespace("shop"); }

  std::vector<std::string> data(std::string_view name, DnsType type) const {
    const auto answer = zone.answer(name, type);
    std::vector<std::string> found;
    if (!answer) return {"somebody else's"};
    if (answer->status != DnsStatus::ok)
      found.push_back(fmt::format("status {}", static_cast<int>(answer->status)));
    for (const DnsRecord& record : answer->answers) found.push_back(record.data);
    return found;
  }
  // Exists, without records of this type.
  bool nothing_of(std::string_view name, DnsType type) const {
    const auto answer = zone.answer(name, type);
    return answer && answer->status == DnsStatus::ok && answer->answers.empty() &&
           answer->zone == "cluster.local";
  }
  bool no_such_name(std::string_view name) const {
    const auto answer = zone.answer(name, DnsType::a);
    return answer && answer->status == DnsStatus::no_such_name && answer->zone == "cluster.local";
  }

  DnsZone zone{"cluster.local"};
};

Service with_port_name(Service service, const std::string& name) {
  service.spec.ports[0].name = name;
  return service;
}

EndpointSlice with_port_name(EndpointSlice slice, const std::string& name) {
  slice.ports[0].name = name;
  return slice;
}

TEST_F(DnsZoneTest, a_service_has_its_cluster_address) {
  zone.add(service_at("10.96.0.7", 80), {});
  EXPECT_THAT(data("web.shop.svc.cluster.local", DnsType::a), ElementsAre("10.96.0.7"));
  EXPECT_TRUE(nothing_of("web.shop.svc.cluster.local", DnsType::aaaa));
  EXPECT_TRUE(nothing_of("web.shop.svc.cluster.local", DnsType::mx));
}

TEST_F(DnsZoneTest, a_service_of_both_families_has_both_addresses) {
  Service service = service_at("10.96.0.7", 80);
  service.spec.clusterIPs.push_back("fd00::7");
  zone.add(service, {});
  EXPECT_THAT(data("web.shop.svc.cluster.local", DnsType::aaaa), ElementsAre("fd00::7"));
  EXPECT_THAT(data("7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", DnsType::ptr),
              ElementsAre("web.shop.svc.cluster.local"));
}

TEST_F(DnsZoneTest, the_way_back_leads_from_an_address_to_its_service) {
  zone.add(service_at("10.96.0.7", 80), {});
  EXPECT_THAT(data("7.0.96.10.in-addr.arpa", DnsType::ptr), ElementsAre("web.shop.svc.cluster.local"));
  EXPECT_EQ(zone.answer("8.0.96.10.in-addr.arpa", DnsType::ptr), std::nullopt);
}

TEST_F(DnsZoneTest, a_named_port_can_be_found_with_its_number) {
  zone.add(with_port_name(service_at("10.96.0.7", 80), "http"), {});
  const auto answer = zone.answer("_http._tcp.web.shop.svc.cluster.local", DnsType::srv);
  ASSERT_TRUE(answer);
  ASSERT_THAT(answer->answers, SizeIs(1));
  EXPECT_EQ(answer->answers[0].port, 80);
  EXPECT_EQ(answer->answers[0].data, "web.shop.svc.cluster.local");
  ASSERT_THAT(answer->additional, SizeIs(1));
  EXPECT_EQ(answer->additional[0].data, "10.96.0.7");
  EXPECT_TRUE(nothing_of("_tcp.web.shop.svc.cluster.local", DnsType::srv)) << "a name above one that exists";
  EXPECT_TRUE(no_such_name("_https._tcp.web.shop.svc.cluster.local"));
}

TEST_F(DnsZoneTest, a_headless_service_is_its_ready_endpoints) {
  EndpointSlice slice = slice_at({"10.244.0.2", "10.244.0.3", "10.244.0.4"}, 8080);
  slice.endpoints[2].conditions.ready = false;
  zone.add(service_at("None", 80), {&slice});
  EXPECT_THAT(data("web.shop.svc.cluster.local", DnsType::a),
              UnorderedElementsAre("10.244.0.2", "10.244.0.3"));
  EXPECT_THAT(data("10-244-0-2.web.shop.svc.cluster.local", DnsType::a), ElementsAre("10.244.0.2"));
  EXPECT_TRUE(no_such_name("10-244-0-4.web.shop.svc.cluster.local"));
  EXPECT_THAT(data("2.0.244.10.in-addr.arpa", DnsType::ptr),
              ElementsAre("10-244-0-2.web.shop.svc.cluster.local"));
}

TEST_F(DnsZoneTest, unready_endpoints_are_published_when_the_service_asks_for_it) {
  EndpointSlice slice = slice_at({"10.244.0.2"}, 8080);
  slice.endpoints[0].conditions.ready = false;
  Service service = service_at("None", 80);
  service.spec.publishNotReadyAddresses = true;
  zone.add(service, {&slice});
  EXPECT_THAT(data("web.shop.svc.cluster.local", DnsType::a), ElementsAre("10.244.0.2"));
}

TEST_F(DnsZoneTest, a_pod_with_a_host_name_has_a_name_of_its_own) {
  EndpointSlice slice = with_port_name(slice_at({"10.244.0.2", "10.244.0.3"}, 8080), "http");
  slice.endpoints[0].hostname = "web-0";
  slice.endpoints[1].hostname = "web-1";
  zone.add(with_port_name(service_at("None", 80), "http"), {&slice});
  EXPECT_THAT(data("web-1.web.shop.svc.cluster.local", DnsType::a), ElementsAre("10.244.0.3"));
  EXPECT_THAT(data("2.0.244.10.in-addr.arpa", DnsType::ptr), ElementsAre("web-0.web.shop.svc.cluster.local"));
  const auto answer = zone.answer("_http._tcp.web.shop.svc.cluster.local", DnsType::srv);
  ASSERT_TRUE(answer);
  EXPECT_THAT(data("_http._tcp.web.shop.svc.cluster.local", DnsType::srv),
              UnorderedElementsAre("web-0.web.shop.svc.cluster.local", "web-1.web.shop.svc.cluster.local"));
  EXPECT_EQ(answer->answers[0].port, 8080) << "that of the endpoint";
  EXPECT_THAT(answer->additional, SizeIs(2));
}

TEST_F(DnsZoneTest, a_headless_service_without_ready_endpoints_has_no_name) {
  EndpointSlice slice = slice_at({"10.244.0.2"}, 8080);
  slice.endpoints[0].conditions.ready = false;
  zone.add(service_at("None", 80), {&slice});
  EXPECT_TRUE(no_such_name("web.shop.svc.cluster.local"));
}

TEST_F(DnsZoneTest, the_service_itself_lists_its_ports) {
  zone.add(service_at("10.96.0.7", 80), {});
  EXPECT_THAT(data("web.shop.svc.cluster.local", DnsType::srv), ElementsAre("web.shop.svc.cluster.local"));
  DnsZone other("cluster.local");
  const EndpointSlice slice = slice_at({"10.244.0.2", "10.244.0.3", "10.244.0.4"}, 8080);
  other.add(service_at("None", 80), {&slice, &slice});
  const auto answer = other.answer("web.shop.svc.cluster.local", DnsType::srv);
  ASSERT_TRUE(answer);
  ASSERT_THAT(answer->answers, SizeIs(3)) << "each once";
  EXPECT_EQ(answer->answers[0].data, "10-244-0-2.web.shop.svc.cluster.local");
  EXPECT_EQ(answer->answers[0].port, 8080);
  EXPECT_EQ(answer->answers[0].weight, 33) << "a hundred among three";
}

TEST_F(DnsZoneTest, a_chosen_host_name_is_known_beside_an_address_too) {
  EndpointSlice slice = slice_at({"10.244.0.2", "10.244.0.3"}, 8080);
  slice.endpoints[0].hostname = "web-0";
  zone.add(service_at("10.96.0.7", 80), {&slice});
  EXPECT_THAT(data("web-0.web.shop.svc.cluster.local", DnsType::a), ElementsAre("10.244.0.2"));
  EXPECT_TRUE(no_such_name("10-244-0-3.web.shop.svc.cluster.local"));
}

TEST_F(DnsZoneTest, a_headless_service_shows_many_endpoints) {
  std::vector<std::string> addresses;
  for (int i = 0; i < 500; ++i) addresses.push_back(fmt::format("10.244.{}.{}", i / 250, i % 250 + 1));
  const EndpointSlice slice = slice_at(addresses, 8080);
  zone.add(service_at("None", 80), {&slice});
  EXPECT_THAT(data("web.shop.svc.cluster.local", DnsType::a), SizeIs(500));
}

Service external(const std::string& name, const std::string& target) {
  Service service;
  service.metadata.namespace_ = "shop";
  service.metadata.name = name;
  service.spec.type = "ExternalName";
  service.spec.externalName = target;
  return service;
}

TEST_F(DnsZoneTest, an_external_name_is_an_alias_whatever_is_asked) {
  zone.add(external("db", "DB.example.com."), {});
  EXPECT_THAT(data("db.shop.svc.cluster.local", DnsType::a), ElementsAre("db.example.com"));
  EXPECT_THAT(data("db.shop.svc.cluster.local", DnsType::cname), ElementsAre("db.example.com"));
  EXPECT_EQ(zone.answer("db.shop.svc.cluster.local", DnsType::aaaa)->answers[0].type, DnsType::cname);
}

TEST_F(DnsZoneTest, an_alias_within_the_cluster_is_followed) {
  zone.add(service_at("10.96.0.7", 80), {});
  zone.add(external("one", "two.shop.svc.cluster.local"), {});
  zone.add(external("two", "web.shop.svc.cluster.local"), {});
  zone.add(external("gone", "nothing.shop.svc.cluster.local"), {});
  EXPECT_THAT(data("one.shop.svc.cluster.local", DnsType::a),
              ElementsAre("two.shop.svc.cluster.local", "web.shop.svc.cluster.local", "10.96.0.7"));
  EXPECT_THAT(data("gone.shop.svc.cluster.local", DnsType::a),
              ElementsAre("status 3", "nothing.shop.svc.cluster.local"));
}

TEST_F(DnsZoneTest, aliases_in_a_circle_end) {
  zone.add(external("one", "two.shop.svc.cluster.local"), {});
  zone.add(external("two", "one.shop.svc.cluster.local"), {});
  EXPECT_LE(data("one.shop.svc.cluster.local", DnsType::a).size(), 20U);
}

TEST_F(DnsZoneTest, a_pods_name_says_its_address) {
  EXPECT_THAT(data("10-244-0-5.shop.pod.cluster.local", DnsType::a), ElementsAre("10.244.0.5"));
  EXPECT_TRUE(nothing_of("10-244-0-5.shop.pod.cluster.local", DnsType::aaaa));
  EXPECT_TRUE(no_such_name("10-244-0.shop.pod.cluster.local"));
  EXPECT_TRUE(no_such_name("10-244-0-5.elsewhere.pod.cluster.local")) << "there is no such namespace";
  EXPECT_TRUE(no_such_name("a.10-244-0-5.shop.pod.cluster.local"));
}

TEST_F(DnsZoneTest, names_above_others_exist_and_what_is_not_there_does_not) {
  zone.add(service_at("10.96.0.7", 80), {});
  for (const std::string_view name :
       {"cluster.local", "svc.cluster.local", "shop.svc.cluster.local", "shop.pod.cluster.local"}) {
    EXPECT_TRUE(nothing_of(name, DnsType::a)) << name;
  }
  EXPECT_TRUE(no_such_name("other.shop.svc.cluster.local"));
  EXPECT_TRUE(no_such_name("web.other.svc.cluster.local"));
  EXPECT_TRUE(no_such_name("www.example.com.shop.svc.cluster.local")) << "a search path leads here";
}

TEST_F(DnsZoneTest, other_names_are_somebody_elses) {
  EXPECT_EQ(zone.answer("www.example.com", DnsType::a), std::nullopt);
  EXPECT_EQ(zone.answer("notcluster.local", DnsType::a), std::nullopt);
  EXPECT_EQ(zone.answer("local", DnsType::a), std::nullopt);
  EXPECT_EQ(zone.answer("", DnsType::a), std::nullopt);
}

TEST_F(DnsZoneTest, the_zone_says_which_specification_it_follows) {
  EXPECT_THAT(data("dns-version.cluster.local", DnsType::txt), ElementsAre("1.1.0"));
  EXPECT_TRUE(nothing_of("dns-version.cluster.local", DnsType::a));
}

TEST(DnsZone, a_zone_that_is_not_known_yet_denies_nothing) {
  const DnsZone zone = DnsZone::unknown("cluster.local");
  const auto answer = zone.answer("web.shop.svc.cluster.local", DnsType::a);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, DnsStatus::server_failure);
  EXPECT_EQ(zone.answer("www.example.com", DnsType::a), std::nullopt);
}

}  // namespace
}  // namespace aloft::network
