// The steps of a pod worker (pod_worker.h): sandbox, images, containers, hooks and the way down. Events carry
// kubelet's reasons and messages.
#include <fmt/format.h>

#include "node/image_name.h"
#include "node/pod_worker.h"

namespace aloft::node {

namespace {

constexpr Duration config_retry = 5s;
constexpr Duration runtime_retry = 2s;
constexpr Duration create_retry = 10s;
constexpr Duration first_pull_delay = 10s;
constexpr Duration longest_pull_delay = 5min;
constexpr Duration least_grace = 2s;     // after a preStop hook that used the grace period up
constexpr Duration update_period = 60s;  // volumes follow their sources at least so often
constexpr Duration hook_limit = 24h;     // postStart has no time limit of its own

bool lives(const Container& container) {
  return container.state == Container::State::running || container.state == Container::State::unknown;
}

}  // namespace

io::Task<> PodWorker::perform(PodPointer pod, PodPlan plan) {
  bool acted = false;
  for (std::size_t i = 0; i < plan.stop_sandboxes.size(); ++i) {
    const std::string& id = plan.stop_sandboxes[i];
    if (stopped_.insert(id).second) (void)co_await context_.runtime.stop_sandbox(id);
    // The newest ended one keeps the logs of its containers.
    if (i > 0) (void)co_await context_.runtime.remove_sandbox(id);
  }
  for (const PodPlan::Kill& kill : plan.kills) {
    const Container* container = nullptr;
    for (const Container& known : seen_.containers) {
      if (known.id == kill.id) container = &known;
    }
    if (container == nullptr) continue;
    Duration grace = std::chrono::seconds(pod->spec.terminationGracePeriodSeconds.value_or(30));
    const core::v1::Container* spec = find_container(*pod, kill.name);
    if (spec != nullptr && !kill.probe.empty()) {
      const auto& probe = kill.probe == "startup" ? spec->startupProbe : spec->livenessProbe;
      if (probe && probe->terminationGracePeriodSeconds) {
        grace = std::chrono::seconds(*probe->terminationGracePeriodSeconds);
      }
    }
    co_await stop_one(*container, kill.message, grace);
    acted = true;
  }
  for (const std::string& id : plan.remove) (void)co_await context_.runtime.remove_container(id);
  if (plan.run_sandbox) {
    co_await run_sandbox(*plan.run_sandbox);
    acted = true;
  } else if (plan.start) {
    co_await start_container(*plan.start, plan.sandbox_id);
    acted = true;
  }
  if (acted) wake();
}

io::Task<> PodWorker::run_sandbox(std::uint32_t attempt) {
  PodPointer pod = pod_;
  auto prepared = co_await context_.material.prepare(pod);
  if (!prepared) {
    announce_again(std::string(), "FailedMount", prepared.error().message());
    co_await context_.loop.sleep(config_retry);
    co_return;
  }
  if (attempt > 0) {
    announce(std::string(), false, "SandboxChanged",
             "Pod sandbox changed, it will be killed and re-created.");
  }
  auto config = co_await context_.material.sandbox(pod, attempt);
  Result<std::string> made = fail(Code::internal, "");
  if (config) {
    for (const std::string& warning : config->dns_warnings)
      announce(std::string(), true, "DNSConfigForming", warning);
  }
  if (config) made = co_await context_.runtime.run_sandbox(std::move(*config));
  if (config && made) co_return;
  const Error& why = config ? made.error() : config.error();
  announce_again(std::string(), "FailedCreatePodSandBox", "Failed to create pod sandbox: " + why.message());
  co_await context_.loop.sleep(runtime_retry);
}

std::unexpected<Error> PodWorker::refuse(ContainerMemory& memory, Waiting waiting, Duration retry_after) {
  memory.retry_at = context_.clock.wall() + retry_after;
  memory.waiting = std::move(waiting);
  return fail(Code::unavailable, memory.waiting->message);
}

io::Task<Result<ImageInfo>> PodWorker::ensure_image(const SpecContainer& container, ContainerMemory& memory) {
  const std::string& image = container.spec->image;
  const std::string& policy = container.spec->imagePullPolicy;
  if (auto name = check_image_name(image); !name) {
    Waiting waiting{
        "InvalidImageName",
        fmt::format("Failed to apply default image tag \"{0}\": couldn't parse image name \"{0}\": {1}",
                    image, name.error().message())};
    announce(container, true, "InspectFailed", waiting.message);
    announce(container, true, "Failed", "Error: InvalidImageName");
    co_return refuse(memory, std::move(waiting), first_pull_delay);
  }
  auto found = co_await context_.runtime.find_image(image);
  if (!found) {
    Waiting waiting{"ImageInspectError", found.error().message()};
    announce(container, true, "InspectFailed",
             fmt::format("Failed to inspect image \"{}\": {}", image, found.error().message()));
    co_return refuse(memory, std::move(waiting), runtime_retry);
  }
  // An image without a digest of a registry was made here; there is nowhere to look for a newer one.
  const bool local = *found && (*found)->digests.empty();
  if (*found && (policy != "Always" || local)) {
    // An attempt that broke off later had the image already.
    const bool told = memory.waiting && memory.waiting->reason.starts_with("CreateContainer");
    if (!told) {
      announce(container, false, "Pulled",
               fmt::format("Container image \"{}\" already present on machine", image));
    }
    memory.image_delay = Duration(0);
    co_return std::move(**found);
  }
  if (policy == "Never") {
    Waiting waiting{"ErrImageNeverPull",
                    fmt::format("Container image \"{}\" is not present with pull policy of Never", image)};
    announce(container, true, "ErrImageNeverPull", waiting.message);
    announce(container, true, "Failed", "Error: ErrImageNeverPull");
    co_return refuse(memory, std::move(waiting), first_pull_delay);
  }
  co_return co_await pull_image(container, memory);
}

// With what the pod's secrets hold for the image, one after the other; without any where they hold nothing.
io::Task<Result<std::string>> PodWorker::pull_with_secrets(const SpecContainer& container) {
  const std::string& image = container.spec->image;
  PodPointer pod = pod_;
  auto secrets = co_await context_.material.pull_secrets(pod, image);
  if (!secrets.missing.empty()) {
    announce(
        std::string(), true, "FailedToRetrieveImagePullSecret",
        fmt::format("Unable to retrieve some image pull secrets ({}); attempting to pull the image may not "
                    "succeed.",
                    fmt::join(secrets.missing, ", ")));
  }
  std::optional<RegistryAuth> auth;
  if (secrets.auth.empty()) co_return co_await context_.runtime.pull_image(image, std::move(auth));
  Result<std::string> pulled = fail(Code::unauthorized, image);
  for (RegistryAuth& each : secrets.auth) {
    auth = std::move(each);
    pulled = co_await context_.runtime.pull_image(image, auth);
    if (pulled) break;
  }
  co_return pulled;
}

io::Task<Result<ImageInfo>> PodWorker::pull_image(const SpecContainer& container, ContainerMemory& memory) {
  const std::string& image = container.spec->image;
  announce(container, false, "Pulling", fmt::format("Pulling image \"{}\"", image));
  const Time began = context_.loop.now();
  auto pulled = co_await pull_with_secrets(container);
  if (pulled) {
    auto found = co_await context_.runtime.find_image(image);
    if (found && *found) {
      const auto took = std::chrono::round<std::chrono::milliseconds>(context_.loop.now() - began);
      announce(container, false, "Pulled",
               fmt::format(
                   "Successfully pulled image \"{0}\" in {1} ({1} including waiting). Image size: {2} bytes.",
                   image, format_duration(took), (*found)->size_bytes));
      memory.image_delay = Duration(0);
      co_return std::move(**found);
    }
    pulled = fail(Code::not_found, "the image is not there after it was pulled");
  }
  announce(container, true, "Failed",
           fmt::format("Failed to pull image \"{}\": {}", image, pulled.error().message()));
  announce(container, true, "Failed", "Error: ErrImagePull");
  memory.image_delay = memory.image_delay == Duration(0)
                           ? first_pull_delay
                           : std::min(2 * memory.image_delay, longest_pull_delay);
  memory.pull_failed = context_.clock.wall();
  Waiting waiting{"ErrImagePull", pulled.error().message()};
  co_return refuse(memory, std::move(waiting), memory.image_delay);
}

io::Task<Result<std::string>> PodWorker::create_container(const PodPlan::Start& start,
                                                          const std::string& sandbox_id,
                                                          ContainerMemory& memory) {
  const SpecContainer& container = start.container;
  PodPointer pod = pod_;
  auto image = co_await ensure_image(container, memory);
  if (!image) co_return fail(std::move(image.error()));
  ContainerPlace place;
  place.sandbox_id = sandbox_id;
  place.attempt = start.attempt;
  place.image = std::move(*image);
  if (const Sandbox* sandbox = ready_sandbox(seen_); sandbox != nullptr) place.pod_ips = sandbox->ips;
  if (pod->spec.hostNetwork) place.pod_ips = context_.host_ips;
  if (container.ephemeral != nullptr && !container.ephemeral->targetContainerName.empty()) {
    const Container* target = newest_container(seen_, container.ephemeral->targetContainerName);
    if (target != nullptr) place.target_container_id = target->id;
  }
  const std::string name = container.spec->name;
  auto config = co_await context_.material.container(pod, name, std::move(place));
  if (!config) {
    Waiting waiting{"CreateContainerConfigError", config.error().message()};
    announce_again(field_path_of(container), "Failed", "Error: " + config.error().message());
    co_return refuse(memory, std::move(waiting), config_retry);
  }
  auto sandbox = co_await context_.material.sandbox(pod, 0);
  if (!sandbox) co_return fail(std::move(sandbox.error()));
  auto id = co_await context_.runtime.create_container(sandbox_id, std::move(*config), std::move(*sandbox));
  if (!id) {
    Waiting waiting{"CreateContainerError", id.error().message()};
    announce_again(field_path_of(container), "Failed", "Error: " + id.error().message());
    const bool away = id.error().code() == Code::unavailable;
    co_return refuse(memory, std::move(waiting), away ? runtime_retry : create_retry);
  }
  announce(container, false, "Created", "Created container: " + container.spec->name);
  co_return id;
}

io::Task<> PodWorker::start_container(PodPlan::Start start, std::string sandbox_id) {
  const SpecContainer& container = start.container;
  ContainerMemory& memory = memory_[container.spec->name];
  auto id = co_await create_container(start, sandbox_id, memory);
  if (!id) co_return;
  memory.waiting.reset();
  memory.retry_at = {};
  const bool hook = container.spec->lifecycle && container.spec->lifecycle->postStart;
  if (hook) hooking_.insert(*id);
  auto started = co_await context_.runtime.start_container(*id);
  // Not earlier: until now it is the end of the one before that people see, and the delay that it had.
  if (start.previous_end != WallTime{}) memory.backoff.count(start.previous_end, context_.clock.wall());
  if (!started) {
    memory.waiting = Waiting{"RunContainerError", started.error().message()};
    announce(container, true, "Failed", "Error: " + started.error().message());
    hooking_.erase(*id);
    co_return;
  }
  announce(container, false, "Started", "Started container " + container.spec->name);
  if (hook) co_await run_post_start(container, *id);
}

ProbeRunner::Target PodWorker::target_of(const core::v1::Container& spec, const std::string& id) const {
  ProbeRunner::Target target;
  target.container_id = id;
  target.container = &spec;
  const Sandbox* sandbox = ready_sandbox(seen_);
  if (pod_->spec.hostNetwork) {
    if (!context_.host_ips.empty()) target.pod_ip = context_.host_ips.front();
  } else if (sandbox != nullptr && !sandbox->ips.empty()) {
    target.pod_ip = sandbox->ips.front();
  }
  return target;
}

io::Task<> PodWorker::run_post_start(SpecContainer container, std::string id) {
  wake();  // shows it running, not yet started
  ProbeRunner::Target target = target_of(*container.spec, id);
  const auto outcome =
      co_await context_.probes.hook(std::move(target), *container.spec->lifecycle->postStart, hook_limit);
  if (outcome.good) {
    hooking_.erase(id);
    co_return;
  }
  announce(container, true, "FailedPostStartHook", "PostStartHook failed");
  announce(container, false, "Killing", "FailedPostStartHook");
  const Duration grace = std::chrono::seconds(pod_->spec.terminationGracePeriodSeconds.value_or(30));
  (void)co_await context_.runtime.stop_container(id, grace);
  // It never ran, as users see it.
  hooking_.erase(id);
  memory_[container.spec->name].waiting = Waiting{"PostStartHookError", outcome.output};
}

// What a hook printed stays out of events: they are read by people who may not read the pod's secrets.
io::Task<> PodWorker::run_pre_stop(const core::v1::Container& spec, const Container& container,
                                   std::string path, Duration grace) {
  ProbeRunner::Target target = target_of(spec, container.id);
  const auto outcome = co_await context_.probes.hook(std::move(target), *spec.lifecycle->preStop, grace);
  if (outcome.good) co_return;
  announce(path, true, "FailedPreStopHook", "PreStopHook failed");
}

io::Task<> PodWorker::stop_one(Container container, std::string message, Duration grace) {
  PodPointer pod = pod_;
  const core::v1::Container* spec = find_container(*pod, container.name);
  std::string path = "spec.containers{" + container.name + "}";
  for (const SpecContainer& known : containers_of(*pod)) {
    if (known.spec == spec) path = field_path_of(known);
  }
  announce(path, false, "Killing", std::move(message));
  const Time end = context_.loop.now() + grace;
  if (spec != nullptr && spec->lifecycle && spec->lifecycle->preStop && grace > Duration(0)) {
    co_await run_pre_stop(*spec, container, path, grace);
  }
  Duration left = end - context_.loop.now();
  if (grace > Duration(0) && left < least_grace) left = std::min(least_grace, grace);
  for (;;) {
    auto stopped = co_await context_.runtime.stop_container(container.id, std::max(left, Duration(0)));
    if (stopped) co_return;
    co_await context_.loop.sleep(runtime_retry);
    left = Duration(0);
  }
}

// Containers first, all at once; then sidecars from the last to the first with the grace that is left; then
// the sandbox.
io::Task<> PodWorker::tear_down(Duration grace) {
  PodPointer pod = pod_;
  const RuntimePod seen = seen_;
  const Time end = context_.loop.now() + grace;
  std::vector<Container> sidecars;
  {
    io::Scope together(context_.loop);
    for (const Container& container : seen.containers) {
      if (!lives(container)) continue;
      bool sidecar = false;
      for (const SpecContainer& known : containers_of(*pod))
        sidecar |= known.sidecar() && known.spec->name == container.name;
      if (sidecar)
        sidecars.push_back(container);
      else
        together.spawn(stop_one(container, "Stopping container " + container.name, grace));
    }
    co_await together.finish();
  }
  const auto place = [&pod](const Container& container) {
    const core::v1::Container* spec = find_container(*pod, container.name);
    return spec == nullptr ? std::ptrdiff_t{0} : spec - pod->spec.initContainers.data();
  };
  std::sort(sidecars.begin(), sidecars.end(),
            [&place](const Container& a, const Container& b) { return place(a) > place(b); });
  for (const Container& sidecar : sidecars) {
    co_await stop_one(sidecar, "Stopping container " + sidecar.name,
                      std::max(end - context_.loop.now(), least_grace));
  }
  wake();
  for (const Sandbox& sandbox : seen.sandboxes) {
    for (;;) {
      auto stopped = co_await context_.runtime.stop_sandbox(sandbox.id);
      if (stopped) break;
      announce(std::string(), true, "FailedKillPod", "error killing pod: " + stopped.error().message());
      co_await context_.loop.sleep(runtime_retry);
    }
  }
  tearing_down_.reset();
  wake();
}

// Takes what is left away and tells the API; false when something has to be tried again.
io::Task<bool> PodWorker::finish() {
  PodPointer pod = pod_;
  if (!removed_) {
    core::v1::PodStatus status = make_status();
    auto written = co_await context_.reporter.write_status(pod, std::move(status));
    if (!written && written.error().code() != Code::not_found) co_return false;
  }
  const std::vector<Sandbox> sandboxes = seen_.sandboxes;
  for (const Sandbox& sandbox : sandboxes) {
    auto gone = co_await context_.runtime.remove_sandbox(sandbox.id);
    if (!gone) co_return false;
  }
  const std::vector<Container> containers = seen_.containers;
  for (const Container& container : containers)
    (void)co_await context_.runtime.remove_container(container.id);
  const std::string uid = pod->metadata.uid;
  auto cleaned = co_await context_.material.clean_up(uid);
  if (!cleaned) co_return false;
  if (removed_) co_return true;
  auto removed = co_await context_.reporter.remove_pod(pod);
  co_return removed || removed.error().code() == Code::not_found || removed.error().code() == Code::conflict;
}

io::Task<> PodWorker::refresh_volumes() {
  for (;;) {
    // Volumes show labels and annotations, and who changes an annotation may want to see new sources soon.
    const Time limit = context_.loop.now() + update_period;
    if (!metadata_changed_) (void)co_await metadata_change_.wait_until(limit);
    metadata_changed_ = false;
    if (ready_sandbox(seen_) == nullptr || tearing_down_ || pod_->metadata.deletionTimestamp) continue;
    PodPointer pod = pod_;
    auto prepared = co_await context_.material.prepare(pod);
    if (!prepared) announce(std::string(), true, "FailedMount", prepared.error().message());
  }
}

}  // namespace aloft::node
