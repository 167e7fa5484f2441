// Who may reach a service; its defaults and its rules depend on it. For this module's sources only.
#pragma once

#include "model/kinds/core/v1/service.h"

namespace aloft::core::v1 {

inline bool is_externally_reachable(const ServiceSpec& spec) {
  return spec.type == "LoadBalancer" || spec.type == "NodePort" ||
         (spec.type == "ClusterIP" && !spec.externalIPs.empty());
}

}  // namespace aloft::core::v1
