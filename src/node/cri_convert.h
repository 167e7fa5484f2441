// Between the node's own terms (runtime.h) and the messages of the container runtime interface. Pure.
#pragma once

#include <optional>
#include <vector>

#include "node/cri_messages.h"
#include "node/runtime.h"

namespace aloft::node {

cri::PodSandboxConfig to_message(const SandboxConfig& config);
cri::ContainerConfig to_message(const ContainerConfig& config);
cri::LinuxResources to_message(const ResourceLimits& limits);
Sandbox from_message(const cri::PodSandbox& message);
Sandbox from_message(const cri::PodSandboxStatus& message);
Container from_message(const cri::Container& message);
Container from_message(const cri::ContainerStatus& message);
ImageInfo from_message(const cri::Image& message);
ContainerUsage from_message(const cri::ContainerStats& message);

}  // namespace aloft::node
