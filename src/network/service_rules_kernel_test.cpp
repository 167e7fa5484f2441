// That the kernel takes the rules and that packets follow them: in namespaces of the test's own, with pods
// that connect to services.
#include <algorithm>
#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <rapidcheck.h>
#include <sys/socket.h>

#include "network/conntrack.h"
#include "network/service_rules.h"
#include "network/testing/machine.h"
#include "network/testing/services.h"

namespace aloft::network {
namespace {

using core::v1::Service;
using discovery::v1::EndpointSlice;

class ServiceRulesKernel : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = reason_against_namespaces()) GTEST_SKIP() << *reason;
    machine_ = std::make_unique<TestMachine>();
  }

  ServiceRules rules(const Service& service, const EndpointSlice& slice) {
    return rules_of(machine_->rules(), entries_of(service, {&slice}, "here"));
  }
  void apply(const Service& service, const EndpointSlice& slice) {
    const ServiceRules next = rules(service, slice);
    machine_->load(current_ ? change_script(machine_->rules(), *current_, next)
                            : full_script(machine_->rules(), next));
    current_ = next;
  }
  static Outcome connect_once(const NetworkNamespace& from, const std::string& address, int port,
                              const std::vector<const OwnedFd*>& servers) {
    const OwnedFd client = make_client(from, SOCK_STREAM);
    return talk(client, address, port, servers);
  }

  std::unique_ptr<TestMachine> machine_;
  std::optional<ServiceRules> current_;
};

TEST_F(ServiceRulesKernel, a_pod_reaches_another_through_a_service_and_stays_itself) {
  const auto& a = machine_->add_pod("10.244.0.2");
  const auto& b = machine_->add_pod("10.244.0.3");
  const OwnedFd server = serve(b, SOCK_STREAM, "10.244.0.3", 8080);
  apply(service_at("10.96.0.7", 80), slice_at({"10.244.0.3"}, 8080));
  const Outcome outcome = connect_once(a, "10.96.0.7", 80, {&server});
  EXPECT_EQ(outcome.error, 0) << strerror(outcome.error);
  EXPECT_EQ(outcome.client_seen, "10.244.0.2");
}

TEST_F(ServiceRulesKernel, this_machine_reaches_a_service) {
  const auto& pod = machine_->add_pod("10.244.0.2");
  const OwnedFd server = serve(pod, SOCK_STREAM, "10.244.0.2", 8080);
  apply(service_at("10.96.0.7", 80), slice_at({"10.244.0.2"}, 8080));
  const Outcome outcome = connect_once(machine_->node(), "10.96.0.7", 80, {&server});
  EXPECT_EQ(outcome.error, 0) << strerror(outcome.error);
  EXPECT_EQ(outcome.client_seen, "10.244.0.1");
}

TEST_F(ServiceRulesKernel, a_node_port_answers_on_every_address_of_this_machine) {
  const auto& pod = machine_->add_pod("10.244.0.2");
  const auto& other = machine_->add_pod("10.244.0.3");
  const OwnedFd server = serve(pod, SOCK_STREAM, "10.244.0.2", 8080);
  Service service = service_at("10.96.0.7", 80);
  service.spec.ports[0].nodePort = 30080;
  for (const std::string policy : {"Cluster", "Local"}) {
    service.spec.externalTrafficPolicy = policy;
    apply(service, slice_at({"10.244.0.2"}, 8080));
    EXPECT_EQ(connect_once(machine_->node(), "127.0.0.1", 30080, {&server}).error, 0) << policy;
    EXPECT_EQ(connect_once(machine_->node(), "10.244.0.1", 30080, {&server}).error, 0) << policy;
    EXPECT_EQ(connect_once(other, "10.244.0.1", 30080, {&server}).error, 0) << policy;
  }
}

TEST_F(ServiceRulesKernel, a_pod_reaches_itself_through_its_service) {
  const auto& pod = machine_->add_pod("10.244.0.2");
  const OwnedFd server = serve(pod, SOCK_STREAM, "10.244.0.2", 8080);
  apply(service_at("10.96.0.7", 80), slice_at({"10.244.0.2"}, 8080));
  const Outcome outcome = connect_once(pod, "10.96.0.7", 80, {&server});
  EXPECT_EQ(outcome.error, 0) << strerror(outcome.error);
  EXPECT_EQ(outcome.client_seen, "10.244.0.1")
      << "an address of its own would be answered past the translation";
}

TEST_F(ServiceRulesKernel, a_service_without_endpoints_refuses_at_once) {
  const auto& pod = machine_->add_pod("10.244.0.2");
  Service service = service_at("10.96.0.7", 80);
  service.spec.ports[0].nodePort = 30080;
  apply(service, slice_at({}, 8080));
  EXPECT_EQ(connect_once(pod, "10.96.0.7", 80, {}).error, ECONNREFUSED);
  EXPECT_EQ(connect_once(machine_->node(), "10.96.0.7", 80, {}).error, ECONNREFUSED);
  EXPECT_EQ(connect_once(pod, "10.244.0.1", 30080, {}).error, ECONNREFUSED);
  EXPECT_EQ(connect_once(machine_->node(), "127.0.0.1", 30080, {}).error, ECONNREFUSED);
  apply(service_at("10.96.0.7", 53, "UDP"), slice_at({}, 53, "UDP"));
  const OwnedFd client = make_client(pod, SOCK_DGRAM);
  EXPECT_EQ(talk(client, "10.96.0.7", 53, {}).error, ECONNREFUSED);
}

