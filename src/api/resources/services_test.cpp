// What becomes of a service's addresses and ports as it is made and changed.
#include <gtest/gtest.h>

#include "api/testing/test_api.h"
#include "model/json.h"

namespace aloft::api::testing {
namespace {

using model::Value;

constexpr const char* services = "/api/v1/namespaces/n/services";

class Services : public ::testing::Test {
 protected:
  Services() { api_.make_namespace("n"); }
  Reply make(std::string_view spec) {
    return api_.post(services, fmt::format(R"({{"metadata":{{"name":"s"}},"spec":{}}})", spec));
  }
  Reply patch(std::string_view spec) {
    return api_.patch(fmt::format("{}/s", services), "strategic", fmt::format(R"({{"spec":{}}})", spec));
  }
  // A member of the spec as text, such as `"Local"` or `["IPv4"]`; empty where there is none.
  static std::string spec(const Reply& reply, std::string_view member) {
    const Value document = reply.json();
    const Value* value = document.at("spec", member);
    return value == nullptr ? std::string() : model::to_json(*value);
  }
  static std::int64_t node_port(const Reply& reply) {
    const Value document = reply.json();
    const Value* ports = document.at("spec", "ports");
    const Value* port = ports != nullptr ? ports->as_array().front().at("nodePort") : nullptr;
    return port != nullptr ? port->as_int() : 0;
  }
  TestApi api_;
};

TEST_F(Services, changing_the_type_drops_what_the_new_one_has_no_use_for) {
  const Reply made = make(R"({"type":"LoadBalancer","ports":[{"port":80}]})");
  ASSERT_EQ(made.status, 201) << made.body;
  ASSERT_NE(node_port(made), 0);
  const Reply inner = patch(R"({"type":"ClusterIP"})");
  ASSERT_EQ(inner.status, 200) << inner.body;
  EXPECT_EQ(node_port(inner), 0);
  EXPECT_EQ(spec(inner, "externalTrafficPolicy"), "");
  EXPECT_EQ(spec(inner, "allocateLoadBalancerNodePorts"), "");
  EXPECT_EQ(spec(inner, "clusterIP"), spec(made, "clusterIP"));
  const Reply alias = patch(R"({"type":"ExternalName","externalName":"db.example.org"})");
  ASSERT_EQ(alias.status, 200) << alias.body;
  EXPECT_EQ(spec(alias, "clusterIP"), "");
  EXPECT_EQ(spec(alias, "ipFamilies"), "");
  const Reply again = patch(R"({"type":"NodePort","externalName":null})");
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(spec(again, "ipFamilies"), R"(["IPv4"])");
  EXPECT_NE(spec(again, "clusterIP"), "");
  EXPECT_NE(node_port(again), 0);
}

TEST_F(Services, what_a_change_sets_itself_is_judged_and_not_dropped) {
  ASSERT_EQ(make(R"({"type":"NodePort","ports":[{"port":80}]})").status, 201);
  const Reply refused = patch(R"({"type":"ClusterIP","externalTrafficPolicy":"Local"})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.message().find("may only be set for externally-accessible services"), std::string::npos);
  const Reply moved = patch(R"({"clusterIP":"None"})");
  EXPECT_EQ(moved.status, 422);
  EXPECT_NE(moved.message().find(R"(spec.clusterIPs[0]: Invalid value: []string{"None"}: may not change)"),
            std::string::npos)
      << moved.message();
}

TEST_F(Services, a_port_keeps_its_node_port_by_name) {
  const Reply made = make(R"({"type":"NodePort","ports":[{"name":"web","port":80}]})");
  const Reply next = api_.patch(fmt::format("{}/s", services), "merge",
                                R"({"spec":{"ports":[{"name":"more","port":80},{"name":"web","port":81}]}})");
  ASSERT_EQ(next.status, 200) << next.body;
  const Value document = next.json();
  const Value& ports = *document.at("spec", "ports");
  EXPECT_EQ(ports.as_array()[1].at("nodePort")->as_int(), node_port(made));
  EXPECT_NE(ports.as_array()[0].at("nodePort")->as_int(), node_port(made));
}

TEST_F(Services, a_balancer_of_local_traffic_has_a_port_for_health_checks) {
  const Reply made = make(R"({"type":"LoadBalancer","ports":[{"port":80}],"externalTrafficPolicy":"Local"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string port = spec(made, "healthCheckNodePort");
  EXPECT_NE(port, "");
  EXPECT_EQ(spec(patch(R"({"externalTrafficPolicy":"Cluster"})"), "healthCheckNodePort"), "");
  const Reply fixed =
      api_.post(services, fmt::format(R"({{"metadata":{{"name":"t"}},"spec":{{"type":"LoadBalancer",)"
                                      R"("ports":[{{"port":80}}],"externalTrafficPolicy":"Local",)"
                                      R"("healthCheckNodePort":{}}}}})",
                                      port));
  EXPECT_EQ(fixed.status, 201) << fixed.body;
  const Reply taken =
      patch(fmt::format(R"({{"externalTrafficPolicy":"Local","healthCheckNodePort":{}}})", port));
  EXPECT_EQ(taken.status, 422);
  EXPECT_NE(taken.message().find("provided port is already allocated"), std::string::npos) << taken.message();
}

TEST_F(Services, a_refused_change_gives_back_nothing_of_others) {
  const auto other = [this](std::string_view spec) {
    return api_.post(services, fmt::format(R"({{"metadata":{{"name":"t"}},"spec":{}}})", spec)).message();
  };
  ASSERT_EQ(make(R"({"ports":[{"port":80}]})").status, 201);
  ASSERT_EQ(api_.post(services, R"({"metadata":{"name":"owner"},"spec":{"type":"NodePort",)"
                                R"("clusterIP":"10.96.0.77","ports":[{"port":80,"nodePort":30077}]}})")
                .status,
            201);
  EXPECT_EQ(
      api_.patch(fmt::format("{}/s", services), "merge", R"({"spec":{"clusterIP":"10.96.0.77"}})").status,
      422);
  EXPECT_EQ(other(R"({"clusterIP":"10.96.0.77","ports":[{"port":80}]})"),
            "Service \"t\" is invalid: spec.clusterIPs: Invalid value: []string{\"10.96.0.77\"}: failed to "
            "allocate "
            "IP 10.96.0.77: provided IP is already allocated");
  EXPECT_EQ(patch(R"({"ports":[{"port":80,"nodePort":30077}]})").status, 422);
  EXPECT_NE(other(R"({"ports":[{"port":80,"nodePort":30077}]})"), "");
  EXPECT_EQ(
      other(R"({"type":"NodePort","ports":[{"port":80,"nodePort":30077}]})"),
      "Service \"t\" is invalid: spec.ports[0].nodePort: Invalid value: 30077: provided port is already "
      "allocated");
}

TEST_F(Services, families_that_the_cluster_does_not_have_are_refused) {
  EXPECT_NE(make(R"({"ipFamilyPolicy":"RequireDualStack","ports":[{"port":80}]})")
                .message()
                .find(R"(spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not )"
                      "configured for dual-stack services"),
            std::string::npos);
  EXPECT_NE(make(R"({"ipFamilies":["IPv6"],"ports":[{"port":80}]})")
                .message()
                .find(R"(spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster)"),
            std::string::npos);
  const Reply made = make(R"({"ipFamilyPolicy":"PreferDualStack","ports":[{"port":80}]})");
  EXPECT_EQ(spec(made, "ipFamilies"), R"(["IPv4"])");
}

TEST_F(Services, a_headless_one_without_selector_may_have_endpoints_of_both_families) {
  const Reply made = make(R"({"clusterIP":"None"})");
  EXPECT_EQ(spec(made, "ipFamilies"), R"(["IPv4","IPv6"])");
  EXPECT_EQ(spec(made, "ipFamilyPolicy"), R"("RequireDualStack")");
  const Reply selecting =
      api_.post(services, R"({"metadata":{"name":"t"},"spec":{"clusterIP":"None","selector":{"a":"b"}}})");
  EXPECT_EQ(spec(selecting, "ipFamilies"), R"(["IPv4"])");
}

}  // namespace
}  // namespace aloft::api::testing
