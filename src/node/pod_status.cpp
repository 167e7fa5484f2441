// See pod_status.h. Phases, reasons and messages are kubelet's, since people and programs know them.
#include "node/pod_status.h"

#include <fmt/format.h>

namespace aloft::node {

namespace {

using core::v1::ContainerState;
using core::v1::ContainerStatus;
using core::v1::PodCondition;
using core::v1::PodStatus;

core::v1::ContainerStateTerminated terminated(const StatusInput& input, const Container& container) {
  core::v1::ContainerStateTerminated state;
  state.exitCode = container.exit_code;
  state.reason =
      container.reason.empty() ? (container.exit_code == 0 ? "Completed" : "Error") : container.reason;
  state.message = container.message;
  if (state.message.empty() && input.termination_message)
    state.message = input.termination_message(container);
  const WallTime started = container.started == WallTime{} ? container.created : container.started;
  state.startedAt = model::Timestamp(started);
  state.finishedAt = model::Timestamp(container.finished);
  state.containerID = container_uri(container);
  return state;
}

const Container* before(const RuntimePod& runtime, const Container& newest) {
  const Container* found = nullptr;
  for (const Container& container : runtime.containers) {
    if (container.name != newest.name || container.attempt >= newest.attempt) continue;
    if (found == nullptr || container.attempt > found->attempt) found = &container;
  }
  return found;
}

std::string backoff_text(const StatusInput& input, const ContainerMemory& memory, const std::string& name) {
  const auto& metadata = input.view.pod.metadata;
  return fmt::format("back-off {} restarting failed container={} pod={}_{}({})",
                     format_duration(memory.backoff.delay), name, metadata.name, metadata.namespace_,
                     metadata.uid);
}

core::v1::ContainerStateWaiting usual_waiting(const StatusInput& input) {
  core::v1::ContainerStateWaiting waiting;
  const bool initializing = !input.view.pod.spec.initContainers.empty() && !is_initialized(input.view);
  waiting.reason = initializing ? "PodInitializing" : "ContainerCreating";
  return waiting;
}

bool over(const StatusInput& input) {
  return input.view.failure.has_value() || input.view.pod.metadata.deletionTimestamp.has_value();
}

// The state and the last state of a container that the runtime does not run.
void set_waiting_state(const StatusInput& input, const SpecContainer& container, const Container* newest,
                       ContainerStatus& status) {
  const ContainerMemory* memory = memory_of(input.view, container.spec->name);
  const bool ended = newest != nullptr && newest->state == Container::State::exited;
  if (ended) {
    const bool restarts = !over(input) && should_restart(input.view.pod, container, *newest);
    const bool says_why = memory != nullptr && memory->waiting.has_value();
    // When its time has come and it is being started, it shows what it showed before until it runs.
    const bool backs_off =
        in_backoff(memory, *newest, input.view.now) || (!says_why && delays_restart(memory, *newest));
    core::v1::ContainerStateWaiting waiting;
    if (restarts && backs_off) {
      waiting.reason = "CrashLoopBackOff";
      waiting.message = backoff_text(input, *memory, container.spec->name);
    } else if (restarts && says_why) {
      waiting.reason = memory->waiting->reason;
      waiting.message = memory->waiting->message;
    } else {
      status.state.terminated = terminated(input, *newest);
      return;
    }
    status.state.waiting = waiting;
    status.lastState.terminated = terminated(input, *newest);
    return;
  }
  if (memory != nullptr && memory->waiting && !over(input)) {
    status.state.waiting = core::v1::ContainerStateWaiting{memory->waiting->reason, memory->waiting->message};
    return;
  }
  status.state.waiting = usual_waiting(input);
}

// Mounts below a read-only one stay writable here, which is what "Disabled" says.
std::vector<core::v1::VolumeMountStatus> mounts_of(const core::v1::Container& container) {
  std::vector<core::v1::VolumeMountStatus> mounts;
  for (const core::v1::VolumeMount& mount : container.volumeMounts) {
    core::v1::VolumeMountStatus& status = mounts.emplace_back();
    status.name = mount.name;
    status.mountPath = mount.mountPath;
    status.readOnly = mount.readOnly;
    if (mount.readOnly) status.recursiveReadOnly = "Disabled";
  }
  return mounts;
}

// The newest one that has run; one that is made and not yet started takes its place when it runs.
const Container* shown_container(const RuntimePod& runtime, std::string_view name) {
  const Container* newest = newest_container(runtime, name);
  if (newest == nullptr || newest->state != Container::State::created) return newest;
  const Container* previous = before(runtime, *newest);
  return previous != nullptr && previous->state == Container::State::exited ? previous : newest;
}

ContainerStatus status_of(const StatusInput& input, const SpecContainer& container) {
  ContainerStatus status;
  status.name = container.spec->name;
  status.image = container.spec->image;
  status.started = false;
  status.volumeMounts = mounts_of(*container.spec);
  const Container* newest = shown_container(input.view.runtime, container.spec->name);
  if (newest != nullptr) {
    status.restartCount = static_cast<std::int32_t>(newest->attempt);
    if (!newest->image.empty() && !newest->image.starts_with("sha256:")) status.image = newest->image;
    status.imageID = newest->image_id;
    status.containerID = container_uri(*newest);
    if (const Container* previous = before(input.view.runtime, *newest);
        previous != nullptr && previous->state == Container::State::exited) {
      status.lastState.terminated = terminated(input, *previous);
    }
  }
  const ContainerMemory* memory = memory_of(input.view, container.spec->name);
  const bool known = memory != nullptr && newest != nullptr && memory->probe_id == newest->id;
  // A container runs, as users see it, when its postStart hook has ended.
  const bool hooking = known && !memory->probe.hooked;
  if (newest == nullptr || newest->state != Container::State::running || hooking) {
    set_waiting_state(input, container, newest, status);
    // An init container that has done its work is ready for good.
    status.ready = container.kind == ContainerKind::init && !container.sidecar() && status.state.terminated &&
                   status.state.terminated->exitCode == 0;
    return status;
  }
  status.state.running = core::v1::ContainerStateRunning{model::Timestamp(newest->started)};
  status.started = known && memory->probe.started;
  const bool counts = container.kind == ContainerKind::regular || container.sidecar();
  status.ready = counts && *status.started && memory->probe.ready;
  return status;
}

// Containers of ended pods have no future: what never ran shows as ended, as kubelet does when a node lost
// them.
std::string phase_of(const StatusInput& input, const PodStatus& status) {
  const core::v1::Pod& pod = input.view.pod;
  if (input.view.failure || pod.status.phase == "Failed") return "Failed";
  if (pod.status.phase == "Succeeded") return "Succeeded";
  const bool never = pod.spec.restartPolicy == "Never";
  int pending_init = 0;
  for (std::size_t i = 0; i < status.initContainerStatuses.size(); ++i) {
    const ContainerStatus& init = status.initContainerStatuses[i];
    const bool sidecar = pod.spec.initContainers[i].restartPolicy == "Always";
    if (sidecar) {
      if (!init.started.value_or(false)) ++pending_init;
    } else if (init.state.terminated) {
      if (init.state.terminated->exitCode == 0) continue;
      if (never) return "Failed";
      ++pending_init;
    } else {
      ++pending_init;
    }
  }
  int waiting = 0, running = 0, stopped = 0, succeeded = 0;
  for (const ContainerStatus& container : status.containerStatuses) {
    if (container.state.running) {
      ++running;
    } else if (container.state.terminated) {
      ++stopped;
      if (container.state.terminated->exitCode == 0) ++succeeded;
    } else if (container.lastState.terminated) {
      ++stopped;
    } else {
      ++waiting;
    }
  }
  if (pending_init > 0 && running == 0 && stopped == 0) return "Pending";
  if (waiting > 0) return "Pending";
  if (running > 0) return "Running";
  if (stopped == 0) return "Pending";
  // Who removes a pod that has ended, or waits for its end, learns how it ended.
  const bool gone = pod.metadata.deletionTimestamp && !anything_runs(input.view.runtime);
  if (gone) return stopped == succeeded ? "Succeeded" : "Failed";
  if (pod.spec.restartPolicy == "Always" && !over(input)) return "Running";
  if (stopped == succeeded && pod.spec.restartPolicy != "Always") return "Succeeded";
  if (never) return "Failed";
  return "Running";
}

class Conditions {
 public:
  Conditions(const StatusInput& input, PodStatus& status) : input_(input), status_(status) {}

