// See pod_plan.h. The rules are those that kubelet follows for restarts, init containers and sidecars.
#include "node/pod_plan.h"

#include <set>

#include <fmt/format.h>

#include "base/bytes.h"

namespace aloft::node {

namespace {

constexpr Duration first_delay = 10s;
constexpr Duration longest_delay = 5min;

bool runs(const Container& container) {
  return container.state == Container::State::running || container.state == Container::State::unknown;
}

void look_again(PodPlan& plan, WallTime at) {
  if (!plan.again || at < *plan.again) plan.again = at;
}

std::uint32_t next_attempt(const RuntimePod& runtime, std::string_view name) {
  const Container* newest = newest_container(runtime, name);
  return newest == nullptr ? 0 : newest->attempt + 1;
}

// All containers that count have ended for good.
bool all_done(const PodView& view) {
  for (const SpecContainer& container : containers_of(view.pod)) {
    if (container.kind == ContainerKind::ephemeral) continue;
    const Container* newest = newest_container(view.runtime, container.spec->name);
    if (container.kind == ContainerKind::init) {
      if (container.sidecar() || newest == nullptr || newest->state != Container::State::exited) continue;
      if (newest->exit_code != 0 && view.pod.spec.restartPolicy == "Never") return true;
      continue;
    }
    if (newest == nullptr || newest->state != Container::State::exited) return false;
    if (should_restart(view.pod, container, *newest)) return false;
  }
  return true;
}

// Why a running container must end now; empty when it may go on.
std::string reason_to_kill(const PodView& view, const SpecContainer& container, const Container& running,
                           std::string& probe) {
  const std::string& name = container.spec->name;
  const std::string_view tail =
      view.pod.spec.restartPolicy == "Never" && !container.sidecar() ? "" : ", will be restarted";
  const auto hash = running.annotations.find(std::string(annotation_hash));
  if (container.kind != ContainerKind::ephemeral && hash != running.annotations.end() &&
      hash->second != container_hash(*container.spec)) {
    return fmt::format("Container {} definition changed{}", name, tail);
  }
  const ContainerMemory* memory = memory_of(view, name);
  if (memory != nullptr && memory->probe_id == running.id && !memory->probe.failed.empty()) {
    probe = memory->probe.failed;
    return fmt::format("Container {} failed {} probe{}", name, probe, tail);
  }
  if (running.state == Container::State::unknown)
    return fmt::format("Container {} is in unknown state{}", name, tail);
  return {};
}

// Plans one container that shall run; true when the ones after it may go on.
class ContainerPlanner {
 public:
  ContainerPlanner(const PodView& view, PodPlan& plan, const Sandbox& sandbox)
      : view_(view), plan_(plan), sandbox_(sandbox) {}

  void plan(const SpecContainer& container) {
    const Container* newest = newest_container(view_.runtime, container.spec->name, sandbox_.id);
    if (newest == nullptr || newest->state == Container::State::created) {
      // One that was created but never started belongs to an attempt that broke off.
      if (newest != nullptr) plan_.remove.push_back(newest->id);
      const Container* earlier = newest_container(view_.runtime, container.spec->name);
      const bool ended = earlier != nullptr && earlier->state == Container::State::exited;
      if (ended && container.kind != ContainerKind::init && !should_restart(view_.pod, container, *earlier))
        return;
      start(container, earlier);
      return;
    }
    if (runs(*newest)) {
      std::string probe;
      const std::string why = reason_to_kill(view_, container, *newest, probe);
      if (!why.empty()) plan_.kills.push_back({newest->id, newest->name, why, probe});
      return;
    }
    if (!should_restart(view_.pod, container, *newest)) return;
    const ContainerMemory* memory = memory_of(view_, container.spec->name);
    if (in_backoff(memory, *newest, view_.now)) {
      plan_.backing_off.push_back(container);
      look_again(plan_, newest->finished + memory->backoff.delay);
      return;
    }
    start(container, newest);
  }

