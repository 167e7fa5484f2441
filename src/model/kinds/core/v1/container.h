// One program of a pod: image, command, ports, environment, mounts, probes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/environment.h"
#include "model/kinds/core/v1/probe.h"
#include "model/kinds/core/v1/resources.h"
#include "model/kinds/core/v1/security_context.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct ContainerPort {
  std::string name;
  std::int32_t hostPort = 0;
  std::int32_t containerPort = 0;
  std::string protocol;
  std::string hostIP;
  bool operator==(const ContainerPort&) const = default;
};

struct VolumeMount {
  std::string name;
  bool readOnly = false;
  std::optional<std::string> recursiveReadOnly;
  std::string mountPath;
  std::string subPath;
  std::optional<std::string> mountPropagation;
  std::string subPathExpr;
  bool operator==(const VolumeMount&) const = default;
};

struct VolumeDevice {
  std::string name;
  std::string devicePath;
  bool operator==(const VolumeDevice&) const = default;
};

struct ContainerResizePolicy {
  std::string resourceName;
  std::string restartPolicy;
  bool operator==(const ContainerResizePolicy&) const = default;
};

struct Container {
  std::string name;
  std::string image;
  std::vector<std::string> command;
  std::vector<std::string> args;
  std::string workingDir;
  std::vector<ContainerPort> ports;
  std::vector<EnvFromSource> envFrom;
  std::vector<EnvVar> env;
  ResourceRequirements resources;
  std::vector<ContainerResizePolicy> resizePolicy;
  std::optional<std::string> restartPolicy;
  std::vector<VolumeMount> volumeMounts;
  std::vector<VolumeDevice> volumeDevices;
  model::Box<Probe> livenessProbe;
  model::Box<Probe> readinessProbe;
  model::Box<Probe> startupProbe;
  model::Box<Lifecycle> lifecycle;
  std::string terminationMessagePath;
  std::string terminationMessagePolicy;
  std::string imagePullPolicy;
  model::Box<SecurityContext> securityContext;
  bool stdin_ = false;
  bool stdinOnce = false;
  bool tty = false;
  bool operator==(const Container&) const = default;
};

struct EphemeralContainer {
  Container container;
  std::string targetContainerName;
  bool operator==(const EphemeralContainer&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::ContainerPort)
DECLARE_TYPE(core::v1::VolumeMount)
DECLARE_TYPE(core::v1::VolumeDevice)
DECLARE_TYPE(core::v1::ContainerResizePolicy)
DECLARE_TYPE(core::v1::Container)
DECLARE_TYPE(core::v1::EphemeralContainer)