  void set(std::string_view type, bool good, std::string reason = {}, std::string message = {}) {
    PodCondition condition;
    condition.type = type;
    condition.status = good ? "True" : "False";
    condition.reason = std::move(reason);
    condition.message = std::move(message);
    condition.lastTransitionTime = model::Timestamp(input_.view.now);
    for (const PodCondition& old : input_.view.pod.status.conditions) {
      if (old.type == type && old.status == condition.status)
        condition.lastTransitionTime = old.lastTransitionTime;
    }
    made_.push_back(std::move(condition));
  }
  // Ours first, then what others have said.
  void finish() {
    for (const PodCondition& old : input_.view.pod.status.conditions) {
      const bool ours =
          std::any_of(made_.begin(), made_.end(), [&](const PodCondition& c) { return c.type == old.type; });
      if (!ours) made_.push_back(old);
    }
    status_.conditions = std::move(made_);
  }

 private:
  const StatusInput& input_;
  PodStatus& status_;
  std::vector<PodCondition> made_;
};

std::string unready(const std::vector<ContainerStatus>& statuses) {
  std::string names;
  for (const ContainerStatus& status : statuses) {
    if (!status.ready) names += (names.empty() ? "" : " ") + status.name;
  }
  return names;
}

// What keeps a pod from being ready though its containers are: gates that nobody has opened.
std::string closed_gates(const core::v1::Pod& pod) {
  std::string text;
  for (const core::v1::PodReadinessGate& gate : pod.spec.readinessGates) {
    const PodCondition* found = nullptr;
    for (const PodCondition& condition : pod.status.conditions) {
      if (condition.type == gate.conditionType) found = &condition;
    }
    if (found != nullptr && found->status == "True") continue;
    if (!text.empty()) text += ", ";
    text += found == nullptr
                ? fmt::format("corresponding condition of pod readiness gate \"{}\" does not exist.",
                              gate.conditionType)
                : fmt::format("the status of pod readiness gate \"{}\" is not \"True\", but {}",
                              gate.conditionType, found->status);
  }
  return text;
}

void set_conditions(const StatusInput& input, PodStatus& status) {
  Conditions conditions(input, status);
  const bool ended = status.phase == "Succeeded" || status.phase == "Failed";
  const std::string over_reason = status.phase == "Succeeded" ? "PodCompleted" : "PodFailed";
  const Sandbox* sandbox = ready_sandbox(input.view.runtime);
  conditions.set("PodReadyToStartContainers", sandbox != nullptr && !ended);

  std::string waiting;
  for (std::size_t i = 0; i < status.initContainerStatuses.size(); ++i) {
    const ContainerStatus& init = status.initContainerStatuses[i];
    const bool sidecar = input.view.pod.spec.initContainers[i].restartPolicy == "Always";
    const bool good = sidecar ? init.started.value_or(false) : init.ready;
    if (!good) waiting += (waiting.empty() ? "" : " ") + init.name;
  }
  if (status.phase == "Succeeded") {
    conditions.set("Initialized", true, over_reason);
  } else if (waiting.empty() || is_initialized(input.view)) {
    conditions.set("Initialized", true);
  } else {
    conditions.set("Initialized", false, "ContainersNotInitialized",
                   fmt::format("containers with incomplete status: [{}]", waiting));
  }

  std::vector<ContainerStatus> counted = status.containerStatuses;
  for (std::size_t i = 0; i < status.initContainerStatuses.size(); ++i) {
    if (input.view.pod.spec.initContainers[i].restartPolicy == "Always")
      counted.push_back(status.initContainerStatuses[i]);
  }
  const std::string missing = unready(counted);
  const std::string text = fmt::format("containers with unready status: [{}]", missing);
  const std::string gates = closed_gates(input.view.pod);
  if (ended) {
    conditions.set("Ready", false, over_reason);
    conditions.set("ContainersReady", false, over_reason);
  } else if (!missing.empty()) {
    conditions.set("Ready", false, "ContainersNotReady", text);
    conditions.set("ContainersReady", false, "ContainersNotReady", text);
  } else {
    conditions.set("Ready", gates.empty(), gates.empty() ? "" : "ReadinessGatesNotReady", gates);
    conditions.set("ContainersReady", true);
  }
  if (input.view.failure && input.view.failure->reason == "Evicted")
    conditions.set("DisruptionTarget", true, "TerminationByKubelet", input.view.failure->message);
  const auto& old = input.view.pod.status.conditions;
  const bool scheduled =
      std::any_of(old.begin(), old.end(), [](const PodCondition& c) { return c.type == "PodScheduled"; });
  if (!scheduled) conditions.set("PodScheduled", true);
  conditions.finish();
}

void set_addresses(const StatusInput& input, PodStatus& status) {
  const core::v1::Pod& pod = input.view.pod;
  for (const std::string& ip : input.host_ips) status.hostIPs.push_back({ip});
  if (!input.host_ips.empty()) status.hostIP = input.host_ips.front();
  const Sandbox* sandbox = ready_sandbox(input.view.runtime);
  status.podIPs.clear();
  if (pod.spec.hostNetwork) {
    if (sandbox != nullptr) {
      for (const std::string& ip : input.host_ips) status.podIPs.push_back({ip});
    }
  } else if (sandbox != nullptr) {
    for (const std::string& ip : sandbox->ips) status.podIPs.push_back({ip});
  } else {
    status.podIPs = pod.status.podIPs;  // an ended pod still shows the address it had
  }
  status.podIP = status.podIPs.empty() ? "" : status.podIPs.front().ip;
}

}  // namespace

std::string container_uri(const Container& container) { return "containerd://" + container.id; }

PodStatus make_pod_status(const StatusInput& input) {
  const core::v1::Pod& pod = input.view.pod;
  PodStatus status;
  status.qosClass = pod.status.qosClass;
  status.nominatedNodeName = pod.status.nominatedNodeName;
  status.resize = pod.status.resize;
  status.resourceClaimStatuses = pod.status.resourceClaimStatuses;
  status.startTime = pod.status.startTime ? pod.status.startTime : model::Timestamp(input.first_seen);
  const bool refused = input.view.failure && input.view.failure->refused;
  for (const SpecContainer& container : containers_of(pod)) {
    if (refused) break;  // none of them waits for anything
    ContainerStatus made = status_of(input, container);
    if (container.kind == ContainerKind::init)
      status.initContainerStatuses.push_back(std::move(made));
    else if (container.kind == ContainerKind::regular)
      status.containerStatuses.push_back(std::move(made));
    else {
      // Nobody probes them, so that they do not start in that sense.
      made.started.reset();
      status.ephemeralContainerStatuses.push_back(std::move(made));
    }
  }
  status.phase = phase_of(input, status);
  if (input.view.failure) {
    status.reason = input.view.failure->reason;
    status.message = input.view.failure->message;
  } else if (is_terminal(pod)) {
    status.reason = pod.status.reason;
    status.message = pod.status.message;
  }
  set_addresses(input, status);
  set_conditions(input, status);
  return status;
}

}  // namespace aloft::node
