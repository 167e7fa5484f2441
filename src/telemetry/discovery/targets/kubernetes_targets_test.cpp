// Objects as targets, and the default jobs on them.
#include "telemetry/discovery/targets/kubernetes_targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/yaml.h"
#include "telemetry/discovery/targets/default_scrape.h"
#include "telemetry/discovery/targets/meta_labels.h"
#include "telemetry/scrape/config/config.h"

namespace aloft::telemetry::discovery {
namespace {

std::shared_ptr<core::v1::Pod> web_pod() {
  auto pod = std::make_shared<core::v1::Pod>();
  pod->metadata.name = "web-1";
  pod->metadata.namespace_ = "shop";
  pod->metadata.labels["app.kubernetes.io/name"] = "web";
  pod->metadata.annotations["prometheus.io/scrape"] = "true";
  pod->metadata.annotations["prometheus.io/port"] = "9102";
  pod->metadata.annotations["prometheus.io/path"] = "/stats";
  pod->spec.nodeName = "n1";
  auto& container = pod->spec.containers.emplace_back();
  container.name = "web";
  auto& port = container.ports.emplace_back();
  port.name = "http";
  port.containerPort = 8080;
  port.protocol = "TCP";
  pod->status.phase = "Running";
  pod->status.podIP = "10.244.0.7";
  return pod;
}

// A target with the labels of its group.
Labels whole(const scrape::TargetGroup& group, std::size_t target) {
  LabelsBuilder labels(group.labels);
  for (const Label& label : group.targets.at(target)) labels.set(label.name, label.value);
  return labels.build();
}

const ObjectFinder nothing{[](const std::string&, const std::string&) { return nullptr; },
                           [](const std::string&, const std::string&) { return nullptr; }};

TEST(PodTargets, each_container_port_is_a_target_with_the_pods_labels) {
  const auto group = pod_targets(*web_pod());
  EXPECT_EQ(group.source, "pod/shop/web-1");
  ASSERT_EQ(group.targets.size(), 1u);
  const Labels labels = whole(group, 0);
  EXPECT_EQ(labels.get("__address__"), "10.244.0.7:8080");
  EXPECT_EQ(labels.get("__meta_kubernetes_namespace"), "shop");
  EXPECT_EQ(labels.get("__meta_kubernetes_pod_label_app_kubernetes_io_name"), "web");
  EXPECT_EQ(labels.get("__meta_kubernetes_pod_annotation_prometheus_io_path"), "/stats");
  EXPECT_EQ(labels.get("__meta_kubernetes_pod_container_port_name"), "http");
  EXPECT_EQ(labels.get("__meta_kubernetes_pod_ready"), "unknown");
}

TEST(PodTargets, a_pod_without_an_address_has_no_target) {
  auto pod = web_pod();
  pod->status.podIP.clear();
  EXPECT_TRUE(pod_targets(*pod).targets.empty());
}

TEST(EndpointsTargets, know_their_service_and_their_pod) {
  core::v1::Endpoints endpoints;
  endpoints.metadata.name = "web";
  endpoints.metadata.namespace_ = "shop";
  auto& subset = endpoints.subsets.emplace_back();
  auto& address = subset.addresses.emplace_back();
  address.ip = "10.244.0.7";
  auto& reference = address.targetRef.emplace();
  reference.kind = "Pod";
  reference.name = "web-1";
  auto& port = subset.ports.emplace_back();
  port.name = "metrics";
  port.port = 9102;
  auto service = std::make_shared<core::v1::Service>();
  service->metadata.name = "web";
  service->metadata.labels["team"] = "a";
  const ObjectFinder find{[](const std::string&, const std::string&) { return web_pod(); },
                          [&](const std::string&, const std::string&) { return service; }};
  const auto group = endpoints_targets(endpoints, find);
  // The endpoint itself, and the pod's other port, which no endpoint names.
  ASSERT_EQ(group.targets.size(), 2u);
  const Labels first = whole(group, 0);
  EXPECT_EQ(first.get("__address__"), "10.244.0.7:9102");
  EXPECT_EQ(first.get("__meta_kubernetes_service_label_team"), "a");
  EXPECT_EQ(first.get("__meta_kubernetes_pod_name"), "web-1");
  EXPECT_EQ(first.get("__meta_kubernetes_endpoint_address_target_kind"), "Pod");
  EXPECT_EQ(whole(group, 1).get("__address__"), "10.244.0.7:8080");
}

TEST(EndpointSliceTargets, tell_the_conditions_of_each_endpoint) {
  ::aloft::discovery::v1::EndpointSlice slice;
  slice.metadata.name = "web-abc";
  slice.metadata.namespace_ = "shop";
  slice.addressType = "IPv6";
  auto& endpoint = slice.endpoints.emplace_back();
  endpoint.addresses = {"fd00::1"};
  endpoint.conditions.ready = false;
  slice.ports.emplace_back().port = 80;
  const Labels labels = whole(endpoint_slice_targets(slice, nothing), 0);
  EXPECT_EQ(labels.get("__address__"), "[fd00::1]:80");
  EXPECT_EQ(labels.get("__meta_kubernetes_endpointslice_endpoint_conditions_ready"), "false");
}

TEST(NodeTargets, are_reached_where_the_agent_listens) {
  core::v1::Node node;
  node.metadata.name = "n1";
  auto& address = node.status.addresses.emplace_back();
  address.type = "InternalIP";
  address.address = "192.168.1.1";
  node.status.daemonEndpoints.kubeletEndpoint.Port = 10250;
  const Labels labels = whole(node_targets(node), 0);
  EXPECT_EQ(labels.get("__address__"), "192.168.1.1:10250");
  EXPECT_EQ(labels.get("instance"), "n1");
  EXPECT_EQ(labels.get("__meta_kubernetes_node_address_InternalIP"), "192.168.1.1");
}

TEST(KubernetesDiscovery, is_read_from_its_configuration) {
  const auto read = [](std::string_view yaml) {
    return parse_kubernetes_discovery(*model::parse_yaml(yaml));
  };
  const auto good =
      read("{role: endpoints, namespaces: {names: [a, b]}, selectors: [{role: endpoints, label: x=y}]}");
  ASSERT_TRUE(good) << good.error().message();
  EXPECT_EQ(good->role, TargetRole::endpoints);
  EXPECT_EQ(good->namespaces, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(good->labels.to_string(), "x=y");
  EXPECT_THAT(read("{role: pods}").error().message(),
              testing::HasSubstr("unknown Kubernetes SD role \"pods\""));
  EXPECT_THAT(read("{role: pod, api_server: x}").error().message(), testing::HasSubstr("api_server"));
}

TEST(DefaultScrape, an_annotated_pod_is_scraped_where_it_says) {
  const auto config = scrape::parse_config(default_scrape_configuration(), "");
  ASSERT_TRUE(config) << config.error().message();
  ASSERT_EQ(config->scrape_configs.size(), 2u);
  const auto& job = config->scrape_configs[0];
  ASSERT_EQ(job.discovery.kubernetes.size(), 1u);
  EXPECT_TRUE(parse_kubernetes_discovery(job.discovery.kubernetes[0]));
  LabelsBuilder labels(whole(pod_targets(*web_pod()), 0));
  ASSERT_TRUE(scrape::relabel(job.relabel_configs, labels));
  EXPECT_EQ(labels.get("__address__"), "10.244.0.7:9102");
  EXPECT_EQ(labels.get("__metrics_path__"), "/stats");
  EXPECT_EQ(labels.get("namespace"), "shop");
  EXPECT_EQ(labels.get("pod"), "web-1");
  EXPECT_EQ(labels.get("app_kubernetes_io_name"), "web");
  auto silent = web_pod();
  silent->metadata.annotations.clear();
  LabelsBuilder dropped(whole(pod_targets(*silent), 0));
  EXPECT_FALSE(scrape::relabel(job.relabel_configs, dropped));
}

}  // namespace
}  // namespace aloft::telemetry::discovery
