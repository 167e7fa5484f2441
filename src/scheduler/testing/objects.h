// Plain nodes and pods for tests of the scheduler, and the terms that pods put on each other.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"
#include "scheduler/framework/pod_info.h"

namespace aloft::scheduler {

// With room for 110 pods, 100 GiB of ephemeral storage, and the label kubernetes.io/hostname.
core::v1::Node make_node(std::string name, std::string_view cpu, std::string_view memory);
core::v1::Taint make_taint(std::string key, std::string value, std::string effect);

// In namespace "default", of the default scheduler, with one container; an empty amount is no request.
core::v1::Pod make_pod(std::string name, std::string_view cpu, std::string_view memory);
// A container that requests amounts, as text: {{"cpu", "1"}}.
core::v1::Container make_container(const std::map<std::string, std::string>& requests);
core::v1::PodAffinityTerm make_term(std::string label, std::string value, std::string topology_key);

SharedPod info_of(core::v1::Pod pod);
std::shared_ptr<const core::v1::Node> share(core::v1::Node node);

}  // namespace aloft::scheduler
