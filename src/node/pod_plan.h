// What to do next for a pod: a pure function of what its spec says, what the runtime has of it, and what the
// worker remembers. Level-triggered: it may be asked again at any moment and plans what is still missing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/kinds/core/v1/pod.h"
#include "node/runtime.h"

namespace aloft::node {

enum class ContainerKind { init, regular, ephemeral };

// A container of a spec with what it is; `spec` points into the pod.
struct SpecContainer {
  ContainerKind kind = ContainerKind::regular;
  const core::v1::Container* spec = nullptr;
  const core::v1::EphemeralContainer* ephemeral = nullptr;
  // An init container that goes on running beside the others.
  bool sidecar() const;
};
// Init containers, then the others, then ephemeral ones, in the spec's order.
std::vector<SpecContainer> containers_of(const core::v1::Pod& pod);
const core::v1::Container* find_container(const core::v1::Pod& pod, std::string_view name);
// "spec.containers{web}", as events point at containers.
std::string field_path_of(const SpecContainer& container);

// What makes a running container another one than the spec's: its name and image.
std::string container_hash(const core::v1::Container& container);
inline constexpr std::string_view annotation_hash = "aloft.io/container.hash";

// Restarts of one container: 10 s, doubling to 5 min, forgotten after 10 min of running.
struct RestartBackoff {
  Duration delay{};    // to keep after the end of the newest container; zero before the first restart
  WallTime updated{};  // when delay was set
  // Call when a container that ended at `finished` is started again at `now`.
  void count(WallTime finished, WallTime now);
};

// Why a container does not run though it should.
struct Waiting {
  std::string reason;
  std::string message;
  bool operator==(const Waiting&) const = default;
};

// What probes say of a running container.
struct ProbeView {
  bool started = true;  // the startup probe has succeeded, or there is none
  bool ready = true;    // the readiness probe says so, or there is none
  bool hooked = true;   // its postStart hook has ended
  std::string failed;   // "liveness" or "startup" when that probe demands a restart
};

// What a worker remembers of a container between plans, by its name.
struct ContainerMemory {
  RestartBackoff backoff;
  std::optional<Waiting> waiting;
  WallTime retry_at{};     // an attempt that failed is not repeated earlier
  Duration image_delay{};  // back-off of image pulls
  WallTime pull_failed{};  // when the newest pull failed
  ProbeView probe;         // of the container with probe_id
  std::string probe_id;
};

// Why a pod as a whole is over before its containers are.
struct PodFailure {
  std::string reason;  // "Evicted", "DeadlineExceeded", "OutOfcpu"
  std::string message;
  bool refused = false;           // before anything of it was made
  std::optional<Duration> grace;  // in place of the pod's own
};

struct PodView {
  const core::v1::Pod& pod;
  const RuntimePod& runtime;
  const std::map<std::string, ContainerMemory>& memory;
  WallTime now;
  std::optional<PodFailure> failure;
  bool removed = false;  // the API no longer knows the pod
};

struct PodPlan {
  struct Kill {
    std::string id;
    std::string name;
    std::string message;  // of the Killing event
    std::string probe;    // whose own grace period counts: "liveness", "startup" or empty
  };
  struct Start {
    SpecContainer container;
    std::uint32_t attempt = 0;
    WallTime previous_end{};  // zero at the first start
  };
  // Stop everything, in order; nothing of this pod shall run any more.
  bool tear_down = false;
  // Nothing runs and nothing ever will again.
  bool finished = false;
  std::optional<std::uint32_t> run_sandbox;  // with this attempt number
  std::string sandbox_id;                    // where containers are started
  std::vector<std::string> stop_sandboxes;   // leftovers of earlier attempts
  std::vector<Kill> kills;
  std::optional<Start> start;              // the next one; one at a time, in order
  std::vector<std::string> remove;         // ended containers that nobody needs any more
  std::vector<SpecContainer> backing_off;  // for the BackOff event
  std::optional<WallTime> again;
};

PodPlan plan_pod(const PodView& view);

// The newest container of that name in a sandbox (any sandbox when empty); null when there is none.
const Container* newest_container(const RuntimePod& runtime, std::string_view name,
                                  std::string_view sandbox_id = {});
// A container or a sandbox does.
bool anything_runs(const RuntimePod& runtime);
// The sandbox that runs; null when none does.
const Sandbox* ready_sandbox(const RuntimePod& runtime);
// True when init containers are done in this sandbox, or there are none.
bool is_initialized(const PodView& view);
// True while a container that ended must wait before it is started again.
bool in_backoff(const ContainerMemory* memory, const Container& ended, WallTime now);
// True for one that has to wait, whether its time has come or not.
bool delays_restart(const ContainerMemory* memory, const Container& ended);
bool should_restart(const core::v1::Pod& pod, const SpecContainer& container, const Container& ended);
const ContainerMemory* memory_of(const PodView& view, std::string_view name);
// True for a pod whose status already says Succeeded or Failed.
bool is_terminal(const core::v1::Pod& pod);

}  // namespace aloft::node
