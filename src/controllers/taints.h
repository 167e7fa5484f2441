// Taints as controllers handle them, and which tolerations of a pod match them.
#pragma once

#include <string_view>

#include "model/kinds/core/v1/scheduling.h"

namespace aloft::controllers {

inline constexpr std::string_view not_ready_taint = "node.kubernetes.io/not-ready";
inline constexpr std::string_view unreachable_taint = "node.kubernetes.io/unreachable";
inline constexpr std::string_view memory_pressure_taint = "node.kubernetes.io/memory-pressure";
inline constexpr std::string_view disk_pressure_taint = "node.kubernetes.io/disk-pressure";
inline constexpr std::string_view pid_pressure_taint = "node.kubernetes.io/pid-pressure";
inline constexpr std::string_view network_unavailable_taint = "node.kubernetes.io/network-unavailable";
inline constexpr std::string_view unschedulable_taint = "node.kubernetes.io/unschedulable";
inline constexpr std::string_view out_of_service_taint = "node.kubernetes.io/out-of-service";

inline constexpr std::string_view no_schedule = "NoSchedule";
inline constexpr std::string_view no_execute = "NoExecute";

// An empty key with Exists tolerates everything; an empty effect every effect.
inline bool tolerates(const core::v1::Toleration& toleration, const core::v1::Taint& taint) {
  if (!toleration.effect.empty() && toleration.effect != taint.effect) return false;
  if (!toleration.key.empty() && toleration.key != taint.key) return false;
  if (toleration.operator_ == "Exists") return true;
  return !toleration.key.empty() && toleration.value == taint.value;
}

}  // namespace aloft::controllers
