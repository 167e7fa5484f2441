// What each field of node.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/node.h"

DESCRIBE(core::v1::ConfigMapNodeConfigSource, "The configuration of a node in a ConfigMap; no longer used.",
         FIELD(namespace_, 1, required, "The namespace of the ConfigMap."),
         FIELD(name, 2, required, "The name of the ConfigMap."), FIELD(uid, 3, "The uid of the ConfigMap."),
         FIELD(resourceVersion, 4, "The revision of the ConfigMap."),
         FIELD(kubeletConfigKey, 5, required, "The key with the configuration."))

DESCRIBE(core::v1::NodeConfigSource, "Where the configuration of a node came from; no longer used.",
         FIELD(configMap, 2, "The ConfigMap."))

DESCRIBE(core::v1::NodeSpec, "How a node is meant to be used.",
         FIELD(podCIDR, 1, "The range its pods get addresses from."),
         FIELD(podCIDRs, 7, patch_strategy("merge"), list_type("set"),
               "All ranges its pods get addresses from, podCIDR first, at most one of each family."),
         FIELD(providerID, 3, "The id of the machine at its provider, as provider://id."),
         FIELD(unschedulable, 4, "True to place no new pods on it (kubectl cordon)."),
         FIELD(taints, 5, list_type("atomic"), "What keeps pods off it."),
         FIELD(configSource, 6, deprecated, "No longer used."),
         FIELD(externalID, 2, deprecated, "No longer used."))

DESCRIBE(core::v1::DaemonEndpoint, "A port of a service on the node.",
         FIELD(Port, 1, required, "The port number."))

DESCRIBE(core::v1::NodeDaemonEndpoints, "Ports of services on the node.",
         FIELD(kubeletEndpoint, 1, "The port of the node's own API."))

DESCRIBE(core::v1::NodeRuntimeHandlerFeatures, "What a runtime can do.",
         FIELD(recursiveReadOnlyMounts, 1, "True when it can mount read-only with all mounts below."),
         FIELD(userNamespaces, 2, "True when it can give pods user namespaces."))

DESCRIBE(core::v1::NodeRuntimeHandler, "A runtime of the node.",
         FIELD(name, 1, always, "The name of the runtime; empty for the default one."),
         FIELD(features, 2, "What it can do."))

DESCRIBE(core::v1::NodeFeatures, "What the runtime of the node can do, whatever the handler.",
         FIELD(supplementalGroupsPolicy, 1, "True when it knows supplementalGroupsPolicy."))

DESCRIBE(core::v1::NodeSystemInfo, "What runs on a node.",
         FIELD(machineID, 1, required, "The id of the installation, from /etc/machine-id."),
         FIELD(systemUUID, 2, required, "The id of the hardware."),
         FIELD(bootID, 3, required, "The id of this boot."),
         FIELD(kernelVersion, 4, required, "The version of the kernel."),
         FIELD(osImage, 5, required, "The name of the system, from /etc/os-release."),
         FIELD(containerRuntimeVersion, 6, required,
               "The runtime and its version, such as containerd://1.7.0."),
         FIELD(kubeletVersion, 7, required, "The version of the node program."),
         FIELD(kubeProxyVersion, 8, required, deprecated,
               "The version of the service proxy; no longer maintained."),
         FIELD(operatingSystem, 9, required, "The operating system, such as linux."),
         FIELD(architecture, 10, required, "The processor architecture, such as amd64."))

DESCRIBE(core::v1::NodeConfigStatus, "How far a change of a node's configuration has come; no longer used.",
         FIELD(assigned, 1, "The configuration to use next."), FIELD(active, 2, "The configuration in use."),
         FIELD(lastKnownGood, 3, "The configuration to fall back to."),
         FIELD(error, 4, "What was wrong with the assigned one."))

DESCRIBE(core::v1::AttachedVolume, "A volume attached to a node.",
         FIELD(name, 1, required, "The name of the volume."),
         FIELD(devicePath, 2, required, "The path of the device."))

DESCRIBE(core::v1::ContainerImage, "An image on a node.",
         FIELD(names, 1, always, list_type("atomic"), "All names of the image."),
         FIELD(sizeBytes, 2, "The size in bytes."))

DESCRIBE(core::v1::NodeCondition, "An observation about a node.",
         FIELD(type, 1, required,
               "What is observed: Ready, MemoryPressure, DiskPressure, PIDPressure or NetworkUnavailable."),
         FIELD(status, 2, required, "True, False or Unknown."),
         FIELD(lastHeartbeatTime, 3, "When it was last looked at."),
         FIELD(lastTransitionTime, 4, "When status last changed."),
         FIELD(reason, 5, "One CamelCase word about why it is so."),
         FIELD(message, 6, "A sentence for people."))

DESCRIBE(core::v1::NodeAddress, "An address of a node.",
         FIELD(type, 1, required, "Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS."),
         FIELD(address, 2, required, "The address."))

DESCRIBE(core::v1::NodeStatus, "What a node has and how it is.",
         FIELD(capacity, 1, "What it has of each resource."),
         FIELD(allocatable, 2, "What it has of each resource for pods; default capacity."),
         FIELD(phase, 3, values("Pending|Running|Terminated"), deprecated, "No longer used."),
         FIELD(conditions, 4, merge_key("type"), list_type("map", "type"), "Observations about the node."),
         FIELD(addresses, 5, merge_key("type"), list_type("map", "type"), "Its addresses."),
         FIELD(daemonEndpoints, 6, "Ports of services on the node."), FIELD(nodeInfo, 7, "What runs on it."),
         FIELD(images, 8, list_type("atomic"), "The images on it."),
         FIELD(volumesInUse, 9, list_type("atomic"), "Attachable volumes that are mounted."),
         FIELD(volumesAttached, 10, list_type("atomic"), "Volumes that are attached."),
         FIELD(config, 11, deprecated, "No longer used."),
         FIELD(runtimeHandlers, 12, list_type("atomic"), "Its runtimes."),
         FIELD(features, 13, "What its runtime can do."))

DESCRIBE(core::v1::Node, "A machine that runs pods.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, "How it is meant to be used."), FIELD(status, 3, "What it has and how it is."))
