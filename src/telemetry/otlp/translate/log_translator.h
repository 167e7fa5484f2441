// OpenTelemetry's log records as streams and entries, the way Loki's OTLP receiver does it. Source: Loki's
// documentation, "Ingesting logs to Loki using OpenTelemetry Collector", and its otlp_config.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "telemetry/core/log_batch.h"
#include "telemetry/otlp/codec/messages.h"

namespace aloft::telemetry::otlp {

struct LogSettings {
  // Resource attributes that name the stream; all others become fields of the entries.
  std::vector<std::string> stream_attributes = {"service.name",
                                                "service.namespace",
                                                "service.instance.id",
                                                "deployment.environment",
                                                "deployment.environment.name",
                                                "cloud.region",
                                                "cloud.availability_zone",
                                                "k8s.cluster.name",
                                                "k8s.namespace.name",
                                                "k8s.pod.name",
                                                "k8s.container.name",
                                                "container.name",
                                                "k8s.replicaset.name",
                                                "k8s.deployment.name",
                                                "k8s.statefulset.name",
                                                "k8s.daemonset.name",
                                                "k8s.cronjob.name",
                                                "k8s.job.name"};
};

// Records without a time get the time of their observation, else `now`.
LogBatch translate(LogsData logs, const LogSettings& settings, WallTime now);

}  // namespace aloft::telemetry::otlp
