// What each field of pod_status.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/pod_status.h"

DESCRIBE(core::v1::PodCondition, "",
    FIELD(type, 1, required),
    FIELD(status, 2, required),
    FIELD(lastProbeTime, 3),
    FIELD(lastTransitionTime, 4),
    FIELD(reason, 5),
    FIELD(message, 6))

DESCRIBE(core::v1::PodIP, "",
    FIELD(ip, 1, required))

DESCRIBE(core::v1::HostIP, "",
    FIELD(ip, 1, required))

DESCRIBE(core::v1::PodResourceClaimStatus, "",
    FIELD(name, 1, required),
    FIELD(resourceClaimName, 2))

DESCRIBE(core::v1::PodStatus, "",
    FIELD(phase, 1, values("Failed|Pending|Running|Succeeded|Unknown")),
    FIELD(conditions, 2, merge_key("type"), list_type("map", "type")),
    FIELD(message, 3),
    FIELD(reason, 4),
    FIELD(nominatedNodeName, 11),
    FIELD(hostIP, 5),
    FIELD(hostIPs, 16, merge_key("ip"), list_type("atomic")),
    FIELD(podIP, 6),
    FIELD(podIPs, 12, merge_key("ip"), list_type("map", "ip")),
    FIELD(startTime, 7),
    FIELD(initContainerStatuses, 10, list_type("atomic")),
    FIELD(containerStatuses, 8, list_type("atomic")),
    FIELD(qosClass, 9, values("BestEffort|Burstable|Guaranteed")),
    FIELD(ephemeralContainerStatuses, 13, list_type("atomic")),
    FIELD(resize, 14),
    FIELD(resourceClaimStatuses, 15, merge_key("name"), patch_strategy("merge,retainKeys"), list_type("map", "name")))
