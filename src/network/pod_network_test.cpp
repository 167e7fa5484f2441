// The pod network of a machine, in namespaces of the test's own: made twice without harm, not at the cost of
// another cloud, and removed without a trace.
#include "network/pod_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "network/testing/machine.h"

namespace aloft::network {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(PodNetwork, the_gateway_is_the_first_address) {
  EXPECT_EQ(gateway_address("10.244.3.0/24"), "10.244.3.1");
}

TEST(PodNetwork, routes_are_read) {
  EXPECT_THAT(read_routes("default via 192.0.2.1 dev eth0 proto dhcp \n"
                          "10.96.0.0/16 dev aloft0 scope link src 10.244.0.1 linkdown \n"
                          "10.0.0.9 via 192.0.2.1 dev eth0\n"
                          "unreachable 10.9.0.0/16\n"),
              ElementsAre(Route{"10.96.0.0/16", "aloft0"}, Route{"10.0.0.9", "eth0"}));
}

TEST(PodNetwork, only_routes_to_a_part_of_a_range_are_in_its_way) {
  const auto conflict = [](const std::string& range) {
    return find_conflict({Route{range, "other"}}, "10.244.0.0/24", "ours").has_value();
  };
  EXPECT_TRUE(conflict("10.244.0.0/24"));
  EXPECT_TRUE(conflict("10.244.0.128/25"));
  EXPECT_TRUE(conflict("10.244.0.7"));
  EXPECT_FALSE(conflict("10.244.1.0/24"));
  EXPECT_FALSE(conflict("10.0.0.0/8")) << "a company's network may be this wide, and ours goes before it";
  EXPECT_FALSE(find_conflict({Route{"10.244.0.0/24", "ours"}}, "10.244.0.0/24", "ours"));
}

class PodNetworkKernel : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = reason_against_namespaces()) GTEST_SKIP() << *reason;
    machine = std::make_unique<TestMachine>();
  }
  Result<> prepare(PodNetworkSettings settings) {
    const NetworkNamespace::Inside inside(machine->node());
    return machine->loop().run_until_done(prepare_pod_network(machine->loop(), std::move(settings)));
  }
  std::string show(const std::string& what) {
    return machine->run(machine->node(), {"ip", "-4", what, "show"});
  }

  std::unique_ptr<TestMachine> machine;
};

TEST_F(PodNetworkKernel, a_network_that_is_there_stays_as_it_is) {
  const std::string addresses = show("address");
  const std::string routes = show("route");
  EXPECT_THAT(addresses, HasSubstr("inet 10.244.0.1/24 brd 10.244.0.255"));
  EXPECT_THAT(routes, HasSubstr("10.96.0.0/16 dev aloft0 scope link src 10.244.0.1"));
  const auto again = prepare(machine->network());
  EXPECT_TRUE(again) << again.error().message();
  EXPECT_EQ(show("address"), addresses);
  EXPECT_EQ(show("route"), routes);
}

TEST_F(PodNetworkKernel, a_free_range_is_one_that_no_other_device_has) {
  const auto find = [this](std::vector<std::string> candidates, std::string own) {
    const NetworkNamespace::Inside inside(machine->node());
    return machine->loop().run_until_done(
        find_free_range(machine->loop(), std::move(candidates), std::move(own)));
  };
  EXPECT_EQ(find({"10.244.0.0/16", "10.245.0.0/16"}, "aloft1"), "10.245.0.0/16");
  EXPECT_EQ(find({"10.96.0.0/16", "10.97.0.0/16"}, "aloft1"), "10.97.0.0/16");
  EXPECT_EQ(find({"10.244.0.0/16", "10.245.0.0/16"}, "aloft0"), "10.244.0.0/16");
  const auto none = find({"10.244.0.0/16"}, "aloft1");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message(), HasSubstr("no range of addresses is free: the addresses 10.244.0.0/16 "
                                                "lead to the device aloft0"));
}

