// What each field of service.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/service.h"

DESCRIBE(core::v1::ClientIPConfig, "",
    FIELD(timeoutSeconds, 1))

DESCRIBE(core::v1::SessionAffinityConfig, "",
    FIELD(clientIP, 1))

DESCRIBE(core::v1::PortStatus, "",
    FIELD(port, 1, required),
    FIELD(protocol, 2, required, values("SCTP|TCP|UDP")),
    FIELD(error, 3))

DESCRIBE(core::v1::LoadBalancerIngress, "",
    FIELD(ip, 1),
    FIELD(hostname, 2),
    FIELD(ipMode, 3),
    FIELD(ports, 4, list_type("atomic")))

DESCRIBE(core::v1::LoadBalancerStatus, "",
    FIELD(ingress, 1, list_type("atomic")))

DESCRIBE(core::v1::ServiceStatus, "",
    FIELD(loadBalancer, 1),
    FIELD(conditions, 2, merge_key("type"), list_type("map", "type")))

DESCRIBE(core::v1::ServicePort, "",
    FIELD(name, 1),
    FIELD(protocol, 2, values("SCTP|TCP|UDP"), fallback(R"("TCP")")),
    FIELD(appProtocol, 6),
    FIELD(port, 3, required),
    FIELD(targetPort, 4),
    FIELD(nodePort, 5))

DESCRIBE(core::v1::ServiceSpec, "",
    FIELD(ports, 1, merge_key("port"), list_type("map", "port,protocol")),
    FIELD(selector, 2, map_type("atomic")),
    FIELD(clusterIP, 3),
    FIELD(clusterIPs, 18, list_type("atomic")),
    FIELD(type, 4, values("ClusterIP|ExternalName|LoadBalancer|NodePort"), fallback(R"("ClusterIP")")),
    FIELD(externalIPs, 5, list_type("atomic")),
    FIELD(sessionAffinity, 7, values("ClientIP|None"), fallback(R"("None")")),
    FIELD(loadBalancerIP, 8),
    FIELD(loadBalancerSourceRanges, 9, list_type("atomic")),
    FIELD(externalName, 10),
    FIELD(externalTrafficPolicy, 11, values("Cluster|Local")),
    FIELD(healthCheckNodePort, 12),
    FIELD(publishNotReadyAddresses, 13),
    FIELD(sessionAffinityConfig, 14),
    FIELD(ipFamilies, 19, list_type("atomic")),
    FIELD(ipFamilyPolicy, 17, values("PreferDualStack|RequireDualStack|SingleStack")),
    FIELD(allocateLoadBalancerNodePorts, 20),
    FIELD(loadBalancerClass, 21),
    FIELD(internalTrafficPolicy, 22, values("Cluster|Local")),
    FIELD(trafficDistribution, 23))

DESCRIBE(core::v1::Service, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(spec, 2),
    FIELD(status, 3))
