// What each field of service.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/service.h"

DESCRIBE(core::v1::ClientIPConfig, "How long a client sticks to a pod.",
         FIELD(timeoutSeconds, 1, "Seconds a client sticks to its pod, 1 to 86400; default 10800."))

DESCRIBE(core::v1::SessionAffinityConfig, "How clients stick to pods.",
         FIELD(clientIP, 1, "By the address of the client."))

DESCRIBE(core::v1::PortStatus, "How a port of a load balancer is.",
         FIELD(port, 1, required, "The port number."),
         FIELD(protocol, 2, required, values("SCTP|TCP|UDP"), "TCP, UDP or SCTP."),
         FIELD(error, 3, "What is wrong with it, in CamelCase or as example.com/Name."))

DESCRIBE(core::v1::LoadBalancerIngress, "Where a load balancer takes traffic in.",
         FIELD(ip, 1, "Its address."), FIELD(hostname, 2, "Its host name."),
         FIELD(ipMode, 3, "VIP (default) hands packets on with their destination, Proxy replaces it."),
         FIELD(ports, 4, list_type("atomic"), "How its ports are."))

DESCRIBE(core::v1::LoadBalancerStatus, "How the load balancer of a service is.",
         FIELD(ingress, 1, list_type("atomic"), "Where it takes traffic in."))

DESCRIBE(core::v1::ServiceStatus, "What has become of a service.",
         FIELD(loadBalancer, 1, "How its load balancer is."),
         FIELD(conditions, 2, merge_key("type"), list_type("map", "type"), "Observations about the service."))

DESCRIBE(core::v1::ServicePort, "A port of a service.",
         FIELD(name, 1, "The name, a DNS label; required when there are several ports."),
         FIELD(protocol, 2, values("SCTP|TCP|UDP"), fallback(R"("TCP")"), "TCP (default), UDP or SCTP."),
         FIELD(appProtocol, 6,
               "The application protocol, such as kubernetes.io/h2c or a name registered with IANA."),
         FIELD(port, 3, required, "The port on the address of the service."),
         FIELD(targetPort, 4, "The number or the name of the port of the pods; default is port."),
         FIELD(nodePort, 5,
               "The port on every node, for types NodePort and LoadBalancer; given out when absent."))

DESCRIBE(core::v1::ServiceSpec, "How a set of pods is reached.",
         FIELD(ports, 1, merge_key("port"), list_type("map", "port,protocol"), "The ports."),
         FIELD(selector, 2, map_type("atomic"),
               "The labels of the pods; when empty, somebody else keeps the endpoints."),
         FIELD(clusterIP, 3,
               "The address in the cluster: given out when empty, None for a service without one."),
         FIELD(clusterIPs, 18, list_type("atomic"),
               "All addresses in the cluster, clusterIP first, at most one of each family."),
         FIELD(type, 4, values("ClusterIP|ExternalName|LoadBalancer|NodePort"), fallback(R"("ClusterIP")"),
               "ClusterIP (default), NodePort, LoadBalancer or ExternalName."),
         FIELD(externalIPs, 5, list_type("atomic"), "Further addresses for which nodes take traffic."),
         FIELD(sessionAffinity, 7, values("ClientIP|None"), fallback(R"("None")"),
               "ClientIP to keep a client at one pod, None (default) otherwise."),
         FIELD(loadBalancerIP, 8, deprecated,
               "The address wanted of the load balancer; providers differ in what they do with it."),
         FIELD(loadBalancerSourceRanges, 9, list_type("atomic"),
               "The networks from which the load balancer takes traffic."),
         FIELD(externalName, 10, "The name that DNS gives for a service of type ExternalName."),
         FIELD(externalTrafficPolicy, 11, values("Cluster|Local"),
               "Local keeps traffic from outside on the node it came in at, Cluster (default) spreads it."),
         FIELD(healthCheckNodePort, 12,
               "The port on which nodes say whether they have ready pods; with externalTrafficPolicy Local."),
         FIELD(publishNotReadyAddresses, 13, "True to count pods that are not ready."),
         FIELD(sessionAffinityConfig, 14, "How clients stick to pods."),
         FIELD(ipFamilies, 19, list_type("atomic"), "IPv4 and IPv6 in the order wanted."),
         FIELD(ipFamilyPolicy, 17, values("PreferDualStack|RequireDualStack|SingleStack"),
               "SingleStack (default), PreferDualStack or RequireDualStack."),
         FIELD(allocateLoadBalancerNodePorts, 20,
               "False to give out no node ports for type LoadBalancer; default true."),
         FIELD(loadBalancerClass, 21, "Which load balancer is responsible; absent for the default one."),
         FIELD(internalTrafficPolicy, 22, values("Cluster|Local"),
               "Local keeps traffic from pods on their node, Cluster (default) spreads it."),
         FIELD(trafficDistribution, 23, "PreferClose prefers endpoints in the zone of the client."))

DESCRIBE(core::v1::Service, "One stable address and name for a changing set of pods.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(spec, 2, "How the pods are reached."), FIELD(status, 3, "What has become of it."))
