#include "network/service_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aloft::network {
namespace {

using core::v1::Service;
using discovery::v1::EndpointSlice;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const RulesetSettings settings{"aloft-test", "aloft0", "10.244.0.0/16", "10.96.0.0/16"};

Service service() {
  Service s;
  s.metadata.namespace_ = "shop";
  s.metadata.name = "web";
  s.spec.type = "ClusterIP";
  s.spec.clusterIP = "10.96.0.7";
  s.spec.ports.resize(1);
  s.spec.ports[0].port = 80;
  s.spec.ports[0].protocol = "TCP";
  return s;
}

EndpointSlice slice_with(std::vector<std::pair<std::string, bool>> addresses) {
  EndpointSlice slice;
  slice.addressType = "IPv4";
  slice.ports.resize(1);
  slice.ports[0].name = "";
  slice.ports[0].port = 8080;
  slice.ports[0].protocol = "TCP";
  for (auto& [address, ready] : addresses) {
    auto& endpoint = slice.endpoints.emplace_back();
    endpoint.addresses = {address};
    endpoint.conditions.ready = ready;
    endpoint.nodeName = address.ends_with(".2") ? "here" : "there";
  }
  return slice;
}

TEST(ServiceRules, only_ready_endpoints_are_behind_a_service) {
  const EndpointSlice slice = slice_with({{"10.244.0.3", true}, {"10.244.0.2", true}, {"10.244.0.4", false}});
  const auto entries = entries_of(service(), {&slice}, "here");
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_THAT(entries[0].backends, ElementsAre(Backend{"10.244.0.2", 8080, true}, Backend{"10.244.0.3", 8080, false}));
}

TEST(ServiceRules, the_last_endpoints_serve_until_they_have_ended) {
  EndpointSlice slice = slice_with({{"10.244.0.2", false}});
  slice.endpoints[0].conditions.serving = true;
  slice.endpoints[0].conditions.terminating = true;
  EXPECT_THAT(entries_of(service(), {&slice}, "here")[0].backends, SizeIs(1));
}

TEST(ServiceRules, headless_and_external_services_need_no_rules) {
  Service headless = service();
  headless.spec.clusterIP = "None";
  EXPECT_THAT(entries_of(headless, {}, "here"), IsEmpty());
  Service external = service();
  external.spec.type = "ExternalName";
  EXPECT_THAT(entries_of(external, {}, "here"), IsEmpty());
}

TEST(ServiceRules, an_address_leads_to_one_of_its_endpoints_at_random) {
  const EndpointSlice slice = slice_with({{"10.244.0.2", true}, {"10.244.0.3", true}});
  const std::string text = make_ruleset(settings, entries_of(service(), {&slice}, "here"));
  EXPECT_THAT(text, HasSubstr("10.96.0.7 . tcp . 80 : goto service-"));
  EXPECT_THAT(text, HasSubstr("numgen random mod 2 vmap"));
  EXPECT_THAT(text, HasSubstr("dnat to 10.244.0.2:8080"));
  EXPECT_THAT(text, HasSubstr("dnat to 10.244.0.3:8080"));
}

TEST(ServiceRules, a_service_without_endpoints_refuses_at_once) {
  const std::string text = make_ruleset(settings, entries_of(service(), {}, "here"));
  EXPECT_THAT(text, HasSubstr("set refused_addresses {\n    type ipv4_addr . inet_proto . inet_service\n    elements = {\n"
                              "      10.96.0.7 . tcp . 80,"));
  EXPECT_THAT(text, Not(HasSubstr("dnat to")));
}

TEST(ServiceRules, node_ports_take_this_machines_address_unless_traffic_stays_local) {
  Service s = service();
  s.spec.type = "NodePort";
  s.spec.ports[0].nodePort = 30080;
  const EndpointSlice slice = slice_with({{"10.244.0.3", true}});
  const std::string open = make_ruleset(settings, entries_of(s, {&slice}, "here"));
  EXPECT_THAT(open, HasSubstr("tcp . 30080 : goto outside-"));
  EXPECT_THAT(open, HasSubstr("    meta mark set meta mark | 0x4000\n    numgen"));
  s.spec.externalTrafficPolicy = "Local";
  const std::string local = make_ruleset(settings, entries_of(s, {&slice}, "here"));
  EXPECT_THAT(local, HasSubstr("elements = {\n      tcp . 30080,\n")) << "no endpoint on this machine";
}

TEST(ServiceRules, clients_with_affinity_come_back_to_the_same_endpoint) {
  Service s = service();
  s.spec.sessionAffinity = "ClientIP";
  const EndpointSlice slice = slice_with({{"10.244.0.2", true}, {"10.244.0.3", true}});
  const std::string text = make_ruleset(settings, entries_of(s, {&slice}, "here"));
  EXPECT_THAT(text, HasSubstr("timeout 10800s"));
  EXPECT_THAT(text, HasSubstr("update @clients-backend-"));
}

TEST(ServiceRules, the_same_services_in_any_order_give_the_same_text) {
  Service a = service();
  Service b = service();
  b.metadata.name = "other";
  b.spec.clusterIP = "10.96.0.8";
  auto one = entries_of(a, {}, "here");
  auto two = entries_of(b, {}, "here");
  EXPECT_EQ(make_ruleset(settings, {one[0], two[0]}), make_ruleset(settings, {two[0], one[0]}));
}

}  // namespace
}  // namespace aloft::network
