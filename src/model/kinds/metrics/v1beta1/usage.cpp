// What each field of usage.h means.
#include "model/kinds/metrics/v1beta1/usage.h"

DESCRIBE(metrics::v1beta1::NodeMetrics, "What a node used over a window of time.",
         FIELD(metadata, 1, "The name of the node."), FIELD(timestamp, 2, required, "The end of the window."),
         FIELD(window, 3, required, "The length of the window over which cpu is averaged."),
         FIELD(usage, 4, required, "cpu in cores, memory in bytes of working set."))

DESCRIBE(metrics::v1beta1::ContainerMetrics, "What one container used.",
         FIELD(name, 1, required, "The container's name in the pod."),
         FIELD(usage, 2, required, "cpu in cores, memory in bytes of working set."))

DESCRIBE(metrics::v1beta1::PodMetrics, "What the containers of a pod used over a window of time.",
         FIELD(metadata, 1, "The name, namespace and labels of the pod."),
         FIELD(timestamp, 2, required, "The end of the window."),
         FIELD(window, 3, required, "The length of the window over which cpu is averaged."),
         FIELD(containers, 4, required, "Each container that runs."))
