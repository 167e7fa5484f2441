// What each field of endpoints.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/endpoints.h"

DESCRIBE_ATOMIC(core::v1::EndpointAddress, "",
    FIELD(ip, 1, required),
    FIELD(hostname, 3),
    FIELD(nodeName, 4),
    FIELD(targetRef, 2))

DESCRIBE_ATOMIC(core::v1::EndpointPort, "",
    FIELD(name, 1),
    FIELD(port, 2, required),
    FIELD(protocol, 3, values("SCTP|TCP|UDP"), fallback(R"("TCP")")),
    FIELD(appProtocol, 4))

DESCRIBE(core::v1::EndpointSubset, "",
    FIELD(addresses, 1, list_type("atomic")),
    FIELD(notReadyAddresses, 2, list_type("atomic")),
    FIELD(ports, 3, list_type("atomic")))

DESCRIBE(core::v1::Endpoints, "",
    FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
    FIELD(subsets, 2, list_type("atomic")))
