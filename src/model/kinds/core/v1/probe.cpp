// What each field of probe.h means, and how it is written, merged and defaulted.
#include "model/kinds/core/v1/probe.h"

DESCRIBE(core::v1::ExecAction, "Runs a command in the container.",
         FIELD(command, 1, list_type("atomic"),
               "The program and its arguments; no shell is involved. Exit code 0 is success."))

DESCRIBE(core::v1::HTTPHeader, "A header to send.", FIELD(name, 1, required, "The name of the header."),
         FIELD(value, 2, required, "The value of the header."))

DESCRIBE(core::v1::HTTPGetAction, "Makes an HTTP GET request; any status from 200 to 399 is success.",
         FIELD(path, 1, fallback(R"("/")"), "The path; default /."),
         FIELD(port, 2, required, "The number or the name of the port."),
         FIELD(host, 3, "The host to connect to; default is the address of the pod."),
         FIELD(scheme, 4, values("HTTP|HTTPS"), fallback(R"("HTTP")"),
               "HTTP (default) or HTTPS; certificates are not checked."),
         FIELD(httpHeaders, 5, list_type("atomic"), "Further headers; repeated ones are allowed."))

DESCRIBE(core::v1::TCPSocketAction, "Opens a TCP connection.",
         FIELD(port, 1, required, "The number or the name of the port."),
         FIELD(host, 2, "The host to connect to; default is the address of the pod."))

DESCRIBE(core::v1::GRPCAction, "Asks the standard gRPC health service.",
         FIELD(port, 1, required, "The number of the port."),
         FIELD(service, 2, always, fallback(R"("")"),
               "The service to ask for; default is the empty name, the server as a whole."))

DESCRIBE(core::v1::SleepAction, "Waits.", FIELD(seconds, 1, required, "For how many seconds."))

DESCRIBE(core::v1::ProbeHandler, "How to ask; exactly one member is set.",
         FIELD(exec, 1, "Runs a command in the container."), FIELD(httpGet, 2, "Makes an HTTP request."),
         FIELD(tcpSocket, 3, "Opens a TCP connection."), FIELD(grpc, 4, "Asks the gRPC health service."))

DESCRIBE(
    core::v1::Probe, "A question about the health of a container, asked again and again.",
    FIELD(handler, 1, inlined),
    FIELD(initialDelaySeconds, 2,
          "Seconds after the start of the container before the first question; default 0."),
    FIELD(timeoutSeconds, 3, fallback("1"), "Seconds to wait for an answer; default and minimum 1."),
    FIELD(periodSeconds, 4, fallback("10"), "Seconds between questions; default 10, minimum 1."),
    FIELD(successThreshold, 5, fallback("1"),
          "How many successes in a row count as good again; default 1; must be 1 for liveness and startup."),
    FIELD(failureThreshold, 6, fallback("3"), "How many failures in a row count as bad; default 3."),
    FIELD(terminationGracePeriodSeconds, 7,
          "Seconds the container gets to end when this probe fails it; default is that of the pod."))

DESCRIBE(core::v1::LifecycleHandler, "What to do at an event; exactly one member is set.",
         FIELD(exec, 1, "Runs a command in the container."), FIELD(httpGet, 2, "Makes an HTTP request."),
         FIELD(tcpSocket, 3, deprecated, "Kept for old objects; it does nothing."), FIELD(sleep, 4, "Waits."))

DESCRIBE(core::v1::Lifecycle, "What is done at the start and the end of a container.",
         FIELD(postStart, 1, "Done right after the start; if it fails, the container is ended."),
         FIELD(preStop, 2, "Done before the container is asked to end; the grace period runs meanwhile."))