TEST_F(ServiceRulesKernel, an_address_of_no_service_refuses_at_once) {
  const auto& pod = machine_->add_pod("10.244.0.2");
  apply(service_at("10.96.0.7", 80), slice_at({"10.244.0.2"}, 8080));
  EXPECT_EQ(connect_once(pod, "10.96.0.99", 80, {}).error, ECONNREFUSED);
  EXPECT_EQ(connect_once(machine_->node(), "10.96.0.99", 80, {}).error, ECONNREFUSED);
  EXPECT_EQ(connect_once(pod, "10.96.0.7", 81, {}).error, ECONNREFUSED);
}

TEST_F(ServiceRulesKernel, all_endpoints_get_their_share) {
  const auto& a = machine_->add_pod("10.244.0.2");
  const auto& b = machine_->add_pod("10.244.0.3");
  const OwnedFd on_a = serve(a, SOCK_STREAM, "10.244.0.2", 8080);
  const OwnedFd on_b = serve(b, SOCK_STREAM, "10.244.0.3", 8080);
  apply(service_at("10.96.0.7", 80), slice_at({"10.244.0.2", "10.244.0.3"}, 8080));
  std::vector<int> counts(2);
  constexpr int connections = 100;
  for (int i = 0; i < connections; ++i) {
    const Outcome outcome = connect_once(machine_->node(), "10.96.0.7", 80, {&on_a, &on_b});
    ASSERT_EQ(outcome.error, 0) << strerror(outcome.error);
    ++counts[outcome.server];
  }
  // One in 10^17 for a fair choice.
  EXPECT_GT(std::ranges::min(counts), 10);
}

TEST_F(ServiceRulesKernel, affinity_outlasts_changes_of_the_rules) {
  const auto& a = machine_->add_pod("10.244.0.2");
  const auto& b = machine_->add_pod("10.244.0.3");
  const OwnedFd on_a = serve(a, SOCK_STREAM, "10.244.0.2", 8080);
  const OwnedFd on_b = serve(b, SOCK_STREAM, "10.244.0.3", 8080);
  Service service = service_at("10.96.0.7", 80);
  service.spec.sessionAffinity = "ClientIP";
  apply(service, slice_at({"10.244.0.2", "10.244.0.3"}, 8080));
  const Outcome first = connect_once(machine_->node(), "10.96.0.7", 80, {&on_a, &on_b});
  ASSERT_EQ(first.error, 0) << strerror(first.error);
  constexpr int connections = 40;
  for (int i = 0; i < connections; ++i) {
    // A third endpoint comes and goes meanwhile.
    std::vector<std::string> addresses{"10.244.0.2", "10.244.0.3"};
    if (i % 2 == 0) addresses.push_back("10.244.0.4");
    apply(service, slice_at(addresses, 8080));
    const Outcome again = connect_once(machine_->node(), "10.96.0.7", 80, {&on_a, &on_b});
    ASSERT_EQ(again.error, 0) << strerror(again.error);
    ASSERT_EQ(again.server, first.server);
  }
}

TEST_F(ServiceRulesKernel, a_udp_client_moves_on_when_its_endpoint_goes) {
  const auto& client_pod = machine_->add_pod("10.244.0.2");
  const auto& old_pod = machine_->add_pod("10.244.0.3");
  const auto& new_pod = machine_->add_pod("10.244.0.4");
  const OwnedFd on_old = serve(old_pod, SOCK_DGRAM, "10.244.0.3", 5353);
  const OwnedFd on_new = serve(new_pod, SOCK_DGRAM, "10.244.0.4", 5353);
  const Service service = service_at("10.96.0.7", 53, "UDP");
  apply(service, slice_at({"10.244.0.3"}, 5353, "UDP"));
  const OwnedFd client = make_client(client_pod, SOCK_DGRAM);
  const Outcome before = talk(client, "10.96.0.7", 53, {&on_old, &on_new});
  ASSERT_EQ(before.error, 0) << strerror(before.error);
  EXPECT_EQ(before.server, 0U);

  const EndpointSlice moved = slice_at({"10.244.0.4"}, 5353, "UDP");
  apply(service, moved);
  const auto services = udp_services(entries_of(service, {&moved}, "here"));
  Result<std::size_t> forgotten = 0;
  {
    const NetworkNamespace::Inside inside(machine_->node());
    forgotten = forget_udp_flows([&](const UdpFlow& flow) { return is_stale(flow, services); });
  }
  ASSERT_TRUE(forgotten) << forgotten.error().message();
  EXPECT_EQ(*forgotten, 1U);
  const Outcome after = talk(client, "10.96.0.7", 53, {&on_old, &on_new});
  ASSERT_EQ(after.error, 0) << strerror(after.error);
  EXPECT_EQ(after.server, 1U);
}

