// What each field of probe.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/probe.h"

DESCRIBE(core::v1::ExecAction, "",
    FIELD(command, 1, list_type("atomic")))

DESCRIBE(core::v1::HTTPHeader, "",
    FIELD(name, 1, required),
    FIELD(value, 2, required))

DESCRIBE(core::v1::HTTPGetAction, "",
    FIELD(path, 1, fallback(R"("/")")),
    FIELD(port, 2, required),
    FIELD(host, 3),
    FIELD(scheme, 4, values("HTTP|HTTPS"), fallback(R"("HTTP")")),
    FIELD(httpHeaders, 5, list_type("atomic")))

DESCRIBE(core::v1::TCPSocketAction, "",
    FIELD(port, 1, required),
    FIELD(host, 2))

DESCRIBE(core::v1::GRPCAction, "",
    FIELD(port, 1, required),
    FIELD(service, 2, always, fallback(R"("")")))

DESCRIBE(core::v1::SleepAction, "",
    FIELD(seconds, 1, required))

DESCRIBE(core::v1::ProbeHandler, "",
    FIELD(exec, 1),
    FIELD(httpGet, 2),
    FIELD(tcpSocket, 3),
    FIELD(grpc, 4))

DESCRIBE(core::v1::Probe, "",
    FIELD(handler, 1, inlined),
    FIELD(initialDelaySeconds, 2),
    FIELD(timeoutSeconds, 3, fallback("1")),
    FIELD(periodSeconds, 4, fallback("10")),
    FIELD(successThreshold, 5, fallback("1")),
    FIELD(failureThreshold, 6, fallback("3")),
    FIELD(terminationGracePeriodSeconds, 7))

DESCRIBE(core::v1::LifecycleHandler, "",
    FIELD(exec, 1),
    FIELD(httpGet, 2),
    FIELD(tcpSocket, 3),
    FIELD(sleep, 4))

DESCRIBE(core::v1::Lifecycle, "",
    FIELD(postStart, 1),
    FIELD(preStop, 2))
