// Which pods a machine refuses though they are bound to it.
#include "node/admission.h"

#include <gtest/gtest.h>

#include "model/codec.h"

namespace aloft::node {
namespace {

PodPointer bound_pod(std::string_view spec) {
  auto pod = std::make_shared<core::v1::Pod>();
  pod->spec = model::from_json<core::v1::PodSpec>(spec).value();
  return pod;
}

core::v1::ResourceList machine() {
  return model::from_json<core::v1::NodeStatus>(R"({"allocatable":{"cpu":"2","memory":"1Gi","pods":"3"}})")
      .value()
      .allocatable;
}

std::string refusal_of(std::string_view spec, std::vector<std::string_view> others = {}) {
  const PodPointer pod = bound_pod(spec);
  std::vector<Demand> demands;
  for (const std::string_view other : others) demands.push_back(demand_of(bound_pod(other)));
  std::vector<const Demand*> pointers;
  for (const Demand& demand : demands) pointers.push_back(&demand);
  const auto refused = refuse_pod(*pod, demand_of(pod), machine(), pointers);
  return refused ? refused->reason + ": " + refused->message : "taken";
}

TEST(Admission, what_the_others_leave_has_to_be_enough) {
  const std::string_view core = R"({"containers":[{"resources":{"requests":{"cpu":"1"}}}]})";
  EXPECT_EQ(refusal_of(core, {core}), "taken");
  EXPECT_EQ(refusal_of(core, {core, core}),
            "OutOfcpu: Node didn't have enough resource: cpu, requested: 1000, used: 2000, capacity: 2000");
  EXPECT_EQ(
      refusal_of(R"({"containers":[{"resources":{"requests":{"memory":"2Gi"}}}]})"),
      "OutOfmemory: Node didn't have enough resource: memory, requested: 2147483648, used: 0, capacity: "
      "1073741824");
  EXPECT_EQ(refusal_of("{}", {"{}", "{}", "{}"}),
            "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3");
}

TEST(Admission, a_port_of_the_machine_is_taken_once) {
  const std::string_view web = R"({"containers":[{"ports":[{"containerPort":80,"hostPort":80}]}]})";
  EXPECT_EQ(refusal_of(web), "taken");
  EXPECT_EQ(
      refusal_of(web, {web}),
      "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports");
}

TEST(Admission, settings_of_the_kernel_must_be_safe) {
  EXPECT_EQ(refusal_of(R"({"securityContext":{"sysctls":[{"name":"net/ipv4/tcp_syncookies","value":"1"},
                           {"name":"kernel.shm_rmid_forced","value":"1"}]}})"),
            "taken");
  EXPECT_EQ(refusal_of(R"({"securityContext":{"sysctls":[{"name":"kernel.msgmax","value":"65536"}]}})"),
            "SysctlForbidden: forbidden sysctl: \"kernel.msgmax\" not allowlisted");
  EXPECT_EQ(refusal_of(R"({"hostNetwork":true,
                           "securityContext":{"sysctls":[{"name":"net.ipv4.tcp_rmem","value":"1"}]}})"),
            "SysctlForbidden: forbidden sysctl: \"net.ipv4.tcp_rmem\" not allowed with host net enabled");
}

TEST(Admission, protection_that_is_not_there_is_not_promised) {
  EXPECT_EQ(refusal_of(R"({"securityContext":{"appArmorProfile":{"type":"RuntimeDefault"}}})"),
            "AppArmor: Cannot enforce AppArmor: AppArmor is not enabled on the host");
  EXPECT_EQ(refusal_of(R"({"initContainers":[{"securityContext":{"appArmorProfile":{"type":"Localhost",
                           "localhostProfile":"x"}}}]})"),
            "AppArmor: Cannot enforce AppArmor: AppArmor is not enabled on the host");
  EXPECT_EQ(refusal_of(R"({"securityContext":{"appArmorProfile":{"type":"Unconfined"}}})"), "taken");
}

TEST(Admission, the_node_has_to_be_one_that_the_pod_demands) {
  core::v1::Node node;
  node.metadata.name = "n1";
  node.metadata.labels["disk"] = "ssd";
  EXPECT_FALSE(asks_for_node(*bound_pod("{}")));
  const PodPointer fits = bound_pod(R"({"nodeSelector":{"disk":"ssd"}})");
  EXPECT_TRUE(asks_for_node(*fits));
  EXPECT_FALSE(refuse_node(fits, node));
  const PodPointer other = bound_pod(R"({"affinity":{"nodeAffinity":{
      "requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[
      {"key":"disk","operator":"In","values":["tape"]}]}]}}}})");
  EXPECT_TRUE(asks_for_node(*other));
  EXPECT_EQ(refuse_node(other, node)->reason, "NodeAffinity");
}

}  // namespace
}  // namespace aloft::node
