// What the rules say for services of every sort, as text; service_rules_kernel_test.cpp shows that the kernel
// takes them and that packets follow.
#include "network/service_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "network/testing/services.h"

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

std::string text_of(const Service& s, const std::vector<const EndpointSlice*>& slices) {
  return make_ruleset(settings, entries_of(s, slices, "here"));
}

TEST(ServiceEntries, only_ready_endpoints_are_behind_a_service) {
  EndpointSlice slice = slice_at({"10.244.0.3", "10.244.0.2", "10.244.0.4"}, 8080);
  slice.endpoints[0].nodeName = "there";
  slice.endpoints[1].nodeName = "here";
  slice.endpoints[2].conditions.ready = false;
  const auto entries = entries_of(service_at("10.96.0.7", 80), {&slice}, "here");
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_THAT(entries[0].backends,
              ElementsAre(Backend{"10.244.0.2", 8080, true}, Backend{"10.244.0.3", 8080, false}));
}

TEST(ServiceEntries, the_last_endpoints_serve_until_they_have_ended) {
  EndpointSlice slice = slice_at({"10.244.0.2"}, 8080);
  slice.endpoints[0].conditions.ready = false;
  slice.endpoints[0].conditions.serving = true;
  slice.endpoints[0].conditions.terminating = true;
  EXPECT_THAT(entries_of(service_at("10.96.0.7", 80), {&slice}, "here")[0].backends, SizeIs(1));
  const EndpointSlice ready = slice_at({"10.244.0.3"}, 8080);
  EXPECT_THAT(entries_of(service_at("10.96.0.7", 80), {&slice, &ready}, "here")[0].backends,
              ElementsAre(Backend{"10.244.0.3", 8080, false}));
}

TEST(ServiceEntries, headless_and_external_services_need_no_rules) {
  EXPECT_THAT(entries_of(service_at("None", 80), {}, "here"), IsEmpty());
  Service external = service_at("10.96.0.7", 80);
  external.spec.type = "ExternalName";
  EXPECT_THAT(entries_of(external, {}, "here"), IsEmpty());
}

TEST(ServiceEntries, what_would_spoil_the_rules_of_all_services_is_left_out) {
  Service s = service_at("10.96.0.7", 80);
  s.spec.externalIPs = {"192.0.2.1", "2001:db8::1", "nonsense"};
  s.spec.ports.push_back(s.spec.ports[0]);
  s.spec.ports.back().protocol = "ICMP";
  const EndpointSlice slice = slice_at({"10.244.0.3", "fd00::1", ""}, 8080);
  EndpointSlice no_port = slice_at({"10.244.0.4"}, 0);
  const auto entries = entries_of(s, {&slice, &no_port}, "here");
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_THAT(entries[0].more_addresses, ElementsAre("192.0.2.1"));
  EXPECT_THAT(entries[0].backends, ElementsAre(Backend{"10.244.0.3", 8080, false}));
}

TEST(ServiceEntries, an_endpoint_in_two_slices_counts_once) {
  const EndpointSlice one = slice_at({"10.244.0.3"}, 8080);
  EndpointSlice two = slice_at({"10.244.0.3"}, 8080);
  two.endpoints[0].nodeName = "here";
  EXPECT_THAT(entries_of(service_at("10.96.0.7", 80), {&one, &two}, "here")[0].backends, SizeIs(1));
}

TEST(ServiceEntries, udp_ports_are_known_by_each_of_their_addresses) {
  Service s = service_at("10.96.0.7", 53, "UDP");
  s.spec.externalIPs = {"192.0.2.1"};
  s.spec.ports[0].nodePort = 30053;
  const EndpointSlice slice = slice_at({"10.244.0.3"}, 5353, "UDP");
  const std::vector<Backend> backends{{"10.244.0.3", 5353, false}};
  EXPECT_THAT(udp_services(entries_of(s, {&slice}, "here")),
              ElementsAre(UdpService{"10.96.0.7", 53, backends}, UdpService{"192.0.2.1", 53, backends},
                          UdpService{"", 30053, backends}));
  EXPECT_THAT(udp_services(entries_of(service_at("10.96.0.7", 80), {}, "here")), IsEmpty());
}

TEST(ServiceRules, an_address_leads_to_one_of_its_endpoints_at_random) {
  const EndpointSlice slice = slice_at({"10.244.0.2", "10.244.0.3"}, 8080);
  const std::string text = text_of(service_at("10.96.0.7", 80), {&slice});
  EXPECT_THAT(text, HasSubstr("10.96.0.7 . tcp . 80 : goto service-"));
  EXPECT_THAT(text, HasSubstr("dnat ip to numgen random mod 2 map "
                              "{ 0 : 10.244.0.2 . 8080, 1 : 10.244.0.3 . 8080 }"));
}

TEST(ServiceRules, chains_tell_people_which_service_they_are_for) {
  const EndpointSlice slice = slice_at({"10.244.0.2"}, 8080);
  EXPECT_THAT(text_of(service_at("10.96.0.7", 80), {&slice}),
              testing::ContainsRegex("chain service-[0-9a-f]{16}-shop/web/80/tcp"));
}

