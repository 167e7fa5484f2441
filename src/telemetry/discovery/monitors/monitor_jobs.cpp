// The jobs of services and of pods, and how they differ.
#include "telemetry/discovery/monitors/monitor_jobs.h"

#include <fmt/format.h>

#include "model/json.h"
#include "telemetry/discovery/monitors/job_parts.h"
#include "telemetry/discovery/targets/meta_labels.h"

namespace aloft::telemetry::discovery {
namespace {

using model::Object;
using model::Value;
using monitoring::v1::PodMonitor;
using monitoring::v1::Probe;
using monitoring::v1::ServiceMonitor;

constexpr std::string_view ended_pods = "(Failed|Succeeded)";

std::string meta(std::string_view name) { return fmt::format("__meta_kubernetes_{}", name); }

void finish(std::string name, Object job, const References& references, MonitorJobs& out) {
  if (!references.problem().empty()) {
    out.problems.push_back(fmt::format("{}: {}", name, references.problem()));
    return;
  }
  job.set("job_name", Value(name));
  out.jobs.push_back({std::move(name), model::to_json(Value(std::move(job)))});
}

void begin(RelabelRules& rules, const monitoring::v1::ScrapeSettings& settings) {
  rules.copy("job", "__tmp_prometheus_job_name");
  if (settings.filterRunning.value_or(true)) rules.drop({meta("pod_phase")}, std::string(ended_pods));
}

void keep_container_port(RelabelRules& rules, const model::IntOrString& port) {
  if (port.is_int()) {
    rules.keep({meta("pod_container_port_number")}, std::to_string(port.as_int()));
  } else if (!port.as_string().empty()) {
    rules.keep({meta("pod_container_port_name")}, port.as_string());
  }
}

void copy_labels(RelabelRules& rules, std::string_view of, const std::vector<std::string>& labels) {
  for (const std::string& label : labels)
    rules.copy_given(meta(fmt::format("{}_label_{}", of, sanitized(label))), sanitized(label));
}

RelabelRules service_rules(const ServiceMonitor& object, const monitoring::v1::Endpoint& endpoint,
                           std::string_view endpoint_word) {
  RelabelRules rules;
  begin(rules, endpoint.scrape);
  rules.select(object.spec.selector, meta("service_label_"), meta("service_labelpresent_"));
  if (!endpoint.port.empty()) {
    rules.keep({meta(fmt::format("{}_port_name", endpoint_word))}, endpoint.port);
  } else if (endpoint.targetPort) {
    keep_container_port(rules, *endpoint.targetPort);
  }
  const std::string kind = meta(fmt::format("{}_address_target_kind", endpoint_word));
  const std::string name = meta(fmt::format("{}_address_target_name", endpoint_word));
  rules.copy_matching({kind, name}, "Node;(.*)", "node");
  rules.copy_matching({kind, name}, "Pod;(.*)", "pod");
  rules.copy(meta("namespace"), "namespace");
  rules.copy(meta("service_name"), "service");
  rules.copy(meta("pod_name"), "pod");
  rules.copy(meta("pod_container_name"), "container");
  copy_labels(rules, "service", object.spec.targetLabels);
  copy_labels(rules, "pod", object.spec.podTargetLabels);
  rules.copy(meta("service_name"), "job");
  if (!object.spec.jobLabel.empty())
    rules.copy_given(meta("service_label_" + sanitized(object.spec.jobLabel)), "job");
  if (!endpoint.port.empty()) {
    rules.set("endpoint", endpoint.port);
  } else if (endpoint.targetPort && !endpoint.targetPort->to_string().empty()) {
    rules.set("endpoint", endpoint.targetPort->to_string());
  }
  rules.add(endpoint.scrape.relabelings);
  return rules;
}

RelabelRules pod_rules(const PodMonitor& object, const monitoring::v1::PodMetricsEndpoint& endpoint) {
  RelabelRules rules;
  begin(rules, endpoint.scrape);
  rules.select(object.spec.selector, meta("pod_label_"), meta("pod_labelpresent_"));
  std::string name = endpoint.port.value_or("");
  if (!name.empty()) {
    rules.keep({meta("pod_container_port_name")}, name);
  } else if (endpoint.portNumber) {
    name = std::to_string(*endpoint.portNumber);
    rules.keep({meta("pod_container_port_number")}, name);
  } else if (endpoint.targetPort) {
    name = endpoint.targetPort->to_string();
    keep_container_port(rules, *endpoint.targetPort);
  }
  rules.copy(meta("namespace"), "namespace");
  rules.copy(meta("pod_container_name"), "container");
  rules.copy(meta("pod_name"), "pod");
  copy_labels(rules, "pod", object.spec.podTargetLabels);
  rules.set("job", fmt::format("{}/{}", object.metadata.namespace_, object.metadata.name));
  if (!object.spec.jobLabel.empty())
    rules.copy_given(meta("pod_label_" + sanitized(object.spec.jobLabel)), "job");
  if (!name.empty()) rules.set("endpoint", name);
  rules.add(endpoint.scrape.relabelings);
  return rules;
}

}  // namespace

void add_jobs(const ServiceMonitor& object, const ValueFinder& find, MonitorJobs& out) {
  const bool slices = object.spec.serviceDiscoveryRole == "EndpointSlice";
  for (std::size_t i = 0; i < object.spec.endpoints.size(); ++i) {
    const monitoring::v1::Endpoint& endpoint = object.spec.endpoints[i];
    References references(object.metadata.namespace_, find);
    Object job;
    put_settings(job, endpoint.scrape, references);
    if (endpoint.tlsConfig) {
      const auto& tls = *endpoint.tlsConfig;
      // An object of a namespace must not read the machine's files.
      if (!tls.caFile.empty() || !tls.certFile.empty() || !tls.keyFile.empty())
        references.refuse("tlsConfig names files, which are not read; name secrets instead");
      put_tls(job, tls.safe, references);
    }
    if (!endpoint.bearerTokenFile.empty())
      references.refuse("bearerTokenFile names a file, which is not read; use authorization instead");
    put_limits(job, object.spec.limits);
    job.set("kubernetes_sd_configs",
            discovery_of(slices ? "endpointslice" : "endpoints", object.spec.namespaceSelector,
                         object.metadata.namespace_, object.spec.limits));
    job.set("relabel_configs", service_rules(object, endpoint, slices ? "endpointslice" : "endpoint").take());
    finish(fmt::format("serviceMonitor/{}/{}/{}", object.metadata.namespace_, object.metadata.name, i),
           std::move(job), references, out);
  }
}

void add_jobs(const PodMonitor& object, const ValueFinder& find, MonitorJobs& out) {
  for (std::size_t i = 0; i < object.spec.podMetricsEndpoints.size(); ++i) {
    const monitoring::v1::PodMetricsEndpoint& endpoint = object.spec.podMetricsEndpoints[i];
    References references(object.metadata.namespace_, find);
    Object job;
    put_settings(job, endpoint.scrape, references);
    if (endpoint.tlsConfig) put_tls(job, *endpoint.tlsConfig, references);
    put_limits(job, object.spec.limits);
    job.set("kubernetes_sd_configs", discovery_of("pod", object.spec.namespaceSelector,
                                                  object.metadata.namespace_, object.spec.limits));
    job.set("relabel_configs", pod_rules(object, endpoint).take());
    finish(fmt::format("podMonitor/{}/{}/{}", object.metadata.namespace_, object.metadata.name, i),
           std::move(job), references, out);
  }
}

void add_jobs(const Probe& object, const ValueFinder& find, MonitorJobs& out) {
  const monitoring::v1::ProbeSpec& spec = object.spec;
  if (!spec.targets.staticConfig) return;
  References references(object.metadata.namespace_, find);
  // A prober is scraped like any endpoint; what it looks at is a parameter.
  monitoring::v1::ScrapeSettings settings;
  settings.path = spec.prober.path.empty() ? "/probe" : spec.prober.path;
  settings.scheme = spec.prober.scheme;
  settings.interval = spec.interval;
  settings.scrapeTimeout = spec.scrapeTimeout;
  settings.basicAuth = spec.basicAuth;
  settings.authorization = spec.authorization;
  settings.oauth2 = spec.oauth2;
  settings.bearerTokenSecret = spec.bearerTokenSecret;
  settings.metricRelabelings = spec.metricRelabelings;
  settings.proxy = spec.prober.proxy;
  if (!spec.module.empty()) settings.params["module"].items = {spec.module};
  Object job;
  put_settings(job, settings, references);
  if (spec.tlsConfig) put_tls(job, *spec.tlsConfig, references);
  put_limits(job, spec.limits);
  model::Array addresses;
  for (const std::string& address : spec.targets.staticConfig->static_) addresses.emplace_back(address);
  Object labels;
  for (const auto& [name, value] : spec.targets.staticConfig->labels) labels.set(name, Value(value));
  labels.set("namespace", Value(object.metadata.namespace_));
  Object group;
  group.set("targets", Value(std::move(addresses)));
  group.set("labels", Value(std::move(labels)));
  model::Array groups;
  groups.emplace_back(std::move(group));
  job.set("static_configs", Value(std::move(groups)));
  RelabelRules rules;
  rules.copy("job", "__tmp_prometheus_job_name");
  if (!spec.jobName.empty()) rules.set("job", spec.jobName);
  rules.copy("__address__", "__param_target");
  rules.copy("__param_target", "instance");
  rules.set("__address__", spec.prober.url);
  rules.add(spec.targets.staticConfig->relabelingConfigs);
  job.set("relabel_configs", rules.take());
  finish(fmt::format("probe/{}/{}", object.metadata.namespace_, object.metadata.name), std::move(job),
         references, out);
}

}  // namespace aloft::telemetry::discovery
