// The proxy beside an API server, with a kernel of the test's own: what is loaded when, and what happens when
// the kernel refuses.
#include "network/service_proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/testing/fake_client.h"
#include "io/sim_loop.h"
#include "network/testing/services.h"

namespace aloft::network {
namespace {

using core::v1::Service;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class ServiceProxyTest : public testing::Test {
 protected:
  ServiceProxyTest() {
    ProxyActions actions;
    actions.load = [this](std::string script) { return load(std::move(script)); };
    actions.forget_flows =
        [this](const std::function<bool(const UdpFlow&)>& unwanted) -> Result<std::size_t> {
      ++forgot;
      return static_cast<std::size_t>(std::erase_if(flows, unwanted));
    };
    RulesetSettings settings{"aloft-test", "aloft0", "10.244.0.0/16", "10.96.0.0/16"};
    proxy = std::make_unique<ServiceProxy>(loop, informers, settings, "here", metrics, std::move(actions));
    proxy->start();
  }
  io::Task<Result<>> load(std::string script) {
    co_await loop.yield();
    scripts.push_back(std::move(script));
    if (refusals > 0) {
      --refusals;
      co_return fail(Code::internal, "nft: not today");
    }
    co_return Result<>();
  }
  void start() {
    informers.start();
    loop.run_until_done(proxy->settled());
  }

  io::SimLoop loop;
  SeededRandom random{1};
  Metrics metrics;
  client::FakeClient server{loop, loop};
  client::InformerSet informers{loop, server, random};
  std::vector<std::string> scripts;
  int refusals = 0;
  int forgot = 0;
  std::vector<UdpFlow> flows;
  std::unique_ptr<ServiceProxy> proxy;
};

TEST_F(ServiceProxyTest, what_is_there_at_the_start_makes_one_whole_table) {
  server.put(service_at("10.96.0.7", 80));
  server.put(slice_at({"10.244.0.2"}, 8080));
  start();
  ASSERT_THAT(scripts, SizeIs(1));
  EXPECT_THAT(scripts[0], HasSubstr("delete table ip aloft-test\n"));
  EXPECT_THAT(scripts[0], HasSubstr("dnat to 10.244.0.2:8080"));
}

TEST_F(ServiceProxyTest, an_empty_cluster_has_a_table_too) {
  start();
  EXPECT_THAT(scripts, SizeIs(1));
}

TEST_F(ServiceProxyTest, changes_at_one_time_make_one_script_of_what_has_changed) {
  server.put(service_at("10.96.0.7", 80));
  start();
  scripts.clear();
  for (int i = 2; i < 10; ++i) server.put(slice_at({fmt::format("10.244.0.{}", i)}, 8080));
  loop.run_for(1s);
  ASSERT_THAT(scripts, SizeIs(1));
  EXPECT_THAT(scripts[0], HasSubstr("dnat to 10.244.0.9:8080"));
  EXPECT_THAT(scripts[0], Not(HasSubstr("delete table")));
}

TEST_F(ServiceProxyTest, changes_that_mean_nothing_to_the_kernel_load_nothing) {
  server.put(service_at("10.96.0.7", 80));
  start();
  scripts.clear();
  Service labelled = service_at("10.96.0.7", 80);
  labelled.metadata.labels["team"] = "blue";
  server.put(labelled);
  loop.run_for(1s);
  EXPECT_THAT(scripts, SizeIs(0));
}

TEST_F(ServiceProxyTest, what_the_kernel_refuses_is_tried_again_as_a_whole) {
  start();
  scripts.clear();
  refusals = 2;
  server.put(service_at("10.96.0.7", 80));
  server.put(slice_at({"10.244.0.2"}, 8080));
  loop.run_for(10s);
  ASSERT_THAT(scripts, SizeIs(3));
  EXPECT_THAT(scripts[0], Not(HasSubstr("delete table")));
  EXPECT_THAT(scripts[1], HasSubstr("delete table"));
  EXPECT_THAT(scripts[2], HasSubstr("dnat to 10.244.0.2:8080"));
  EXPECT_THAT(metrics.render(), HasSubstr("network_ruleset_failures_total 2"));
  loop.run_for(10s);
  EXPECT_THAT(scripts, SizeIs(3));
}

TEST_F(ServiceProxyTest, flows_to_udp_endpoints_that_have_gone_are_forgotten) {
  server.put(service_at("10.96.0.7", 53, "UDP"));
  server.put(slice_at({"10.244.0.2", "10.244.0.3"}, 5353, "UDP"));
  flows = {{"10.96.0.7", 53, "10.244.0.2", 5353, ""},
           {"10.96.0.7", 53, "10.244.0.3", 5353, ""},
           {"192.0.2.1", 53, "192.0.2.1", 53, ""}};
  start();
  EXPECT_THAT(flows, SizeIs(3));
  server.put(slice_at({"10.244.0.3"}, 5353, "UDP"));
  loop.run_for(1s);
  ASSERT_THAT(flows, SizeIs(2));
  EXPECT_EQ(flows[0].answerer, "10.244.0.3");
  const int before = forgot;
  Service other = service_at("10.96.0.8", 80);
  other.metadata.name = "other";
  server.put(other);
  loop.run_for(1s);
  EXPECT_EQ(forgot, before) << "the kernel's flows are not listed for nothing";
}

}  // namespace
}  // namespace aloft::network
