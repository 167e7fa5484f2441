// What each field of pod_spec.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/pod_spec.h"

DESCRIBE(core::v1::PodReadinessGate, "",
    FIELD(conditionType, 1, required))

DESCRIBE(core::v1::PodResourceClaim, "",
    FIELD(name, 1, required),
    FIELD(resourceClaimName, 3),
    FIELD(resourceClaimTemplateName, 4))

DESCRIBE(core::v1::PodOS, "",
    FIELD(name, 1, required))

DESCRIBE(core::v1::PodSchedulingGate, "",
    FIELD(name, 1, required))

DESCRIBE(core::v1::HostAlias, "",
    FIELD(ip, 1, required),
    FIELD(hostnames, 2, list_type("atomic")))

DESCRIBE(core::v1::PodDNSConfigOption, "",
    FIELD(name, 1),
    FIELD(value, 2))

DESCRIBE(core::v1::PodDNSConfig, "",
    FIELD(nameservers, 1, list_type("atomic")),
    FIELD(searches, 2, list_type("atomic")),
    FIELD(options, 3, list_type("atomic")))

DESCRIBE(core::v1::PodSpec, "",
    FIELD(volumes, 1, merge_key("name"), patch_strategy("merge,retainKeys"), list_type("map", "name")),
    FIELD(initContainers, 20, merge_key("name"), list_type("map", "name")),
    FIELD(containers, 2, required, merge_key("name"), list_type("map", "name")),
    FIELD(ephemeralContainers, 34, merge_key("name"), list_type("map", "name")),
    FIELD(restartPolicy, 3, values("Always|Never|OnFailure"), fallback(R"("Always")")),
    FIELD(terminationGracePeriodSeconds, 4, fallback("30")),
    FIELD(activeDeadlineSeconds, 5),
    FIELD(dnsPolicy, 6, values("ClusterFirst|ClusterFirstWithHostNet|Default|None"), fallback(R"("ClusterFirst")")),
    FIELD(nodeSelector, 7, map_type("atomic")),
    FIELD(serviceAccountName, 8),
    FIELD(serviceAccount, 9),
    FIELD(automountServiceAccountToken, 21),
    FIELD(nodeName, 10),
    FIELD(hostNetwork, 11),
    FIELD(hostPID, 12),
    FIELD(hostIPC, 13),
    FIELD(shareProcessNamespace, 27),
    FIELD(securityContext, 14, fallback("{}")),
    FIELD(imagePullSecrets, 15, merge_key("name"), list_type("map", "name")),
    FIELD(hostname, 16),
    FIELD(subdomain, 17),
    FIELD(affinity, 18),
    FIELD(schedulerName, 19, fallback(R"("default-scheduler")")),
    FIELD(tolerations, 22, list_type("atomic")),
    FIELD(hostAliases, 23, merge_key("ip"), list_type("map", "ip")),
    FIELD(priorityClassName, 24),
    FIELD(priority, 25),
    FIELD(dnsConfig, 26),
    FIELD(readinessGates, 28, list_type("atomic")),
    FIELD(runtimeClassName, 29),
    FIELD(enableServiceLinks, 30),
    FIELD(preemptionPolicy, 31, values("Never|PreemptLowerPriority")),
    FIELD(overhead, 32),
    FIELD(topologySpreadConstraints, 33, merge_key("topologyKey"), list_type("map", "topologyKey,whenUnsatisfiable")),
    FIELD(setHostnameAsFQDN, 35),
    FIELD(os, 36),
    FIELD(hostUsers, 37),
    FIELD(schedulingGates, 38, merge_key("name"), list_type("map", "name")),
    FIELD(resourceClaims, 39, merge_key("name"), patch_strategy("merge,retainKeys"), list_type("map", "name")),
    FIELD(resources, 40))
