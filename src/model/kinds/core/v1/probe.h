// How the health of a container is asked, and what is run at its start and end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct ExecAction {
  std::vector<std::string> command;
  bool operator==(const ExecAction&) const = default;
};

struct HTTPHeader {
  std::string name;
  std::string value;
  bool operator==(const HTTPHeader&) const = default;
};

struct HTTPGetAction {
  std::string path;
  model::IntOrString port;
  std::string host;
  std::string scheme;
  std::vector<HTTPHeader> httpHeaders;
  bool operator==(const HTTPGetAction&) const = default;
};

struct TCPSocketAction {
  model::IntOrString port;
  std::string host;
  bool operator==(const TCPSocketAction&) const = default;
};

struct GRPCAction {
  std::int32_t port = 0;
  std::optional<std::string> service;
  bool operator==(const GRPCAction&) const = default;
};

struct SleepAction {
  std::int64_t seconds = 0;
  bool operator==(const SleepAction&) const = default;
};

struct ProbeHandler {
  model::Box<ExecAction> exec;
  model::Box<HTTPGetAction> httpGet;
  model::Box<TCPSocketAction> tcpSocket;
  model::Box<GRPCAction> grpc;
  bool operator==(const ProbeHandler&) const = default;
};

struct Probe {
  ProbeHandler handler;
  std::int32_t initialDelaySeconds = 0;
  std::int32_t timeoutSeconds = 0;
  std::int32_t periodSeconds = 0;
  std::int32_t successThreshold = 0;
  std::int32_t failureThreshold = 0;
  std::optional<std::int64_t> terminationGracePeriodSeconds;
  bool operator==(const Probe&) const = default;
};

struct LifecycleHandler {
  model::Box<ExecAction> exec;
  model::Box<HTTPGetAction> httpGet;
  model::Box<TCPSocketAction> tcpSocket;
  model::Box<SleepAction> sleep;
  bool operator==(const LifecycleHandler&) const = default;
};

struct Lifecycle {
  model::Box<LifecycleHandler> postStart;
  model::Box<LifecycleHandler> preStop;
  bool operator==(const Lifecycle&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::ExecAction)
DECLARE_TYPE(core::v1::HTTPHeader)
DECLARE_TYPE(core::v1::HTTPGetAction)
DECLARE_TYPE(core::v1::TCPSocketAction)
DECLARE_TYPE(core::v1::GRPCAction)
DECLARE_TYPE(core::v1::SleepAction)
DECLARE_TYPE(core::v1::ProbeHandler)
DECLARE_TYPE(core::v1::Probe)
DECLARE_TYPE(core::v1::LifecycleHandler)
DECLARE_TYPE(core::v1::Lifecycle)
