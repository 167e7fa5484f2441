// The quality-of-service class of a pod, by which nodes choose what to end first when memory runs out.
#pragma once

#include <string>

#include "model/kinds/core/v1/pod_spec.h"

namespace aloft::core::v1 {

// "Guaranteed": every container has cpu and memory limits equal to its requests. "BestEffort": nothing asks
// for anything. "Burstable": everything else.
std::string qos_class(const PodSpec& spec);

}  // namespace aloft::core::v1