TEST_F(PodNetworkKernel, a_second_cloud_with_the_same_ranges_is_told_so_and_changes_nothing) {
  PodNetworkSettings labelled = machine->network();
  labelled.owner = "/";  // a data directory that exists
  ASSERT_TRUE(prepare(labelled));
  const std::string addresses = show("address");
  const std::string routes = show("route");
  PodNetworkSettings second = machine->network();
  second.bridge = "aloft1";
  const auto refused = prepare(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::conflict);
  EXPECT_THAT(refused.error().message(), HasSubstr("10.244.0.0/24"));
  EXPECT_THAT(refused.error().message(), HasSubstr("aloft0 of the cloud in /"));
  EXPECT_EQ(show("address"), addresses);
  EXPECT_EQ(show("route"), routes);
  // The range of services must be its own too.
  second.node_range = "10.245.0.0/24";
  EXPECT_FALSE(prepare(second));
  second.service_range = "10.97.0.0/16";
  const auto apart = prepare(second);
  EXPECT_TRUE(apart) << apart.error().message();
  EXPECT_THAT(show("route"), HasSubstr("10.96.0.0/16 dev aloft0"));
}

TEST_F(PodNetworkKernel, what_a_cloud_that_is_gone_left_behind_makes_way) {
  PodNetworkSettings gone = machine->network();
  gone.owner = "/nowhere/a folder that was removed";
  ASSERT_TRUE(prepare(gone));
  machine->load(make_ruleset(machine->rules(), {}));
  PodNetworkSettings second = machine->network();
  second.bridge = "aloft1";
  second.table = "aloft-second";
  const auto made = prepare(second);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_THAT(show("link"), Not(HasSubstr("aloft0")));
  EXPECT_THAT(show("route"), HasSubstr("10.96.0.0/16 dev aloft1"));
  EXPECT_EQ(machine->run(machine->node(), {"nft", "list", "ruleset"}), "");
}

TEST_F(PodNetworkKernel, a_cloud_that_serves_keeps_its_network_wherever_its_data_is) {
  PodNetworkSettings hidden = machine->network();
  hidden.owner = "/nowhere/that/can/be/seen/from/here";
  ASSERT_TRUE(prepare(hidden));
  const OwnedFd dns = serve(machine->node(), SOCK_DGRAM, "10.244.0.1", 53);
  PodNetworkSettings second = machine->network();
  second.bridge = "aloft1";
  EXPECT_FALSE(prepare(second));
  second.node_range = "10.245.0.0/24";
  EXPECT_FALSE(prepare(second)) << "a range of services in common";
  EXPECT_THAT(show("link"), HasSubstr("aloft0"));
}

TEST_F(PodNetworkKernel, pods_of_a_cloud_that_is_gone_keep_their_network) {
  PodNetworkSettings gone = machine->network();
  gone.owner = "/nowhere/at/all";
  ASSERT_TRUE(prepare(gone));
  machine->add_pod("10.244.0.2");
  PodNetworkSettings second = machine->network();
  second.bridge = "aloft1";
  EXPECT_FALSE(prepare(second));
  EXPECT_THAT(show("link"), HasSubstr("aloft0"));
}

TEST_F(PodNetworkKernel, a_network_is_removed_without_a_trace_and_twice_without_harm) {
  machine->load(make_ruleset(machine->rules(), {}));
  for (int i = 0; i < 2; ++i) {
    const NetworkNamespace::Inside inside(machine->node());
    auto removed = machine->loop().run_until_done(
        remove_pod_network(machine->loop(), machine->network().bridge, machine->network().table));
    EXPECT_TRUE(removed) << removed.error().message();
  }
  EXPECT_THAT(show("link"), Not(HasSubstr("aloft0")));
  EXPECT_EQ(show("route"), "");
  EXPECT_EQ(machine->run(machine->node(), {"nft", "list", "ruleset"}), "");
}

}  // namespace
}  // namespace aloft::network
