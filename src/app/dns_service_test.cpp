// The service of the DNS comes back whatever people remove.
#include "app/dns_service.h"

#include <gtest/gtest.h>

#include "client/testing/fake_client.h"
#include "io/sim_loop.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::app {
namespace {

using client::ObjectKey;
using core::v1::Service;
using discovery::v1::EndpointSlice;

class DnsServiceTest : public ::testing::Test {
 protected:
  DnsServiceTest() {
    informers_.start();
    const auto published = loop_.run_until_done(dns_.publish());
    EXPECT_TRUE(published.has_value());
    loop_.run_for(1s);
  }
  std::string service_address() const {
    const auto service = api_.find<Service>(ObjectKey("kube-system", "kube-dns"));
    return service ? service->spec.clusterIP : std::string();
  }
  std::string server_address() const {
    const auto slice = api_.find<EndpointSlice>(ObjectKey("kube-system", "kube-dns-node-1"));
    return slice ? slice->endpoints.at(0).addresses.at(0) : std::string();
  }

  io::SimLoop loop_{WallTime{std::chrono::seconds(1767225600)}};
  client::FakeClient api_{loop_, loop_};
  SeededRandom random_{1};
  client::InformerSet informers_{loop_, api_, random_};
  DnsService dns_{loop_, api_, informers_,
                  DnsServiceSettings{"10.96.0.10", io::Address("10.244.0.1", 53), "node-1"}};
};

TEST_F(DnsServiceTest, it_is_published_with_its_server) {
  EXPECT_EQ(service_address(), "10.96.0.10");
  EXPECT_EQ(server_address(), "10.244.0.1");
}

TEST_F(DnsServiceTest, what_is_removed_is_made_again) {
  api_.erase<Service>(ObjectKey("kube-system", "kube-dns"));
  loop_.run_for(1s);
  EXPECT_EQ(service_address(), "10.96.0.10");
  api_.erase<EndpointSlice>(ObjectKey("kube-system", "kube-dns-node-1"));
  loop_.run_for(1s);
  EXPECT_EQ(server_address(), "10.244.0.1");
}

TEST_F(DnsServiceTest, a_write_that_fails_is_tried_again) {
  api_.fail_next("create", Error(Code::unavailable, "not now"), 3);
  api_.erase<Service>(ObjectKey("kube-system", "kube-dns"));
  loop_.run_for(10s);
  EXPECT_EQ(service_address(), "10.96.0.10");
}

}  // namespace
}  // namespace aloft::app
