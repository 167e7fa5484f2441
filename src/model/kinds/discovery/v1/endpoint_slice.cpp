// What each field of endpoint_slice.h means, and how it is written, merged and defaulted.
#include "model/kinds/discovery/v1/endpoint_slice.h"

DESCRIBE(discovery::v1::EndpointConditions, "How an endpoint is.",
         FIELD(ready, 1, "True when it takes traffic; absent counts as true."),
         FIELD(serving, 2, "True when it is ready even while it is ending; absent counts as ready."),
         FIELD(terminating, 3, "True while the pod is ending; absent counts as false."))

DESCRIBE(discovery::v1::ForZone, "A zone that an endpoint serves.",
         FIELD(name, 1, required, "The name of the zone."))

DESCRIBE(discovery::v1::EndpointHints, "For whom an endpoint is best.",
         FIELD(forZones, 1, list_type("atomic"), "The zones that should use it; at most 8."))

DESCRIBE(discovery::v1::Endpoint, "One backend of a service.",
         FIELD(addresses, 1, required, list_type("set"),
               "Its addresses, of the type of the slice; 1 to 100, all equal."),
         FIELD(conditions, 2, "Whether it is ready, serving, terminating."),
         FIELD(hostname, 3, "The host name under which DNS lists it."),
         FIELD(targetRef, 4, "The object behind it, usually a pod."),
         FIELD(deprecatedTopology, 5, deprecated,
               "Topology labels from before nodeName and zone; read only."),
         FIELD(nodeName, 6, "The node it runs on."), FIELD(zone, 7, "The zone it runs in."),
         FIELD(hints, 8, "For whom it is best."))

DESCRIBE_ATOMIC(discovery::v1::EndpointPort, "A port of all endpoints of the slice.",
                FIELD(name, 1, fallback(R"("")"),
                      "The name of the port, unique in the slice; default is the empty name."),
                FIELD(protocol, 2, values("SCTP|TCP|UDP"), fallback(R"("TCP")"),
                      "TCP (default), UDP or SCTP."),
                FIELD(port, 3, "The port number; absent means all ports."),
                FIELD(appProtocol, 4,
                      "The application protocol, such as kubernetes.io/h2c or a name registered with IANA."))

DESCRIBE(
    discovery::v1::EndpointSlice,
    "Some of the backends of a service; the slices of a service carry the label kubernetes.io/service-name.",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(addressType, 4, required, values("FQDN|IPv4|IPv6"),
          "The type of all addresses: IPv4, IPv6 or FQDN; it cannot change."),
    FIELD(endpoints, 2, required, list_type("atomic"), "The backends; at most 1000."),
    FIELD(ports, 3, always, list_type("atomic"), "The ports of every backend; at most 100."))
