// What each field of pod_monitor.h means.
#include "model/kinds/monitoring/v1/pod_monitor.h"

DESCRIBE(monitoring::v1::PodMetricsEndpoint, "A port of the pods that is scraped.",
         FIELD(port, 1, "The name of the container's port."),
         FIELD(portNumber, 2, "The number of the container's port."),
         FIELD(targetPort, 3, deprecated, "The name or the number of the container's port."),
         FIELD(scrape, 4, inlined), FIELD(tlsConfig, 5, "How TLS is spoken."))

DESCRIBE(monitoring::v1::PodMonitorSpec, "Which pods are scraped, and how.",
         FIELD(jobLabel, 1, "The label of the pod whose value becomes the label job."),
         FIELD(podTargetLabels, 2, "Labels of the pod that targets get."),
         FIELD(podMetricsEndpoints, 3, "The ports that are scraped."),
         FIELD(selector, 4, required, "The labels of the pods."),
         FIELD(selectorMechanism, 5, values("RelabelConfig|RoleSelector"),
               "How pods are chosen; the result is the same."),
         FIELD(namespaceSelector, 6, "The namespaces of the pods."), FIELD(limits, 7, inlined))

DESCRIBE(monitoring::v1::PodMonitor, "Pods of this cloud that are scraped.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, required, "Which pods are scraped, and how."))
