// What kubectl prints of a pod: above all one word for how it is, drawn from the states of its containers.
#include <algorithm>

#include "api/tables/cells.h"
#include "model/kinds/core/v1/pod.h"

namespace aloft::api {
namespace {

using core::v1::Container;
using core::v1::ContainerStateTerminated;
using core::v1::ContainerStatus;
using core::v1::Pod;

// The reason that a pod on a lost node is given while it waits to be removed.
constexpr std::string_view node_lost = "NodeLost";

struct PodSummary {
  std::string reason;
  std::size_t ready = 0;
  std::size_t total = 0;
  std::int64_t restarts = 0;
  model::Timestamp last_restart;
};

bool has_true_condition(const Pod& pod, std::string_view type) {
  return std::ranges::any_of(pod.status.conditions, [type](const auto& condition) {
    return condition.type == type && condition.status == "True";
  });
}

// Sidecars are init containers that keep running; they count as containers.
bool is_sidecar(const Container& container) { return container.restartPolicy == "Always"; }
bool is_sidecar(const Pod& pod, const std::string& name) {
  const auto found = std::ranges::find(pod.spec.initContainers, name, &Container::name);
  return found != pod.spec.initContainers.end() && is_sidecar(*found);
}

std::string ended_reason(const ContainerStateTerminated& ended) {
  if (!ended.reason.empty()) return ended.reason;
  return ended.signal != 0 ? fmt::format("Signal:{}", ended.signal)
                           : fmt::format("ExitCode:{}", ended.exitCode);
}

void note_restarts(const ContainerStatus& container, PodSummary& summary) {
  summary.restarts += container.restartCount;
  if (container.lastState.terminated) {
    summary.last_restart = std::max(summary.last_restart, container.lastState.terminated->finishedAt);
  }
}

// The reason of the first init container that holds the pod up; empty when none does. `sidecars` gathers the
// restarts that stay counted once the containers proper run.
std::string initializing_reason(const Pod& pod, PodSummary& summary, PodSummary& sidecars) {
  std::size_t done = 0;
  for (const ContainerStatus& container : pod.status.initContainerStatuses) {
    const bool sidecar = is_sidecar(pod, container.name);
    note_restarts(container, summary);
    if (sidecar) note_restarts(container, sidecars);
    const auto& ended = container.state.terminated;
    const auto& waiting = container.state.waiting;
    if (ended && ended->exitCode == 0) {
      ++done;
      continue;
    }
    if (sidecar && container.started.value_or(false)) {
      if (container.ready) ++summary.ready;
      ++done;
      continue;
    }
    if (ended) return "Init:" + ended_reason(*ended);
    if (waiting && !waiting->reason.empty() && waiting->reason != "PodInitializing")
      return "Init:" + waiting->reason;
    return fmt::format("Init:{}/{}", done, pod.spec.initContainers.size());
  }
  return {};
}

// The first container that is not simply running gives the word for the pod.
void look_at_containers(const Pod& pod, PodSummary& summary) {
  bool any_running = false;
  for (auto container = pod.status.containerStatuses.rbegin();
       container != pod.status.containerStatuses.rend(); ++container) {
    note_restarts(*container, summary);
    if (container->state.waiting && !container->state.waiting->reason.empty()) {
      summary.reason = container->state.waiting->reason;
    } else if (container->state.terminated) {
      summary.reason = ended_reason(*container->state.terminated);
    } else if (container->ready && container->state.running) {
      any_running = true;
      ++summary.ready;
    }
  }
  if (summary.reason == "Completed" && any_running) {
    summary.reason = has_true_condition(pod, "Ready") ? "Running" : "NotReady";
  }
}

PodSummary summary_of(const Pod& pod) {
  PodSummary summary;
  summary.reason = pod.status.reason.empty() ? pod.status.phase : pod.status.reason;
  for (const auto& condition : pod.status.conditions) {
    if (condition.type == "PodScheduled" && condition.reason == "SchedulingGated")
      summary.reason = condition.reason;
  }
  summary.total = pod.spec.containers.size() +
                  static_cast<std::size_t>(std::ranges::count_if(
                      pod.spec.initContainers, [](const Container& c) { return is_sidecar(c); }));
  PodSummary sidecars;
  const std::string initializing = initializing_reason(pod, summary, sidecars);
  if (!initializing.empty()) summary.reason = initializing;
  if (initializing.empty() || has_true_condition(pod, "Initialized")) {
    summary.restarts = sidecars.restarts;
    summary.last_restart = sidecars.last_restart;
    look_at_containers(pod, summary);
  }
  if (pod.metadata.deletionTimestamp) {
    const bool ended = pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
    if (pod.status.reason == node_lost) {
      summary.reason = "Unknown";
    } else if (!ended) {
      summary.reason = "Terminating";
    }
  }
  return summary;
}

std::string restarts_of(const PodSummary& summary, WallTime now) {
  if (summary.restarts == 0 || !summary.last_restart.is_set()) return std::to_string(summary.restarts);
  return fmt::format("{} ({} ago)", summary.restarts, age_of(summary.last_restart, now));
}

std::string readiness_gates_of(const Pod& pod) {
  if (pod.spec.readinessGates.empty()) return "<none>";
  const auto open = std::ranges::count_if(pod.spec.readinessGates, [&pod](const auto& gate) {
    return has_true_condition(pod, gate.conditionType);
  });
  return fmt::format("{}/{}", open, pod.spec.readinessGates.size());
}

model::Array cells_of(const Pod& pod, WallTime now) {
  const PodSummary summary = summary_of(pod);
  const std::string ip = pod.status.podIPs.empty() ? std::string() : pod.status.podIPs.front().ip;
  return {pod.metadata.name,
          fmt::format("{}/{}", summary.ready, summary.total),
          summary.reason,
          restarts_of(summary, now),
          age_of(pod.metadata.creationTimestamp, now),
          or_none(ip),
          or_none(pod.spec.nodeName),
          or_none(pod.status.nominatedNodeName),
          readiness_gates_of(pod)};
}

// Old clients draw the rows of pods that have ended in another way.
model::Array conditions_of(const void* object) {
  const std::string& phase = static_cast<const Pod*>(object)->status.phase;
  if (phase != "Succeeded" && phase != "Failed") return model::Array();
  const std::string_view message =
      phase == "Succeeded" ? "The pod has completed successfully." : "The pod failed.";
  model::Object condition{{"type", "Completed"}, {"status", "True"}, {"reason", phase}, {"message", message}};
  model::Array conditions;
  conditions.emplace_back(std::move(condition));
  return conditions;
}

}  // namespace

TableForm pod_table() {
  TableForm form = table_form<Pod, &cells_of>({
      name_column(),
      {"Ready", "string", "", "Containers that pass their readiness checks, of all."},
      {"Status", "string", "", "The phase, or the reason why the pod does not run as it should."},
      {"Restarts", "string", "", "How often containers have been restarted, and when last."},
      age_column(),
      {"IP", "string", "", "The pod's first address.", 1},
      {"Node", "string", "", "The node that the pod is bound to.", 1},
      {"Nominated Node", "string", "", "The node on which room is being made for the pod.", 1},
      {"Readiness Gates", "string", "", "Readiness gates whose condition is true, of all.", 1},
  });
  form.conditions = &conditions_of;
  return form;
}

}  // namespace aloft::api
