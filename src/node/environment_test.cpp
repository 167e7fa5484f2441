// What containers find in their environment, and how a missing source is named.
#include "node/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "model/codec.h"

namespace aloft::node {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

core::v1::Pod pod_with_container(std::string_view container) {
  core::v1::Pod pod;
  pod.metadata.name = "web-1";
  pod.metadata.namespace_ = "shop";
  pod.metadata.uid = "u1";
  pod.metadata.labels = {{"app", "web"}, {"tier", "a\"b"}};
  pod.spec.nodeName = "node-1";
  pod.spec.containers.push_back(model::from_json<core::v1::Container>(container).value());
  return pod;
}

ConfigSources sources() {
  ConfigSources all;
  core::v1::ConfigMap map;
  map.data = {{"COLOR", "blue"}, {"bad name=", "x"}};
  all.config_maps["settings"] = std::make_shared<core::v1::ConfigMap>(map);
  core::v1::Secret secret;
  const auto bytes = as_bytes("s3cret");
  secret.data["password"].assign(bytes.begin(), bytes.end());
  all.secrets["keys"] = std::make_shared<core::v1::Secret>(secret);
  return all;
}

PodFacts pod_facts() {
  PodFacts known;
  known.pod_ips = {"10.0.0.1", "fd00::1"};
  known.host_ips = {"192.0.2.1"};
  known.allocatable["memory"] = model::Quantity::parse("2Gi").value();
  return known;
}

Result<Environment> make(std::string_view container) {
  const core::v1::Pod pod = pod_with_container(container);
  return make_environment(pod, pod.spec.containers[0], sources(), pod_facts());
}

TEST(Environment, comes_from_lists_objects_and_fields) {
  const auto made = make(R"json({"name":"web","resources":{"limits":{"cpu":"1500m"}},
    "envFrom":[{"prefix":"CM_","configMapRef":{"name":"settings"}}],
    "env":[{"name":"A","value":"1"},{"name":"B","value":"$(A)-$(CM_COLOR)-$(NONE)-$$(A)"},
           {"name":"PASS","valueFrom":{"secretKeyRef":{"name":"keys","key":"password"}}},
           {"name":"NAME","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}},
           {"name":"APP","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['app']"}}},
           {"name":"IPS","valueFrom":{"fieldRef":{"fieldPath":"status.podIPs"}}},
           {"name":"CPU","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}},
           {"name":"MEM","valueFrom":{"resourceFieldRef":{"resource":"limits.memory","divisor":"1Mi"}}},
           {"name":"GONE","valueFrom":{"configMapKeyRef":
               {"name":"nothing","key":"x","optional":true}}}]})json");
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_THAT(*made, ElementsAre(Pair("CM_COLOR", "blue"), Pair("A", "1"), Pair("B", "1-blue-$(NONE)-$(A)"),
                                 Pair("PASS", "s3cret"), Pair("NAME", "web-1"), Pair("APP", "web"),
                                 Pair("IPS", "10.0.0.1,fd00::1"), Pair("CPU", "2"), Pair("MEM", "2048")));
}

TEST(Environment, names_what_is_missing) {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"name":"a","envFrom":[{"configMapRef":{"name":"x"}}]})", "configmap \"x\" not found"},
      {R"({"name":"a","envFrom":[{"secretRef":{"name":"x"}}]})", "secret \"x\" not found"},
      {R"({"name":"a","env":[{"name":"A","valueFrom":{"configMapKeyRef":{"name":"settings","key":"k"}}}]})",
       "couldn't find key k in ConfigMap shop/settings"},
      {R"({"name":"a","env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"keys","key":"k"}}}]})",
       "couldn't find key k in Secret shop/keys"},
      {R"({"name":"a","env":[{"name":"A","valueFrom":{"fieldRef":{"fieldPath":"spec.x"}}}]})",
       "unsupported fieldPath: spec.x"}};
  for (const auto& [container, message] : cases) {
    const auto made = make(container);
    ASSERT_FALSE(made) << container;
    EXPECT_EQ(made.error().message(), message);
  }
}

TEST(Environment, variables_without_a_value_are_named) {
  const Environment known{{"A", "1"}, {"EMPTY", ""}};
  EXPECT_THAT(missing_variables("$(A)/$$(B)/x", known), testing::IsEmpty());
  EXPECT_THAT(missing_variables("$(C)/$(B)/$(EMPTY)", known), testing::ElementsAre("B", "C", "EMPTY"));
}

TEST(Environment, labels_as_a_file_are_escaped) {
  const core::v1::Pod pod = pod_with_container(R"({"name":"a"})");
  EXPECT_EQ(field_value(pod, "metadata.labels", {}).value(), "app=\"web\"\ntier=\"a\\\"b\"");
}

TEST(Environment, services_are_linked_as_docker_did) {
  core::v1::Service service;
  service.metadata.name = "my-db";
  service.spec.clusterIP = "10.96.0.7";
  core::v1::ServicePort port;
  port.name = "sql";
  port.port = 5432;
  port.protocol = "TCP";
  service.spec.ports.push_back(port);
  const Environment made = service_environment({service});
  EXPECT_THAT(made,
              ElementsAre(Pair("MY_DB_SERVICE_HOST", "10.96.0.7"), Pair("MY_DB_SERVICE_PORT", "5432"),
                          Pair("MY_DB_SERVICE_PORT_SQL", "5432"), Pair("MY_DB_PORT", "tcp://10.96.0.7:5432"),
                          Pair("MY_DB_PORT_5432_TCP", "tcp://10.96.0.7:5432"),
                          Pair("MY_DB_PORT_5432_TCP_PROTO", "tcp"), Pair("MY_DB_PORT_5432_TCP_PORT", "5432"),
                          Pair("MY_DB_PORT_5432_TCP_ADDR", "10.96.0.7")));
}

}  // namespace
}  // namespace aloft::node
