// The rule file that comes with Aloft, as a user could have written it.
#include "telemetry/discovery/default_rules.h"

namespace aloft::telemetry::discovery {

namespace {

constexpr std::string_view rules = R"(groups:
- name: aloft.recording
  interval: 30s
  rules:
  - record: node:cpu_utilisation:ratio
    expr: 1 - avg by (node) (rate(node_cpu_seconds_total{mode="idle"}[5m]))
  - record: node:memory_utilisation:ratio
    expr: 1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes
  - record: namespace:container_cpu_usage:rate5m
    expr: sum by (namespace) (rate(container_cpu_usage_seconds_total{container!="POD"}[5m]))
  - record: namespace:container_memory_working_set:bytes
    expr: sum by (namespace) (container_memory_working_set_bytes{container!="POD"})
- name: aloft.targets
  rules:
  - alert: TargetDown
    expr: up == 0
    for: 5m
    labels: {severity: warning}
    annotations:
      summary: "{{ $labels.job }} at {{ $labels.instance }} cannot be scraped"
- name: aloft.nodes
  rules:
  - alert: KubeNodeNotReady
    expr: kube_node_status_condition{condition="Ready",status="true"} == 0
    for: 2m
    labels: {severity: critical}
    annotations:
      summary: "Node {{ $labels.node }} is not ready"
  - alert: NodeFilesystemAlmostOutOfSpace
    expr: node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.05 and node_filesystem_readonly == 0
    for: 5m
    labels: {severity: critical}
    annotations:
      summary: "{{ $labels.mountpoint }} on {{ $labels.node }} has {{ $value | humanizePercentage }} left"
  - alert: NodeFilesystemSpaceFillingUp
    expr: |
      node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.2
      and predict_linear(node_filesystem_avail_bytes[6h], 24 * 3600) < 0
      and node_filesystem_readonly == 0
    for: 1h
    labels: {severity: warning}
    annotations:
      summary: "{{ $labels.mountpoint }} on {{ $labels.node }} will be full within a day"
  - alert: NodeMemoryHighUtilization
    expr: node:memory_utilisation:ratio > 0.95
    for: 15m
    labels: {severity: warning}
    annotations:
      summary: "Memory of {{ $labels.node }} is {{ $value | humanizePercentage }} full"
  - alert: NodeCPUHighUsage
    expr: node:cpu_utilisation:ratio > 0.95
    for: 30m
    labels: {severity: info}
    annotations:
      summary: "The processors of {{ $labels.node }} are {{ $value | humanizePercentage }} busy"
  - alert: NodeClockSkewDetected
    expr: abs(node_time_seconds - timestamp(node_time_seconds)) > 5
    for: 10m
    labels: {severity: warning}
    annotations:
      summary: "The clock of {{ $labels.node }} is off by {{ $value | humanizeDuration }}"
- name: aloft.workloads
  rules:
  - alert: KubePodCrashLooping
    expr: max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1
    for: 15m
    labels: {severity: warning}
    annotations:
      summary: "Container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} keeps crashing"
  - alert: KubePodNotReady
    expr: sum by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Unknown|Failed"}) > 0
    for: 15m
    labels: {severity: warning}
    annotations:
      summary: "Pod {{ $labels.namespace }}/{{ $labels.pod }} has not been ready for 15 minutes"
  - alert: KubeContainerWaiting
    expr: sum by (namespace, pod, container, reason) (kube_pod_container_status_waiting_reason) > 0
    for: 1h
    labels: {severity: warning}
    annotations:
      summary: "{{ $labels.namespace }}/{{ $labels.pod }}: {{ $labels.container }}: {{ $labels.reason }}"
  - alert: KubeDeploymentReplicasMismatch
    expr: |
      kube_deployment_spec_replicas > kube_deployment_status_replicas_available
      and changes(kube_deployment_status_replicas_updated[10m]) == 0
    for: 15m
    labels: {severity: warning}
    annotations:
      summary: "Deployment {{ $labels.namespace }}/{{ $labels.deployment }} has too few replicas"
  - alert: KubeDeploymentGenerationMismatch
    expr: kube_deployment_status_observed_generation != kube_deployment_metadata_generation
    for: 15m
    labels: {severity: warning}
    annotations:
      summary: "A change of {{ $labels.namespace }}/{{ $labels.deployment }} has not been taken up"
  - alert: ContainerOomKilled
    expr: increase(container_oom_events_total[10m]) > 0
    labels: {severity: warning}
    annotations:
      summary: "{{ $labels.namespace }}/{{ $labels.pod }}: {{ $labels.container }} ran out of memory"
  - alert: CPUThrottlingHigh
    expr: |
      increase(container_cpu_cfs_throttled_periods_total{container!="POD"}[5m])
      / (increase(container_cpu_cfs_periods_total[5m]) > 0) > 0.25
    for: 15m
    labels: {severity: info}
    annotations:
      summary: "{{ $labels.namespace }}/{{ $labels.pod }}: {{ $labels.container }} is held back by its limit"
- name: aloft.telemetry
  rules:
  - alert: TelemetryIngestStopped
    expr: telemetry_metrics_writable == 0
    labels: {severity: critical}
    annotations:
      summary: "The disk refuses new samples; queries go on"
  - alert: TelemetryDamageFound
    expr: |
      increase(telemetry_metrics_damaged_total[1h]) > 0
      or increase(telemetry_logs_damaged_total[1h]) > 0
      or increase(telemetry_traces_damaged_total[1h]) > 0
    labels: {severity: warning}
    annotations:
      summary: "Stored telemetry was damaged on disk and set aside"
  - alert: TelemetryRefusesData
    expr: rate(telemetry_refused_total[5m]) > 0
    for: 10m
    labels: {severity: warning}
    annotations:
      summary: "More telemetry comes in than can be taken"
  - alert: AlertmanagerNotificationsFail
    expr: rate(alertmanager_notifications_failed_total[5m]) > 0
    for: 5m
    labels: {severity: critical}
    annotations:
      summary: "Notifications to {{ $labels.integration }} fail"
  - alert: PrometheusRuleFailures
    expr: increase(prometheus_rule_evaluation_failures_total[5m]) > 0
    for: 15m
    labels: {severity: warning}
    annotations:
      summary: "Rules of {{ $labels.rule_group }} cannot be evaluated"
)";

}  // namespace

std::string_view default_rule_file() { return rules; }

}  // namespace aloft::telemetry::discovery