TEST(ServiceRules, a_service_without_endpoints_refuses_at_once) {
  const std::string text = text_of(service_at("10.96.0.7", 80), {});
  EXPECT_THAT(text, HasSubstr("set refused_addresses {\ntype ipv4_addr . inet_proto . inet_service\n"
                              "elements = {\n10.96.0.7 . tcp . 80,"));
  EXPECT_THAT(text, Not(HasSubstr("dnat to")));
}

TEST(ServiceRules, clients_of_a_node_port_get_this_machines_address) {
  Service s = service_at("10.96.0.7", 80);
  s.spec.ports[0].nodePort = 30080;
  const EndpointSlice slice = slice_at({"10.244.0.3"}, 8080);
  const std::string text = text_of(s, {&slice});
  EXPECT_THAT(text, HasSubstr("tcp . 30080 : goto outside-"));
  EXPECT_THAT(text, HasSubstr("meta mark set meta mark | 0x4000\ngoto service-"));
}

TEST(ServiceRules, the_local_policy_keeps_the_clients_address_and_stays_on_this_machine) {
  Service s = service_at("10.96.0.7", 80);
  s.spec.ports[0].nodePort = 30080;
  s.spec.externalTrafficPolicy = "Local";
  EndpointSlice slice = slice_at({"10.244.0.2", "10.244.1.3"}, 8080);
  const std::string none_here = text_of(s, {&slice});
  EXPECT_THAT(none_here, HasSubstr("elements = {\ntcp . 30080,\n")) << "strangers are refused";
  EXPECT_THAT(none_here, HasSubstr("tcp . 30080 : goto outside-")) << "pods and this machine are not";
  slice.endpoints[0].nodeName = "here";
  const std::string one_here = text_of(s, {&slice});
  EXPECT_THAT(one_here, HasSubstr("goto local-"));
  EXPECT_THAT(one_here, HasSubstr("ip saddr 10.244.0.0/16 goto service-"));
  EXPECT_THAT(one_here, Not(HasSubstr("elements = {\ntcp . 30080,\n")));
}

TEST(ServiceRules, internal_traffic_stays_on_this_machine_when_the_service_says_so) {
  Service s = service_at("10.96.0.7", 80);
  s.spec.internalTrafficPolicy = "Local";
  EndpointSlice slice = slice_at({"10.244.0.2", "10.244.1.3"}, 8080);
  EXPECT_THAT(text_of(s, {&slice}), HasSubstr("elements = {\n10.96.0.7 . tcp . 80,"));
  slice.endpoints[0].nodeName = "here";
  EXPECT_THAT(text_of(s, {&slice}), HasSubstr("10.96.0.7 . tcp . 80 : goto local-"));
}

TEST(ServiceRules, clients_with_affinity_come_back_to_the_same_endpoint) {
  Service s = service_at("10.96.0.7", 80);
  s.spec.sessionAffinity = "ClientIP";
  const EndpointSlice slice = slice_at({"10.244.0.2", "10.244.0.3"}, 8080);
  const std::string text = text_of(s, {&slice});
  EXPECT_THAT(text, HasSubstr("timeout 10800s"));
  EXPECT_THAT(text, testing::ContainsRegex("update @clients-[^ ]* \\{ ip saddr \\}"));
}

TEST(ServiceRules, the_first_of_two_services_with_one_external_address_has_it) {
  Service first = service_at("10.96.0.7", 80);
  first.metadata.name = "a";
  Service second = service_at("10.96.0.8", 80);
  second.metadata.name = "b";
  first.spec.externalIPs = second.spec.externalIPs = {"192.0.2.1"};
  const EndpointSlice slice = slice_at({"10.244.0.2"}, 8080);
  auto entries = entries_of(second, {&slice}, "here");
  entries.push_back(entries_of(first, {&slice}, "here")[0]);
  const ServiceRules rules = rules_of(settings, entries);
  EXPECT_THAT(rules.elements.at("cluster_addresses").at("192.0.2.1 . tcp . 80"),
              testing::EndsWith("-shop/a/80/tcp"));
}

TEST(ServiceRules, the_same_services_in_any_order_give_the_same_text) {
  Service other = service_at("10.96.0.8", 80);
  other.metadata.name = "other";
  const auto one = entries_of(service_at("10.96.0.7", 80), {}, "here");
  const auto two = entries_of(other, {}, "here");
  EXPECT_EQ(make_ruleset(settings, {one[0], two[0]}), make_ruleset(settings, {two[0], one[0]}));
}

TEST(ServiceRules, a_change_says_only_what_has_changed) {
  Service other = service_at("10.96.0.8", 80);
  other.metadata.name = "other";
  const EndpointSlice before = slice_at({"10.244.0.2"}, 8080);
  const EndpointSlice after = slice_at({"10.244.0.3"}, 8080);
  const auto rules = [&](const EndpointSlice& slice) {
    auto entries = entries_of(service_at("10.96.0.7", 80), {&slice}, "here");
    entries.push_back(entries_of(other, {&before}, "here")[0]);
    return rules_of(settings, entries);
  };
  EXPECT_EQ(change_script(settings, rules(before), rules(before)), "");
  const std::string script = change_script(settings, rules(before), rules(after));
  EXPECT_THAT(script, HasSubstr("dnat to 10.244.0.3:8080"));
  EXPECT_THAT(script, Not(HasSubstr("delete table")));
  EXPECT_THAT(script, Not(HasSubstr("other")));
}

}  // namespace
}  // namespace aloft::network