 private:
  void start(const SpecContainer& container, const Container* previous) {
    const ContainerMemory* memory = memory_of(view_, container.spec->name);
    if (memory != nullptr && memory->retry_at > view_.now) {
      look_again(plan_, memory->retry_at);
      return;
    }
    if (plan_.start) return;
    PodPlan::Start next;
    next.container = container;
    next.attempt = next_attempt(view_.runtime, container.spec->name);
    if (previous != nullptr && previous->state == Container::State::exited)
      next.previous_end = previous->finished;
    plan_.start = next;
  }

  const PodView& view_;
  PodPlan& plan_;
  const Sandbox& sandbox_;
};

// Init containers run one after another; a sidecar only has to have started. True when the pod's own may
// start.
bool plan_init(const PodView& view, const Sandbox& sandbox, ContainerPlanner& planner) {
  const bool initialized = is_initialized(view);
  for (const SpecContainer& container : containers_of(view.pod)) {
    if (container.kind != ContainerKind::init) continue;
    const Container* newest = newest_container(view.runtime, container.spec->name, sandbox.id);
    if (container.sidecar()) {
      planner.plan(container);
      if (initialized) continue;
      const ContainerMemory* memory = memory_of(view, container.spec->name);
      const bool seen = newest != nullptr && memory != nullptr && memory->probe_id == newest->id;
      if (newest == nullptr || !runs(*newest) || (seen && !(memory->probe.started && memory->probe.hooked)))
        return false;
      if (!seen) return false;
      continue;
    }
    if (initialized) continue;
    if (newest != nullptr && newest->state == Container::State::exited && newest->exit_code == 0) continue;
    planner.plan(container);
    return false;
  }
  return true;
}

// Keeps the newest ended container of each name, whose logs and state people ask for.
void plan_removal(const PodView& view, PodPlan& plan) {
  std::map<std::string, std::vector<const Container*>> ended;
  for (const Container& container : view.runtime.containers) {
    if (container.state == Container::State::exited) ended[container.name].push_back(&container);
  }
  for (auto& [name, containers] : ended) {
    std::sort(containers.begin(), containers.end(),
              [](const Container* a, const Container* b) { return a->attempt > b->attempt; });
    const Container* newest = newest_container(view.runtime, name);
    const std::size_t keep = newest == containers.front() ? 2 : 1;
    for (std::size_t i = keep; i < containers.size(); ++i) plan.remove.push_back(containers[i]->id);
  }
}

// Whether a pod without a running sandbox still has something to run in one.
bool needs_sandbox(const PodView& view) {
  if (view.runtime.sandboxes.empty()) return true;
  return !all_done(view);
}

}  // namespace

bool SpecContainer::sidecar() const { return kind == ContainerKind::init && spec->restartPolicy == "Always"; }

std::vector<SpecContainer> containers_of(const core::v1::Pod& pod) {
  std::vector<SpecContainer> out;
  for (const core::v1::Container& container : pod.spec.initContainers) {
    out.push_back({ContainerKind::init, &container, nullptr});
  }
  for (const core::v1::Container& container : pod.spec.containers) {
    out.push_back({ContainerKind::regular, &container, nullptr});
  }
  for (const core::v1::EphemeralContainer& container : pod.spec.ephemeralContainers) {
    out.push_back({ContainerKind::ephemeral, &container.container, &container});
  }
  return out;
}

const core::v1::Container* find_container(const core::v1::Pod& pod, std::string_view name) {
  for (const SpecContainer& container : containers_of(pod)) {
    if (container.spec->name == name) return container.spec;
  }
  return nullptr;
}

std::string field_path_of(const SpecContainer& container) {
  const std::string_view list = container.kind == ContainerKind::init      ? "initContainers"
                                : container.kind == ContainerKind::regular ? "containers"
                                                                           : "ephemeralContainers";
  return fmt::format("spec.{}{{{}}}", list, container.spec->name);
}

std::string container_hash(const core::v1::Container& container) {
  return fmt::format("{:016x}", stable_hash(container.name + '\n' + container.image));
}

void RestartBackoff::count(WallTime finished, WallTime now) {
  const bool first = delay == Duration(0) || finished - updated > 2 * longest_delay;
  delay = first ? first_delay : std::min(2 * delay, longest_delay);
  updated = now;
}

const Container* newest_container(const RuntimePod& runtime, std::string_view name,
                                  std::string_view sandbox_id) {
  const Container* newest = nullptr;
  for (const Container& container : runtime.containers) {
    if (container.name != name || (!sandbox_id.empty() && container.sandbox_id != sandbox_id)) continue;
    if (newest == nullptr || container.attempt > newest->attempt) newest = &container;
  }
  return newest;
}

const Sandbox* ready_sandbox(const RuntimePod& runtime) {
  for (const Sandbox& sandbox : runtime.sandboxes) {
    if (sandbox.ready) return &sandbox;
  }
  return nullptr;
}

bool anything_runs(const RuntimePod& runtime) {
  for (const Container& container : runtime.containers) {
    if (runs(container)) return true;
  }
  return ready_sandbox(runtime) != nullptr;
}

bool is_initialized(const PodView& view) {
  const Sandbox* sandbox = ready_sandbox(view.runtime);
  const std::string_view id = sandbox != nullptr ? std::string_view(sandbox->id) : std::string_view();
  for (const core::v1::Container& container : view.pod.spec.containers) {
    if (newest_container(view.runtime, container.name, id) != nullptr) return true;
  }
  for (const SpecContainer& container : containers_of(view.pod)) {
    if (container.kind != ContainerKind::init) continue;
    const Container* newest = newest_container(view.runtime, container.spec->name, id);
    if (newest == nullptr) return false;
    if (container.sidecar()) {
      const ContainerMemory* memory = memory_of(view, container.spec->name);
      if (memory == nullptr || memory->probe_id != newest->id || !memory->probe.started) return false;
    } else if (newest->state != Container::State::exited || newest->exit_code != 0) {
      return false;
    }
  }
  return true;
}

bool delays_restart(const ContainerMemory* memory, const Container& ended) {
  if (memory == nullptr || memory->backoff.delay == Duration(0)) return false;
  return ended.finished - memory->backoff.updated <= 2 * longest_delay;
}

bool in_backoff(const ContainerMemory* memory, const Container& ended, WallTime now) {
  return delays_restart(memory, ended) && now < ended.finished + memory->backoff.delay;
}

bool should_restart(const core::v1::Pod& pod, const SpecContainer& container, const Container& ended) {
  if (container.kind == ContainerKind::ephemeral) return false;
  if (container.sidecar()) return true;
  if (pod.spec.restartPolicy == "Never") return false;
  if (container.kind == ContainerKind::init) return ended.exit_code != 0;
  return pod.spec.restartPolicy != "OnFailure" || ended.exit_code != 0;
}

const ContainerMemory* memory_of(const PodView& view, std::string_view name) {
  const auto found = view.memory.find(std::string(name));
  return found == view.memory.end() ? nullptr : &found->second;
}

bool is_terminal(const core::v1::Pod& pod) {
  return pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
}

PodPlan plan_pod(const PodView& view) {
  PodPlan plan;
  const bool over = view.removed || view.failure.has_value() ||
                    view.pod.metadata.deletionTimestamp.has_value() || is_terminal(view.pod) ||
                    (!view.runtime.sandboxes.empty() && all_done(view));
  if (over) {
    plan.tear_down = true;
    plan.finished = !anything_runs(view.runtime);
    return plan;
  }
  const Sandbox* sandbox = ready_sandbox(view.runtime);
  for (const Sandbox& old : view.runtime.sandboxes) {
    if (&old != sandbox) plan.stop_sandboxes.push_back(old.id);
  }
  if (sandbox == nullptr) {
    if (needs_sandbox(view)) {
      std::uint32_t attempt = 0;
      for (const Sandbox& old : view.runtime.sandboxes) attempt = std::max(attempt, old.attempt + 1);
      plan.run_sandbox = attempt;
    }
    return plan;
  }
  plan.sandbox_id = sandbox->id;
  ContainerPlanner planner(view, plan, *sandbox);
  const bool initialized = plan_init(view, *sandbox, planner);
  for (const SpecContainer& container : containers_of(view.pod)) {
    if (container.kind == ContainerKind::ephemeral ||
        (container.kind == ContainerKind::regular && initialized)) {
      planner.plan(container);
    }
  }
  plan_removal(view, plan);
  return plan;
}

}  // namespace aloft::node
