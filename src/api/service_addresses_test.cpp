// Addresses and node ports are handed out once.
#include "api/service_addresses.h"

#include <set>

#include <gtest/gtest.h>

namespace aloft::api {
namespace {

ServiceAddresses make(Random& random, std::string range, std::int32_t first = 30000,
                      std::int32_t last = 32767) {
  ServiceAddressSettings settings;
  settings.range = std::move(range);
  settings.first_node_port = first;
  settings.last_node_port = last;
  auto addresses = ServiceAddresses::make(settings, random);
  EXPECT_TRUE(addresses.has_value());
  return std::move(*addresses);
}

TEST(ServiceAddresses, every_address_of_a_small_range_is_given_once_and_then_none) {
  SeededRandom random(1);
  ServiceAddresses addresses = make(random, "10.0.0.0/28");
  std::set<std::string> given;
  for (int i = 0; i < 14; ++i) given.insert(addresses.take_address("").value());
  EXPECT_EQ(given.size(), 14U);
  EXPECT_FALSE(given.contains("10.0.0.0"));
  EXPECT_FALSE(given.contains("10.0.0.15"));
  EXPECT_EQ(addresses.take_address("").error().message(), "failed to allocate a serviceIP: range is full");
  addresses.give_back_address("10.0.0.7");
  EXPECT_EQ(addresses.take_address("").value(), "10.0.0.7");
}

TEST(ServiceAddresses, an_address_that_is_asked_for_must_be_free_and_in_the_range) {
  SeededRandom random(1);
  ServiceAddresses addresses = make(random, "10.96.0.0/16");
  EXPECT_EQ(addresses.address_at(10), "10.96.0.10");
  EXPECT_EQ(addresses.take_address("10.96.0.10").value(), "10.96.0.10");
  EXPECT_EQ(addresses.take_address("10.96.0.10").error().message(),
            "failed to allocate IP 10.96.0.10: provided IP is already allocated");
  EXPECT_FALSE(addresses.take_address("10.97.0.1").has_value());
  EXPECT_FALSE(addresses.take_address("10.96.0.0").has_value());
  EXPECT_FALSE(addresses.take_address("fd00::1").has_value());
}

TEST(ServiceAddresses, node_ports_are_given_once_and_within_their_range) {
  SeededRandom random(1);
  ServiceAddresses addresses = make(random, "10.96.0.0/16", 30000, 30004);
  EXPECT_EQ(addresses.take_port(30002).value(), 30002);
  EXPECT_EQ(addresses.take_port(30002).error().message(), "provided port is already allocated");
  EXPECT_FALSE(addresses.take_port(80).has_value());
  std::set<std::int32_t> given;
  for (int i = 0; i < 4; ++i) given.insert(addresses.take_port(0).value());
  EXPECT_EQ(given, (std::set<std::int32_t>{30000, 30001, 30003, 30004}));
  EXPECT_FALSE(addresses.take_port(0).has_value());
  addresses.give_back_port(30001);
  EXPECT_EQ(addresses.take_port(0).value(), 30001);
}

TEST(ServiceAddresses, a_range_that_is_none_is_refused_by_name) {
  SeededRandom random(1);
  for (const char* range : {"10.0.0.0", "10.0.0.0/8", "10.0.0.0/30", "fd00::/112", "x/16"}) {
    ServiceAddressSettings settings;
    settings.range = range;
    const auto addresses = ServiceAddresses::make(settings, random);
    ASSERT_FALSE(addresses.has_value()) << range;
    EXPECT_NE(addresses.error().message().find(range), std::string::npos);
  }
}

}  // namespace
}  // namespace aloft::api
