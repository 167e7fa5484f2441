// Rules for probes and for what is run at the start and the end of a container.
#include <fmt/format.h>

#include "model/kinds/core/v1/pod_validation.h"
#include "model/kinds/field_checks.h"
#include "model/names.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

// Probes and lifecycle hooks share most of their handlers.
struct Handlers {
  const ExecAction* exec = nullptr;
  const HTTPGetAction* http = nullptr;
  const TCPSocketAction* tcp = nullptr;
  const GRPCAction* grpc = nullptr;
  const SleepAction* sleep = nullptr;
};

template <class T>
const T* pointer(const model::Box<T>& box) {
  return box ? &*box : nullptr;
}

void validate_http(const HTTPGetAction& http, const FieldPath& path, FieldErrors& errors) {
  model::require(errors, path.child("path"), http.path);
  model::expect_port(errors, path.child("port"), http.port);
  model::expect_one_of(errors, path.child("scheme"), http.scheme, {"HTTP", "HTTPS"});
  for (const auto& header : http.httpHeaders) {
    model::add_invalid(errors, path.child("httpHeaders"), header.name,
                       model::check_http_header_name(header.name));
  }
}

void validate_handlers(const Handlers& handlers, std::int64_t grace_seconds, const FieldPath& path,
                       FieldErrors& errors) {
  int count = 0;
  const auto first = [&](const void* handler, std::string_view name) {
    if (handler == nullptr) return false;
    if (++count == 1) return true;
    errors.forbidden(path.child(name), "may not specify more than 1 handler type");
    return false;
  };
  if (first(handlers.exec, "exec") && handlers.exec->command.empty()) {
    const FieldPath exec = path.child("exec");
    errors.required(exec.child("command"));
  }
  if (first(handlers.http, "httpGet")) validate_http(*handlers.http, path.child("httpGet"), errors);
  if (first(handlers.tcp, "tcpSocket")) {
    const FieldPath tcp = path.child("tcpSocket");
    model::expect_port(errors, tcp.child("port"), handlers.tcp->port);
  }
  if (first(handlers.grpc, "grpc")) {
    const FieldPath grpc = path.child("grpc");
    model::expect_port_number(errors, grpc.child("port"), handlers.grpc->port);
  }
  if (first(handlers.sleep, "sleep")) {
    const std::int64_t seconds = handlers.sleep->seconds;
    if (seconds <= 0 || seconds > grace_seconds) {
      errors.invalid_int(
          path.child("sleep"), seconds,
          fmt::format("must be greater than 0 and less than terminationGracePeriodSeconds ({})",
                      grace_seconds));
    }
  }
  if (count == 0) errors.required(path, "must specify a handler type");
}

void validate_hook(const model::Box<LifecycleHandler>& hook, std::int64_t grace_seconds,
                   const FieldPath& path, FieldErrors& errors) {
  if (!hook) return;
  Handlers handlers;
  handlers.exec = pointer(hook->exec);
  handlers.http = pointer(hook->httpGet);
  handlers.tcp = pointer(hook->tcpSocket);
  handlers.sleep = pointer(hook->sleep);
  validate_handlers(handlers, grace_seconds, path, errors);
}

}  // namespace

void validate_probe(const model::Box<Probe>& probe, ProbeUse use, std::int64_t grace_seconds,
                    const FieldPath& path, FieldErrors& errors) {
  if (!probe) return;
  Handlers handlers;
  handlers.exec = pointer(probe->handler.exec);
  handlers.http = pointer(probe->handler.httpGet);
  handlers.tcp = pointer(probe->handler.tcpSocket);
  handlers.grpc = pointer(probe->handler.grpc);
  validate_handlers(handlers, grace_seconds, path, errors);
  model::expect_not_negative(errors, path.child("initialDelaySeconds"), probe->initialDelaySeconds);
  model::expect_not_negative(errors, path.child("timeoutSeconds"), probe->timeoutSeconds);
  model::expect_not_negative(errors, path.child("periodSeconds"), probe->periodSeconds);
  model::expect_not_negative(errors, path.child("successThreshold"), probe->successThreshold);
  model::expect_not_negative(errors, path.child("failureThreshold"), probe->failureThreshold);
  const auto& grace = probe->terminationGracePeriodSeconds;
  if (grace && *grace <= 0) {
    errors.invalid_int(path.child("terminationGracePeriodSeconds"), *grace, "must be greater than 0");
  }
  if (use == ProbeUse::readiness) {
    if (grace) {
      errors.invalid_int(path.child("terminationGracePeriodSeconds"), *grace,
                         "must not be set for readinessProbes");
    }
  } else if (probe->successThreshold != 1) {
    errors.invalid_int(path.child("successThreshold"), probe->successThreshold, "must be 1");
  }
}

void validate_lifecycle(const Lifecycle& lifecycle, std::int64_t grace_seconds, const FieldPath& path,
                        FieldErrors& errors) {
  validate_hook(lifecycle.postStart, grace_seconds, path.child("postStart"), errors);
  validate_hook(lifecycle.preStop, grace_seconds, path.child("preStop"), errors);
}

}  // namespace aloft::core::v1
