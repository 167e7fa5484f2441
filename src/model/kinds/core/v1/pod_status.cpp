// What each field of pod_status.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/pod_status.h"

DESCRIBE(core::v1::PodCondition, "An observation about a pod.",
         FIELD(type, 1, required,
               "What is observed, such as PodScheduled, Initialized, ContainersReady or Ready."),
         FIELD(status, 2, required, "True, False or Unknown."),
         FIELD(lastProbeTime, 3, "When it was last looked at."),
         FIELD(lastTransitionTime, 4, "When status last changed."),
         FIELD(reason, 5, "One CamelCase word about why it is so."),
         FIELD(message, 6, "A sentence for people."))

DESCRIBE(core::v1::PodIP, "An address of a pod.", FIELD(ip, 1, required, "The address."))

DESCRIBE(core::v1::HostIP, "An address of a node.", FIELD(ip, 1, required, "The address."))

DESCRIBE(core::v1::PodResourceClaimStatus, "The claim that was made for a pod.",
         FIELD(name, 1, required, "The name of the entry in spec.resourceClaims."),
         FIELD(resourceClaimName, 2, "The name of the claim; absent when none was needed."))

DESCRIBE(core::v1::PodStatus, "What has become of a pod.",
         FIELD(phase, 1, values("Failed|Pending|Running|Succeeded|Unknown"),
               "Pending, Running, Succeeded, Failed or Unknown: a summary."),
         FIELD(conditions, 2, merge_key("type"), list_type("map", "type"), "Observations about the pod."),
         FIELD(message, 3, "A sentence about why it is in this state."),
         FIELD(reason, 4, "One word about why it is in this state, such as Evicted."),
         FIELD(nominatedNodeName, 11, "The node where others are being displaced to make room for it."),
         FIELD(hostIP, 5, "The address of its node."),
         FIELD(hostIPs, 16, merge_key("ip"), list_type("atomic"), "All addresses of its node, hostIP first."),
         FIELD(podIP, 6, "The address of the pod, reachable in the cluster."),
         FIELD(podIPs, 12, merge_key("ip"), list_type("map", "ip"),
               "All addresses of the pod, podIP first, at most one of each family."),
         FIELD(startTime, 7, "When the node took it over, before images were pulled."),
         FIELD(initContainerStatuses, 10, list_type("atomic"), "What has become of its init containers."),
         FIELD(containerStatuses, 8, list_type("atomic"), "What has become of its containers."),
         FIELD(qosClass, 9, values("BestEffort|Burstable|Guaranteed"),
               "Guaranteed, Burstable or BestEffort, from its resources."),
         FIELD(ephemeralContainerStatuses, 13, list_type("atomic"),
               "What has become of its ephemeral containers."),
         FIELD(resize, 14, "How far a change of its resources has come."),
         FIELD(resourceClaimStatuses, 15, merge_key("name"), patch_strategy("merge,retainKeys"),
               list_type("map", "name"), "The claims that were made for it."))
