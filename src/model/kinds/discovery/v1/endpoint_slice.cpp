// What each field of endpoint_slice.h means, and how it is written, merged and defaulted.
#include "model/kinds/discovery/v1/endpoint_slice.h"

DESCRIBE(discovery::v1::EndpointConditions, "",
    FIELD(ready, 1),
    FIELD(serving, 2),
    FIELD(terminating, 3))

DESCRIBE(discovery::v1::ForZone, "",
    FIELD(name, 1, required))

DESCRIBE(discovery::v1::EndpointHints, "",
    FIELD(forZones, 1, list_type("atomic")))

DESCRIBE(discovery::v1::Endpoint, "",
    FIELD(addresses, 1, required, list_type("set")),
    FIELD(conditions, 2),
    FIELD(hostname, 3),
    FIELD(targetRef, 4),
    FIELD(deprecatedTopology, 5),
    FIELD(nodeName, 6),
    FIELD(zone, 7),
    FIELD(hints, 8))

DESCRIBE_ATOMIC(discovery::v1::EndpointPort, "",
    FIELD(name, 1, fallback(R"("")")),
    FIELD(protocol, 2, values("SCTP|TCP|UDP"), fallback(R"("TCP")")),
    FIELD(port, 3),
    FIELD(appProtocol, 4))

DESCRIBE(discovery::v1::EndpointSlice, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(addressType, 4, required, values("FQDN|IPv4|IPv6")),
    FIELD(endpoints, 2, required, list_type("atomic")),
    FIELD(ports, 3, always, list_type("atomic")))
