// The DNS of the cluster beside an API server: services can be looked up when they are there, and no longer
// when they have gone.
#include "network/cluster_dns.h"

#include <gtest/gtest.h>

#include "client/testing/fake_client.h"
#include "model/kinds/core/v1/namespace.h"
#include "network/testing/dns_peer.h"
#include "network/testing/services.h"

namespace aloft::network {
namespace {

using core::v1::Namespace;
using core::v1::Service;
using discovery::v1::EndpointSlice;

class ClusterDnsTest : public testing::Test {
 protected:
  void start() {
    DnsServerSettings settings;
    settings.listen = io::Address("127.0.0.1", 0);
    auto started = ClusterDns::start(loop, informers, settings, "cluster.local", random, metrics);
    ASSERT_TRUE(started) << started.error().message();
    dns = std::move(*started);
  }
  ReadMessage ask(const std::string& name) {
    return loop.run_until_done(ask_by_datagram(loop, dns->address(), make_query(1, name, 1)));
  }
  // Asks until the answer is as wanted.
  ReadMessage ask_until(const std::string& name, const std::function<bool(const ReadMessage&)>& good) {
    for (;;) {
      ReadMessage answer = ask(name);
      if (good(answer)) return answer;
      loop.run_until_done(pass(loop));
    }
  }
  static io::Task<> pass(io::Loop& loop) { co_await loop.sleep(1ms); }

  io::EpollLoop loop;
  SystemClock clock;
  SeededRandom random{1};
  Metrics metrics;
  client::FakeClient server{loop, clock};
  client::InformerSet informers{loop, server, random};
  std::unique_ptr<ClusterDns> dns;
};

TEST_F(ClusterDnsTest, nothing_is_denied_before_the_services_are_known) {
  server.put(service_at("10.96.0.7", 80));
  start();
  EXPECT_EQ(ask("web.shop.svc.cluster.local").status, 2);
  informers.start();
  const ReadMessage answer =
      ask_until("web.shop.svc.cluster.local", [](const ReadMessage& m) { return m.status != 2; });
  ASSERT_EQ(answer.answers.size(), 1U);
  EXPECT_EQ(answer.answers[0].data, "10.96.0.7");
}

TEST_F(ClusterDnsTest, names_follow_services_endpoints_and_namespaces) {
  start();
  informers.start();
  ask_until("web.shop.svc.cluster.local", [](const ReadMessage& m) { return m.status == 3; });
  server.put(service_at("None", 80));
  server.put(slice_at({"10.244.0.2"}, 8080));
  const ReadMessage one =
      ask_until("web.shop.svc.cluster.local", [](const ReadMessage& m) { return m.answers.size() == 1; });
  EXPECT_EQ(one.answers[0].data, "10.244.0.2");
  server.put(slice_at({"10.244.0.2", "10.244.0.3"}, 8080));
  ask_until("web.shop.svc.cluster.local", [](const ReadMessage& m) { return m.answers.size() == 2; });
  server.erase<Service>(client::ObjectKey("shop", "web"));
  ask_until("web.shop.svc.cluster.local", [](const ReadMessage& m) { return m.status == 3; });
  Namespace added;
  added.metadata.name = "shop";
  server.put(added);
  ask_until("10-0-0-1.shop.pod.cluster.local", [](const ReadMessage& m) { return m.answers.size() == 1; });
}

}  // namespace
}  // namespace aloft::network
