// What each field of node.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/node.h"

DESCRIBE(core::v1::ConfigMapNodeConfigSource, "",
    FIELD(namespace_, 1, required),
    FIELD(name, 2, required),
    FIELD(uid, 3),
    FIELD(resourceVersion, 4),
    FIELD(kubeletConfigKey, 5, required))

DESCRIBE(core::v1::NodeConfigSource, "",
    FIELD(configMap, 2))

DESCRIBE(core::v1::NodeSpec, "",
    FIELD(podCIDR, 1),
    FIELD(podCIDRs, 7, patch_strategy("merge"), list_type("set")),
    FIELD(providerID, 3),
    FIELD(unschedulable, 4),
    FIELD(taints, 5, list_type("atomic")),
    FIELD(configSource, 6),
    FIELD(externalID, 2))

DESCRIBE(core::v1::DaemonEndpoint, "",
    FIELD(Port, 1, required))

DESCRIBE(core::v1::NodeDaemonEndpoints, "",
    FIELD(kubeletEndpoint, 1))

DESCRIBE(core::v1::NodeRuntimeHandlerFeatures, "",
    FIELD(recursiveReadOnlyMounts, 1),
    FIELD(userNamespaces, 2))

DESCRIBE(core::v1::NodeRuntimeHandler, "",
    FIELD(name, 1, always),
    FIELD(features, 2))

DESCRIBE(core::v1::NodeFeatures, "",
    FIELD(supplementalGroupsPolicy, 1))

DESCRIBE(core::v1::NodeSystemInfo, "",
    FIELD(machineID, 1, required),
    FIELD(systemUUID, 2, required),
    FIELD(bootID, 3, required),
    FIELD(kernelVersion, 4, required),
    FIELD(osImage, 5, required),
    FIELD(containerRuntimeVersion, 6, required),
    FIELD(kubeletVersion, 7, required),
    FIELD(kubeProxyVersion, 8, required),
    FIELD(operatingSystem, 9, required),
    FIELD(architecture, 10, required))

DESCRIBE(core::v1::NodeConfigStatus, "",
    FIELD(assigned, 1),
    FIELD(active, 2),
    FIELD(lastKnownGood, 3),
    FIELD(error, 4))

DESCRIBE(core::v1::AttachedVolume, "",
    FIELD(name, 1, required),
    FIELD(devicePath, 2, required))

DESCRIBE(core::v1::ContainerImage, "",
    FIELD(names, 1, always, list_type("atomic")),
    FIELD(sizeBytes, 2))

DESCRIBE(core::v1::NodeCondition, "",
    FIELD(type, 1, required),
    FIELD(status, 2, required),
    FIELD(lastHeartbeatTime, 3),
    FIELD(lastTransitionTime, 4),
    FIELD(reason, 5),
    FIELD(message, 6))

DESCRIBE(core::v1::NodeAddress, "",
    FIELD(type, 1, required),
    FIELD(address, 2, required))

DESCRIBE(core::v1::NodeStatus, "",
    FIELD(capacity, 1),
    FIELD(allocatable, 2),
    FIELD(phase, 3, values("Pending|Running|Terminated")),
    FIELD(conditions, 4, merge_key("type"), list_type("map", "type")),
    FIELD(addresses, 5, merge_key("type"), list_type("map", "type")),
    FIELD(daemonEndpoints, 6),
    FIELD(nodeInfo, 7),
    FIELD(images, 8, list_type("atomic")),
    FIELD(volumesInUse, 9, list_type("atomic")),
    FIELD(volumesAttached, 10, list_type("atomic")),
    FIELD(config, 11),
    FIELD(runtimeHandlers, 12, list_type("atomic")),
    FIELD(features, 13))

DESCRIBE(core::v1::Node, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2),
    FIELD(status, 3))
