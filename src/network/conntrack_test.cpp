// Which remembered flows lead nowhere any more, and that answers of the kernel are read without trust.
#include "network/conntrack.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::network {
namespace {

const std::vector<UdpService> three_services{{"10.96.0.10", 53, {{"10.244.0.2", 5353, false}}},
                                             {"10.96.0.11", 53, {}},
                                             {"", 30053, {{"10.244.0.2", 5353, false}}}};

TEST(Conntrack, a_flow_is_stale_when_nothing_behind_its_service_answers_it) {
  struct Case {
    UdpFlow flow;
    bool stale;
    std::string why;
  };
  const Case cases[] = {
      {{"10.96.0.10", 53, "10.244.0.2", 5353, ""}, false, "its endpoint is there"},
      {{"10.96.0.10", 53, "10.244.0.3", 5353, ""}, true, "its endpoint has gone"},
      {{"10.96.0.10", 53, "10.244.0.2", 53, ""}, true, "its endpoint has another port now"},
      {{"10.96.0.10", 53, "10.96.0.10", 53, ""}, true, "it began before there was a rule"},
      {{"10.96.0.11", 53, "10.244.0.2", 5353, ""}, true, "there is no endpoint any more"},
      {{"10.96.0.12", 53, "10.244.0.3", 5353, ""}, false, "it is no service's"},
      {{"192.0.2.1", 30053, "10.244.0.3", 5353, ""}, true, "it came by a node port"},
      {{"192.0.2.1", 30053, "192.0.2.1", 30053, ""},
       false,
       "it goes to another machine's port of that number"},
  };
  for (const Case& c : cases) EXPECT_EQ(is_stale(c.flow, three_services), c.stale) << c.why;
}

TEST(Conntrack, anything_may_come_as_an_answer) {
  EXPECT_TRUE(rc::check([](std::string bytes) {
    // A message of the right type whose attributes are arbitrary.
    std::string message(20, '\0');
    message += bytes;
    const auto size = static_cast<std::uint32_t>(message.size());
    for (int i = 0; i < 4; ++i)
      message[static_cast<std::size_t>(i)] = static_cast<char>((size >> (8 * i)) & 255);
    message[5] = 1;
    for (const UdpFlow& flow : read_udp_flows(message)) RC_ASSERT(!flow.destination.empty());
    read_udp_flows(bytes);
  }));
}

}  // namespace
}  // namespace aloft::network
