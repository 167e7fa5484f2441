// The operator's objects as jobs: what is written, and what targets become of it.
#include "telemetry/discovery/monitors/monitor_jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/codec.h"
#include "model/yaml.h"
#include "telemetry/scrape/config/config.h"
#include "telemetry/scrape/targets/scrape_target.h"

namespace aloft::telemetry::discovery {
namespace {

using monitoring::v1::PodMonitor;
using monitoring::v1::ServiceMonitor;
using ::testing::HasSubstr;

ValueFinder values() {
  ValueFinder find;
  find.secret = [](const std::string& ns, const std::string& name,
                   const std::string& key) -> std::optional<std::string> {
    if (ns != "shop" || name != "keys") return std::nullopt;
    return key == "user"   ? "ann"
           : key == "word" ? "s3cret"
           : key == "pem"  ? "-----\nline\n"
                           : std::string("?");
  };
  find.config_map = [](const std::string&, const std::string&, const std::string&) { return std::nullopt; };
  return find;
}

template <class T>
MonitorJobs jobs_of(std::string_view yaml) {
  const auto document = model::parse_yaml(yaml);
  EXPECT_TRUE(document) << document.error().message();
  auto object = model::from_value<T>(*document);
  EXPECT_TRUE(object) << object.error().message();
  object->metadata.name = "web";
  object->metadata.namespace_ = "shop";
  MonitorJobs out;
  add_jobs(*object, values(), out);
  return out;
}

scrape::ScrapeConfig only_job(const MonitorJobs& jobs) {
  EXPECT_EQ(jobs.jobs.size(), 1u);
  EXPECT_TRUE(jobs.problems.empty());
  auto config = scrape::parse_scrape_config(jobs.jobs.at(0).configuration, {});
  EXPECT_TRUE(config) << config.error().message();
  return config ? std::move(*config) : scrape::ScrapeConfig();
}

// The labels of the target; empty when it is dropped.
std::string target_of(const scrape::ScrapeConfig& config, Labels discovered) {
  const auto target = scrape::make_target(config, discovered, Labels());
  EXPECT_TRUE(target) << target.error().message();
  return target && *target ? (*target)->shown.to_string() : std::string();
}

Labels service_target(std::string_view port, std::string_view app, std::string_view phase = "Running") {
  return LabelsBuilder(Labels{{"__address__", "10.0.0.1:80"},
                              {"__meta_kubernetes_endpoint_address_target_kind", "Pod"},
                              {"__meta_kubernetes_endpoint_address_target_name", "web-1"},
                              {"__meta_kubernetes_namespace", "shop"},
                              {"__meta_kubernetes_pod_container_name", "main"},
                              {"__meta_kubernetes_pod_name", "web-1"},
                              {"__meta_kubernetes_service_label_team", "red"},
                              {"__meta_kubernetes_service_labelpresent_app", "true"},
                              {"__meta_kubernetes_service_name", "web-service"}})
      .set("__meta_kubernetes_endpoint_port_name", port)
      .set("__meta_kubernetes_service_label_app", app)
      .set("__meta_kubernetes_pod_phase", phase)
      .build();
}

TEST(MonitorJobs, a_service_monitor_gives_targets_the_labels_of_the_operator) {
  const auto config = only_job(jobs_of<ServiceMonitor>(R"(
spec:
  selector: {matchLabels: {app: web}, matchExpressions: [{key: app, operator: In, values: [web, api]}]}
  targetLabels: [team]
  endpoints: [{port: http, interval: 7s, path: /m, params: {a: [b, c]}}]
)"));
  EXPECT_EQ(config.job_name, "serviceMonitor/shop/web/0");
  EXPECT_EQ(config.scrape_interval, 7s);
  EXPECT_EQ(config.metrics_path, "/m");
  EXPECT_EQ(target_of(config, service_target("http", "web")),
            R"({container="main", endpoint="http", instance="10.0.0.1:80", job="web-service", )"
            R"(namespace="shop", pod="web-1", service="web-service", team="red"})");
  EXPECT_EQ(target_of(config, service_target("https", "web")), "") << "another port";
  EXPECT_EQ(target_of(config, service_target("http", "other")), "") << "another service";
  EXPECT_EQ(target_of(config, service_target("http", "web", "Succeeded")), "") << "a pod that has ended";
  ASSERT_EQ(config.discovery.kubernetes.size(), 1u);
  EXPECT_EQ(config.discovery.kubernetes[0].text_at("role"), "endpoints");
  EXPECT_EQ(config.discovery.kubernetes[0].at("namespaces", "names")->as_array().at(0).as_string(), "shop");
}

TEST(MonitorJobs, own_rules_and_the_job_label_have_the_last_word) {
  const auto config = only_job(jobs_of<ServiceMonitor>(R"(
spec:
  jobLabel: team
  selector: {}
  namespaceSelector: {any: true}
  endpoints:
  - targetPort: 80
    filterRunning: false
    relabelings: [{action: Replace, targetLabel: extra, replacement: "1"}, {action: labeldrop, regex: pod}]
)"));
  EXPECT_EQ(config.discovery.kubernetes.at(0).at("namespaces"), nullptr);
  const Labels target = LabelsBuilder(service_target("", "web", "Failed"))
                            .set("__meta_kubernetes_pod_container_port_number", "80")
                            .build();
  EXPECT_EQ(target_of(config, target),
            R"({container="main", endpoint="80", extra="1", instance="10.0.0.1:80", job="red", )"
            R"(namespace="shop", service="web-service"})");
}

TEST(MonitorJobs, a_pod_monitor_names_its_job_after_itself) {
  const auto config = only_job(jobs_of<PodMonitor>(R"(
spec:
  selector: {matchLabels: {app.kubernetes.io/name: web}}
  podTargetLabels: [team]
  sampleLimit: 9
  attachMetadata: {node: true}
  podMetricsEndpoints: [{portNumber: 8080, honorLabels: true, honorTimestamps: false}]
)"));
  EXPECT_EQ(config.job_name, "podMonitor/shop/web/0");
  EXPECT_TRUE(config.honor_labels);
  EXPECT_FALSE(config.honor_timestamps);
  EXPECT_EQ(config.limits.samples, 9u);
  const Labels target{{"__address__", "10.0.0.1:8080"},
                      {"__meta_kubernetes_namespace", "shop"},
                      {"__meta_kubernetes_pod_container_name", "main"},
                      {"__meta_kubernetes_pod_container_port_number", "8080"},
                      {"__meta_kubernetes_pod_label_app_kubernetes_io_name", "web"},
                      {"__meta_kubernetes_pod_label_team", "red"},
                      {"__meta_kubernetes_pod_labelpresent_app_kubernetes_io_name", "true"},
                      {"__meta_kubernetes_pod_name", "web-1"}};
  EXPECT_EQ(target_of(config, target),
            R"({container="main", endpoint="8080", instance="10.0.0.1:8080", job="shop/web", )"
            R"(namespace="shop", pod="web-1", team="red"})");
}

TEST(MonitorJobs, a_probe_asks_the_prober_for_each_address) {
  const auto config = only_job(jobs_of<monitoring::v1::Probe>(R"(
spec:
  jobName: http
  interval: 20s
  module: http_2xx
  prober: {url: "blackbox:9115"}
  targets: {staticConfig: {static: ["https://a.example/x?y=1"], labels: {team: red}}}
)"));
  EXPECT_EQ(config.job_name, "probe/shop/web");
  ASSERT_EQ(config.discovery.static_groups.size(), 1u);
  const auto& group = config.discovery.static_groups[0];
  const auto target = scrape::make_target(config, group.targets.at(0), group.labels);
  ASSERT_TRUE(target && *target) << target.error().message();
  EXPECT_EQ((*target)->shown.to_string(),
            R"({instance="https://a.example/x?y=1", job="http", namespace="shop", team="red"})");
  EXPECT_EQ((*target)->address, "blackbox:9115");
  EXPECT_EQ((*target)->path, "/probe?module=http_2xx&target=https%3A%2F%2Fa.example%2Fx%3Fy%3D1");
}

TEST(MonitorJobs, secrets_are_looked_up_and_not_shown) {
  const auto config = only_job(jobs_of<ServiceMonitor>(R"(
spec:
  selector: {}
  endpoints:
  - port: https
    scheme: HTTPS
    tlsConfig: {ca: {secret: {name: keys, key: pem}}, serverName: web, insecureSkipVerify: true}
    basicAuth: {username: {name: keys, key: user}, password: {name: keys, key: word}}
)"));
  EXPECT_EQ(config.scheme, "https");
  ASSERT_TRUE(config.client.basic_auth);
  EXPECT_EQ(config.client.basic_auth->username, "ann");
  EXPECT_EQ(config.client.basic_auth->password, "s3cret");
  EXPECT_EQ(config.client.tls.ca, "-----\nline\n");
  EXPECT_EQ(config.client.tls.server_name, "web");
  EXPECT_EQ(model::to_yaml(config.document).find("s3cret"), std::string::npos);
}

TEST(MonitorJobs, an_endpoint_whose_secret_is_missing_is_told_and_left_out) {
  const auto jobs = jobs_of<ServiceMonitor>(R"(
spec:
  selector: {}
  endpoints:
  - {port: a, authorization: {credentials: {name: none, key: token}}}
  - {port: b, bearerTokenFile: /etc/shadow}
  - {port: c}
)");
  ASSERT_EQ(jobs.jobs.size(), 1u);
  EXPECT_EQ(jobs.jobs[0].name, "serviceMonitor/shop/web/2");
  ASSERT_EQ(jobs.problems.size(), 2u);
  EXPECT_EQ(jobs.problems[0], "serviceMonitor/shop/web/0: the secret shop/none has no key token");
  EXPECT_THAT(jobs.problems[1], HasSubstr("not read"));
}

}  // namespace
}  // namespace aloft::telemetry::discovery
