// What each field of pod_spec.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/pod_spec.h"

DESCRIBE(core::v1::PodReadinessGate, "A further condition for a pod to be ready.",
         FIELD(conditionType, 1, required, "The type of the condition that must be True."))

DESCRIBE(core::v1::PodResourceClaim, "A claim that containers of the pod can use.",
         FIELD(name, 1, required, "The name within the pod, a DNS label."),
         FIELD(resourceClaimName, 3, "A claim that exists in the namespace."),
         FIELD(resourceClaimTemplateName, 4, "A template from which a claim is made for the pod."))

DESCRIBE(core::v1::PodOS, "The operating system a pod needs.", FIELD(name, 1, required, "linux or windows."))

DESCRIBE(core::v1::PodSchedulingGate, "Holds scheduling back while it is there.",
         FIELD(name, 1, required, "The name of the gate."))

DESCRIBE(core::v1::HostAlias, "A line of the pod's hosts file.", FIELD(ip, 1, required, "The address."),
         FIELD(hostnames, 2, list_type("atomic"), "The names of that address."))

DESCRIBE(core::v1::PodDNSConfigOption, "An option of the resolver.",
         FIELD(name, 1, "The name of the option, such as ndots."),
         FIELD(value, 2, "The value of the option, if it has one."))

DESCRIBE(core::v1::PodDNSConfig, "Settings of the resolver, added to those of dnsPolicy.",
         FIELD(nameservers, 1, list_type("atomic"), "Addresses of name servers, after those of the policy."),
         FIELD(searches, 2, list_type("atomic"), "Search domains, after those of the policy."),
         FIELD(options, 3, list_type("atomic"), "Options; they win over those of the policy."))

DESCRIBE(
    core::v1::PodSpec, "What a pod shall be.",
    FIELD(volumes, 1, merge_key("name"), patch_strategy("merge,retainKeys"), list_type("map", "name"),
          "What its containers can mount."),
    FIELD(initContainers, 20, merge_key("name"), list_type("map", "name"),
          "Containers that run before the others, one after the other; each must succeed."),
    FIELD(containers, 2, required, merge_key("name"), list_type("map", "name"),
          "The programs; at least one. They cannot be added or removed later."),
    FIELD(ephemeralContainers, 34, merge_key("name"), list_type("map", "name"),
          "Containers added later to look into the pod, through its subresource ephemeralcontainers."),
    FIELD(restartPolicy, 3, values("Always|Never|OnFailure"), fallback(R"("Always")"),
          "What happens when a container ends: Always (default), OnFailure or Never."),
    FIELD(terminationGracePeriodSeconds, 4, fallback("30"),
          "Seconds from the wish to end to the kill signal; 0 kills at once; default 30."),
    FIELD(activeDeadlineSeconds, 5, "Seconds the pod may be active from its start before it is failed."),
    FIELD(dnsPolicy, 6, values("ClusterFirst|ClusterFirstWithHostNet|Default|None"),
          fallback(R"("ClusterFirst")"),
          "How names are resolved: ClusterFirst (default), ClusterFirstWithHostNet, Default (as the node) "
          "or None."),
    FIELD(nodeSelector, 7, map_type("atomic"), "Labels that the node must have."),
    FIELD(serviceAccountName, 8, "The ServiceAccount as which it runs."),
    FIELD(serviceAccount, 9, deprecated, "The older name of serviceAccountName."),
    FIELD(automountServiceAccountToken, 21,
          "False keeps the token of the service account out; default is that of the account."),
    FIELD(nodeName, 10, "The node it runs on; set by the scheduler."),
    FIELD(hostNetwork, 11, "True to use the network of the node; default false."),
    FIELD(hostPID, 12, "True to see the processes of the node; default false."),
    FIELD(hostIPC, 13, "True to use the IPC namespace of the node; default false."),
    FIELD(shareProcessNamespace, 27, "True to let its containers see each other's processes; default false."),
    FIELD(securityContext, 14, fallback("{}"), "Rights of all containers."),
    FIELD(imagePullSecrets, 15, merge_key("name"), list_type("map", "name"),
          "Secrets with the credentials for its images."),
    FIELD(hostname, 16, "The host name; default is the name of the pod."),
    FIELD(subdomain, 17,
          "The name of a headless service; the full host name is then hostname.subdomain.namespace.svc "
          "and the domain."),
    FIELD(affinity, 18, "Where it needs or likes to be."),
    FIELD(schedulerName, 19, fallback(R"("default-scheduler")"),
          "The scheduler that places it; default default-scheduler."),
    FIELD(tolerations, 22, list_type("atomic"), "Taints of nodes it can live with."),
    FIELD(hostAliases, 23, merge_key("ip"), list_type("map", "ip"), "Further lines of the hosts file."),
    FIELD(priorityClassName, 24, "How important it is, by the name of a PriorityClass."),
    FIELD(priority, 25, "How important it is, as a number; set from the class."),
    FIELD(dnsConfig, 26, "Settings of the resolver."),
    FIELD(readinessGates, 28, list_type("atomic"),
          "Further conditions that must be True for it to be ready."),
    FIELD(runtimeClassName, 29, "The RuntimeClass whose runtime runs it."),
    FIELD(enableServiceLinks, 30, "True (default) to set variables about services of the namespace."),
    FIELD(preemptionPolicy, 31, values("Never|PreemptLowerPriority"),
          "PreemptLowerPriority (default) or Never: whether it may displace others."),
    FIELD(overhead, 32, "What the runtime needs beside the containers; set from the RuntimeClass."),
    FIELD(topologySpreadConstraints, 33, merge_key("topologyKey"),
          list_type("map", "topologyKey,whenUnsatisfiable"),
          "How pods like it are spread over places; all must hold."),
    FIELD(setHostnameAsFQDN, 35, "True to use the full name as host name; default false."),
    FIELD(os, 36, "The operating system it needs."),
    FIELD(hostUsers, 37, "False to run in a user namespace of its own; default true."),
    FIELD(schedulingGates, 38, merge_key("name"), list_type("map", "name"),
          "Holds scheduling back until the list is empty; entries can only be removed."),
    FIELD(resourceClaims, 39, merge_key("name"), patch_strategy("merge,retainKeys"), list_type("map", "name"),
          "Claims that its containers can use."),
    FIELD(resources, 40, "What the pod as a whole needs and may use; cpu and memory only."))
