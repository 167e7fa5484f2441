// What each field of endpoints.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/endpoints.h"

DESCRIBE_ATOMIC(core::v1::EndpointAddress, "One backend.",
                FIELD(ip, 1, required, "Its address; not a loopback or link-local one."),
                FIELD(hostname, 3, "The host name under which DNS lists it."),
                FIELD(nodeName, 4, "The node it runs on."),
                FIELD(targetRef, 2, "The object behind it, usually a pod."))

DESCRIBE_ATOMIC(core::v1::EndpointPort, "A port of backends.",
                FIELD(name, 1, "The name of the port of the service; required when there are several."),
                FIELD(port, 2, required, "The port number."),
                FIELD(protocol, 3, values("SCTP|TCP|UDP"), fallback(R"("TCP")"),
                      "TCP (default), UDP or SCTP."),
                FIELD(appProtocol, 4, "The application protocol."))

DESCRIBE(core::v1::EndpointSubset, "Backends with the same ports.",
         FIELD(addresses, 1, list_type("atomic"), "Backends that take traffic."),
         FIELD(notReadyAddresses, 2, list_type("atomic"),
               "Backends that do not take traffic yet or any more."),
         FIELD(ports, 3, list_type("atomic"), "The ports of these backends."))

DESCRIBE(core::v1::Endpoints,
         "The backends of the service of the same name; EndpointSlice is the newer form.",
         FIELD(metadata, 1, "The name, labels and bookkeeping of the object."),
         FIELD(subsets, 2, list_type("atomic"), "The backends by their ports."))
