// Where proxies lead, and what of a path goes on behind them.
#include "api/proxy_target.h"

#include <gtest/gtest.h>

#include "api/testing/test_api.h"

namespace aloft::api::testing {
namespace {

class ProxyTargets : public ::testing::Test {
 protected:
  ProxyTargets() { api_.make_namespace("n"); }

  void make(std::string_view path, std::string_view object, std::string_view status = {}) {
    const Reply made = api_.post(std::string(path), std::string(object));
    ASSERT_EQ(made.status, 201) << made.body;
    if (status.empty()) return;
    const std::string name(made.json().text_at("metadata", "name"));
    const Reply set = api_.patch(fmt::format("{}/{}/status", path, name), "merge", std::string(status));
    ASSERT_EQ(set.status, 200) << set.body;
  }
  // As "http HOST:PORT", or the error.
  std::string where(std::string_view target, std::uint64_t seed = 1) {
    SeededRandom random(seed);
    const RequestInfo info = read_request("GET", target, http::Query());
    const auto found = proxy_target(api_.registry, info, random);
    if (!found) return found.error().message();
    return fmt::format("{} {}:{}",
                       found->agent ? "agent"
                       : found->tls ? "https"
                                    : "http",
                       found->host, found->port);
  }
  TestApi api_;
};

TEST(ProxyName, has_up_to_three_parts) {
  const auto text = [](std::string_view name) {
    const auto parsed = ProxyName::parse(name);
    return parsed ? fmt::format("{}|{}|{}", parsed->scheme, parsed->name, parsed->port)
                  : std::string("invalid");
  };
  EXPECT_EQ(text("a"), "|a|");
  EXPECT_EQ(text("a:80"), "|a|80");
  EXPECT_EQ(text("a:web"), "|a|web");
  EXPECT_EQ(text("https:a:"), "https|a|");
  EXPECT_EQ(text("https:a:443"), "https|a|443");
  EXPECT_EQ(text(":a:1"), "|a|1");
  for (const char* wrong : {"", ":", "ftp:a:1", "https::1", "a:b:c:d", ":80"})
    EXPECT_EQ(text(wrong), "invalid");
}

TEST(BehindProxy, is_kept_as_it_was_sent) {
  const auto behind = [](std::string_view target) {
    http::RequestHead head;
    head.method = "GET";
    head.target = target;
    return std::string(behind_proxy(target, read_request("GET", head.path(), head.query())));
  };
  EXPECT_EQ(behind("/api/v1/namespaces/n/pods/p/proxy"), "");
  EXPECT_EQ(behind("/api/v1/namespaces/n/pods/p/proxy?x=1"), "?x=1");
  EXPECT_EQ(behind("/api/v1/namespaces/n/pods/p:80/proxy/"), "/");
  EXPECT_EQ(behind("/api/v1/namespaces/n/services/http:p:80/proxy/a%20b//c/?x=%2F"), "/a%20b//c/?x=%2F");
  EXPECT_EQ(behind("/api/v1/nodes/m/proxy/stats/summary"), "/stats/summary");
}

TEST_F(ProxyTargets, a_pod_is_reached_at_the_port_that_is_named_or_its_first) {
  make("/api/v1/namespaces/n/pods",
       R"({"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","image":"i"},)"
       R"({"name":"b","image":"i","ports":[{"containerPort":8080}]}]}})",
       R"({"status":{"podIP":"10.1.2.3"}})");
  EXPECT_EQ(where("/api/v1/namespaces/n/pods/p/proxy"), "http 10.1.2.3:8080");
  EXPECT_EQ(where("/api/v1/namespaces/n/pods/https:p:9/proxy"), "https 10.1.2.3:9");
  EXPECT_EQ(where("/api/v1/namespaces/n/pods/p:x/proxy"), "invalid port \"x\" of pod p");
  EXPECT_EQ(where("/api/v1/namespaces/n/pods/q/proxy"), "pods \"q\" not found");
}

TEST_F(ProxyTargets, addresses_of_the_machine_itself_are_refused) {
  for (const std::string address : {"127.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1"}) {
    const std::string name = "p" + std::to_string(std::hash<std::string>()(address));
    make("/api/v1/namespaces/n/pods",
         fmt::format(R"({{"metadata":{{"name":"{}"}},"spec":{{"containers":[{{"name":"a","image":"i"}}]}}}})",
                     name),
         fmt::format(R"({{"status":{{"podIP":"{}"}}}})", address));
    EXPECT_EQ(where(fmt::format("/api/v1/namespaces/n/pods/{}/proxy", name)), "address not allowed")
        << address;
  }
}

TEST_F(ProxyTargets, a_service_leads_to_one_of_its_ready_endpoints) {
  make("/api/v1/namespaces/n/services",
       R"({"metadata":{"name":"s"},"spec":{"ports":[{"name":"web","port":80},{"name":"admin","port":81}]}})");
  EXPECT_EQ(where("/api/v1/namespaces/n/services/s:80/proxy"), "endpoints \"s\" not found");
  make("/api/v1/namespaces/n/endpoints",
       R"({"metadata":{"name":"s"},"subsets":[{"addresses":[{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}],)"
       R"("notReadyAddresses":[{"ip":"10.0.0.3"}],"ports":[{"name":"web","port":8080}]}]})");
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    seen.insert(where("/api/v1/namespaces/n/services/s:web/proxy", seed));
  EXPECT_EQ(seen, (std::set<std::string>{"http 10.0.0.1:8080", "http 10.0.0.2:8080"}));
  EXPECT_TRUE(seen.contains(where("/api/v1/namespaces/n/services/s:80/proxy")));
  EXPECT_EQ(where("/api/v1/namespaces/n/services/s:82/proxy"), "no service port 82 found for service \"s\"");
  EXPECT_EQ(where("/api/v1/namespaces/n/services/s:admin/proxy"), "no endpoints available for service \"s\"");
}

TEST_F(ProxyTargets, a_node_leads_to_its_agent_or_to_another_port_of_it) {
  make("/api/v1/nodes", R"({"metadata":{"name":"m"}})",
       R"({"status":{"addresses":[{"type":"Hostname","address":"m"},)"
       R"({"type":"InternalIP","address":"10.0.0.9"}],)"
       R"("daemonEndpoints":{"kubeletEndpoint":{"Port":10250}}}})");
  EXPECT_EQ(where("/api/v1/nodes/m/proxy/healthz"), "agent m:10250");
  EXPECT_EQ(where("/api/v1/nodes/https:m:10250/proxy/healthz"), "agent m:10250");
  EXPECT_EQ(where("/api/v1/nodes/m:9100/proxy/metrics"), "http 10.0.0.9:9100");
}

TEST_F(ProxyTargets, are_in_the_lists_of_resources) {
  for (const char* resource : {"pods", "services", "nodes"}) {
    EXPECT_NE(api_.get("/api/v1").body.find(fmt::format("\"{}/proxy\"", resource)), std::string::npos);
  }
}

}  // namespace
}  // namespace aloft::api::testing