TEST_F(ServiceRulesKernel, pods_do_not_reach_what_listens_on_this_machines_localhost) {
  const auto& pod = machine_->add_pod("10.244.0.2");
  const OwnedFd secret = serve(machine_->node(), SOCK_DGRAM, "127.0.0.1", 9999);
  const OwnedFd open_to_all = serve(machine_->node(), SOCK_DGRAM, "10.244.0.1", 9999);
  apply(service_at("10.96.0.7", 80), slice_at({"10.244.0.2"}, 8080));
  machine_->run(
      pod, {"ip", "-batch", "-"},
      "address del 127.0.0.1/8 dev lo\nroute add 127.0.0.1 via 10.244.0.1 dev eth0 src 10.244.0.2\n");
  machine_->run(pod, {"sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1"});
  const OwnedFd attacker = make_client(pod, SOCK_DGRAM);
  sockaddr_in target{};
  target.sin_family = AF_INET;
  target.sin_port = htons(9999);
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(sendto(attacker.get(), "x", 1, 0, reinterpret_cast<sockaddr*>(&target), sizeof target), 1)
      << strerror(errno);
  // What comes later on the same way is there, so the first would be too.
  const OwnedFd client = make_client(pod, SOCK_DGRAM);
  EXPECT_EQ(talk(client, "10.244.0.1", 9999, {&open_to_all}).error, 0);
  char byte = 0;
  EXPECT_EQ(recv(secret.get(), &byte, 1, MSG_DONTWAIT), -1);
}

// The words of a listing, as nft's order depends on how a table came about.
std::vector<std::string> words_of(const std::string& listing) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : listing) {
    if (c == ' ' || c == '\n' || c == '\t' || c == ',') {
      if (!word.empty()) words.push_back(std::exchange(word, {}));
    } else {
      word += c;
    }
  }
  std::ranges::sort(words);
  return words;
}

std::vector<ServiceEntry> some_entries() {
  std::vector<ServiceEntry> entries;
  const int count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    Service service =
        service_at(fmt::format("10.96.0.{}", *rc::gen::inRange(1, 8)), *rc::gen::inRange(80, 83),
                   *rc::gen::element<std::string>("TCP", "UDP", "SCTP"));
    service.metadata.name = fmt::format("s{}", *rc::gen::inRange(0, 10));
    if (*rc::gen::arbitrary<bool>()) service.spec.ports[0].nodePort = *rc::gen::inRange(30000, 30005);
    if (*rc::gen::arbitrary<bool>()) service.spec.externalIPs = {"192.0.2.1"};
    if (*rc::gen::arbitrary<bool>()) service.spec.sessionAffinity = "ClientIP";
    if (*rc::gen::arbitrary<bool>()) service.spec.externalTrafficPolicy = "Local";
    if (*rc::gen::arbitrary<bool>()) service.spec.internalTrafficPolicy = "Local";
    std::vector<std::string> addresses;
    const int endpoints = *rc::gen::inRange(0, 4);
    for (int e = 0; e < endpoints; ++e) {
      addresses.push_back(fmt::format("10.244.0.{}", *rc::gen::inRange(2, 9)));
    }
    EndpointSlice slice = slice_at(addresses, 8080, service.spec.ports[0].protocol);
    for (auto& endpoint : slice.endpoints)
      endpoint.nodeName = *rc::gen::element<std::string>("here", "there");
    for (ServiceEntry& entry : entries_of(service, {&slice}, "here")) entries.push_back(std::move(entry));
  }
  return entries;
}

TEST_F(ServiceRulesKernel, changes_lead_to_the_same_table_as_starting_anew) {
  const std::vector<std::string> list{"nft", "-s", "list", "table", "ip", machine_->rules().table};
  EXPECT_TRUE(rc::check([&] {
    std::vector<ServiceRules> steps;
    for (int i = 0; i < 4; ++i) steps.push_back(rules_of(machine_->rules(), some_entries()));
    machine_->load(full_script(machine_->rules(), steps.front()));
    for (std::size_t i = 1; i < steps.size(); ++i) {
      const std::string change = change_script(machine_->rules(), steps[i - 1], steps[i]);
      if (!change.empty()) machine_->load(change);
    }
    const auto changed = words_of(machine_->run(machine_->node(), list));
    machine_->load(full_script(machine_->rules(), steps.back()));
    RC_ASSERT(changed == words_of(machine_->run(machine_->node(), list)));
    RC_ASSERT(!testing::Test::HasFailure());
  }));
}

TEST_F(ServiceRulesKernel, the_table_can_be_removed_twice) {
  apply(service_at("10.96.0.7", 80), slice_at({"10.244.0.2"}, 8080));
  machine_->load(remove_ruleset(machine_->rules().table));
  machine_->load(remove_ruleset(machine_->rules().table));
  EXPECT_EQ(machine_->run(machine_->node(), {"nft", "list", "ruleset"}), "");
}

}  // namespace
}  // namespace aloft::network
