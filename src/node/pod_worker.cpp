// See pod_worker.h: looking, planning and reporting. The steps themselves stand in pod_worker_steps.cpp.
#include "node/pod_worker.h"

#include <fmt/format.h>

#include "base/log.h"
#include "node/pod_status.h"

namespace aloft::node {

namespace {

const Log log_worker("node.pod");
constexpr Duration attempt_silence = 10s;
constexpr int killed_exit_code = 137;
constexpr Duration late_reason = 10s;      // so long after an end its reason may still become OOMKilled
constexpr Duration pull_error_shown = 3s;  // ErrImagePull, before it becomes ImagePullBackOff

io::Task<> set_at(io::Loop& loop, Duration after, io::Event& event) {
  co_await loop.sleep(after);
  event.set();
}

}  // namespace

PodWorker::PodWorker(WorkerContext& context, PodPointer pod, std::function<void()> on_done)
    : context_(context),
      pod_(std::move(pod)),
      on_done_(std::move(on_done)),
      first_seen_(context.clock.wall()),
      wake_(context.loop),
      status_changed_(context.loop),
      metadata_change_(context.loop),
      job_(context.loop),
      teardown_(context.loop),
      timer_(context.loop),
      scope_(context.loop) {}

void PodWorker::start() {
  scope_.spawn(write_statuses());
  scope_.spawn(refresh_volumes());
  scope_.spawn(run());
}

void PodWorker::update(PodPointer pod) {
  if (pod->metadata.labels != pod_->metadata.labels ||
      pod->metadata.annotations != pod_->metadata.annotations) {
    metadata_changed_ = true;
    metadata_change_.notify_all();
  }
  pod_ = std::move(pod);
  wake();
}

void PodWorker::remove() {
  removed_ = true;
  wake();
}

void PodWorker::fail_pod(PodFailure failure) {
  if (!failure_) failure_ = std::move(failure);
  wake();
}

bool PodWorker::sees(const std::string& id) const {
  for (const Sandbox& sandbox : seen_.sandboxes) {
    if (sandbox.id == id) return true;
  }
  for (const Container& container : seen_.containers) {
    if (container.id == id) return true;
  }
  return false;
}

bool PodWorker::agrees_with(const RuntimePod& listed) const {
  const auto states = [](const RuntimePod& pod) {
    std::set<std::pair<std::string, int>> found;
    for (const Sandbox& sandbox : pod.sandboxes) found.emplace(sandbox.id, sandbox.ready ? 1 : 0);
    for (const Container& container : pod.containers)
      found.emplace(container.id, static_cast<int>(container.state));
    return found;
  };
  return states(seen_) == states(listed);
}

PodView PodWorker::view() const { return {*pod_, seen_, memory_, context_.clock.wall(), failure_, removed_}; }

io::Task<> PodWorker::run() {
  while (!done_) {
    co_await look();
    if (!done_) co_await wait_for_news();
  }
  on_done_();
}

io::Task<> PodWorker::look() {
  wake_.reset();
  again_.reset();
  const std::string uid = pod_->metadata.uid;
  auto seen = co_await context_.runtime.inspect_pod(uid);
  if (!seen) {
    log_worker.warning("{}/{}: {}", pod_->metadata.namespace_, pod_->metadata.name, seen.error().message());
    again_ = context_.clock.wall() + 1s;
    co_return;
  }
  seen_ = std::move(*seen);
  looked_ = true;
  observe();
  PodPlan plan;
  check_deadline(plan);
  const std::optional<WallTime> deadline = plan.again;
  plan = plan_pod(view());
  if (plan.again && (!again_ || *plan.again < *again_)) again_ = plan.again;
  if (deadline && (!again_ || *deadline < *again_)) again_ = deadline;
  if (plan.tear_down) {
    job_.cancel();
    const Duration grace = grace_period();
    if (!plan.finished && (!tearing_down_ || grace < *tearing_down_)) {
      teardown_.cancel();
      tearing_down_ = grace;
      publish();
      teardown_.spawn(tear_down(grace));
    }
    publish();
    if (plan.finished && (removed_ || pod_->metadata.deletionTimestamp)) {
      const bool gone = co_await finish();
      done_ = gone;
      if (!gone) again_ = context_.clock.wall() + 1s;
    }
    co_return;
  }
  note_backoff(plan);
  publish();
  if (job_.size() == 0) job_.spawn(perform(pod_, std::move(plan)));
}

io::Task<> PodWorker::wait_for_news() {
  timer_.cancel();
  if (again_) timer_.spawn(set_at(context_.loop, *again_ - context_.clock.wall(), wake_));
  co_await wake_.wait();
}

// Brings probes and memory in line with what runs now.
void PodWorker::observe() {
  for (const SpecContainer& container : containers_of(*pod_)) observe_container(container);
  std::erase_if(probes_, [this](const auto& entry) {
    const Container* newest = newest_container(seen_, entry.first);
    return newest == nullptr || newest->state != Container::State::running ||
           newest->id != entry.second->container_id();
  });
}

void PodWorker::observe_container(const SpecContainer& container) {
  const std::string& name = container.spec->name;
  ContainerMemory& memory = memory_[name];
  const WallTime now = context_.clock.wall();
  if (memory.waiting && memory.waiting->reason == "ErrImagePull") {
    const WallTime flip = memory.pull_failed + pull_error_shown;
    if (now >= flip) {
      memory.waiting->reason = "ImagePullBackOff";
      memory.waiting->message = fmt::format("Back-off pulling image \"{}\": ErrImagePull: {}",
                                            container.spec->image, memory.waiting->message);
      announce(container, false, "BackOff",
               fmt::format("Back-off pulling image \"{}\"", container.spec->image));
      announce(container, true, "Failed", "Error: ImagePullBackOff");
    } else if (!again_ || flip < *again_) {
      again_ = flip;
    }
  }
  const Container* newest = newest_container(seen_, name);
  if (newest != nullptr) await_reason(*newest);
  if (newest == nullptr || newest->state != Container::State::running) return;
  if (hooking_.contains(newest->id)) {
    // Nobody probes it before its hook has ended.
    memory.probe = ProbeView{};
    memory.probe.started = memory.probe.ready = memory.probe.hooked = false;
    memory.probe_id = newest->id;
    memory.waiting.reset();
    return;
  }
  auto& probes = probes_[name];
  if (probes == nullptr || probes->container_id() != newest->id) {
    ContainerProbes::Settings settings;
    settings.target = target_of(*container.spec, newest->id);
    settings.container = *container.spec;
    settings.started = context_.loop.now() - std::max(now - newest->started, Duration(0));
    for (const auto* list : {&pod_->status.containerStatuses, &pod_->status.initContainerStatuses}) {
      for (const core::v1::ContainerStatus& status : *list) {
        if (status.containerID != container_uri(*newest)) continue;
        ProbeView known;
        known.started = status.started.value_or(false);
        known.ready = status.ready;
        settings.known = known;
      }
    }
    settings.on_change = [this] { wake(); };
    settings.on_failure = [this, path = field_path_of(container)](std::string message) {
      announce(path, true, "Unhealthy", std::move(message));
    };
    probes.reset();
    probes = std::make_unique<ContainerProbes>(context_.loop, context_.probes, std::move(settings));
  }
  memory.probe = probes->view();
  memory.probe_id = newest->id;
  memory.waiting.reset();
}

// The runtime learns in another way that memory ran out, and on a busy machine after it has told the end of
// the container.
void PodWorker::await_reason(const Container& ended) {
  if (ended.state != Container::State::exited || ended.exit_code != killed_exit_code) return;
  const WallTime now = context_.clock.wall();
  if (ended.reason == "OOMKilled" || now >= ended.finished + late_reason) return;
  if (!again_ || now + 1s < *again_) again_ = now + 1s;
}

void PodWorker::check_deadline(PodPlan& plan) {
  if (!pod_->spec.activeDeadlineSeconds || failure_ || is_terminal(*pod_)) return;
  const WallTime began = pod_->status.startTime ? pod_->status.startTime->time() : first_seen_;
  const WallTime end = began + std::chrono::seconds(*pod_->spec.activeDeadlineSeconds);
  if (context_.clock.wall() < end) {
    plan.again = end;
    return;
  }
  failure_ = PodFailure{"DeadlineExceeded", "Pod was active on the node longer than the specified deadline"};
  announce(std::string(), false, failure_->reason, failure_->message);
}

void PodWorker::note_backoff(const PodPlan& plan) {
  for (const SpecContainer& container : plan.backing_off) {
    const Container* ended = newest_container(seen_, container.spec->name);
    if (ended == nullptr || !announced_.insert(ended->id).second) continue;
    const auto& metadata = pod_->metadata;
    announce(container, true, "BackOff",
             fmt::format("Back-off restarting failed container {} in pod {}_{}({})", container.spec->name,
                         metadata.name, metadata.namespace_, metadata.uid));
  }
}

Duration PodWorker::grace_period() const {
  if (removed_) return 1s;
  if (failure_ && failure_->grace) return *failure_->grace;
  if (pod_->metadata.deletionTimestamp && pod_->metadata.deletionGracePeriodSeconds) {
    return std::chrono::seconds(*pod_->metadata.deletionGracePeriodSeconds);
  }
  return std::chrono::seconds(pod_->spec.terminationGracePeriodSeconds.value_or(30));
}

core::v1::PodStatus PodWorker::make_status() const {
  StatusInput input{view(), context_.host_ips, first_seen_, {}};
  input.termination_message = [this](const Container& ended) {
    return context_.material.termination_message(*pod_, ended);
  };
  return make_pod_status(input);
}

void PodWorker::publish() {
  if (removed_ || !looked_) return;
  // A pod that ended before this process began, whose containers are gone, keeps the status that it has.
  if (is_terminal(*pod_) && seen_.containers.empty()) return;
  core::v1::PodStatus status = make_status();
  if (status == (unwritten_ ? unwritten_ : written_)) return;
  unwritten_ = std::move(status);
  status_changed_.set();
}

io::Task<> PodWorker::write_statuses() {
  for (;;) {
    co_await status_changed_.wait();
    status_changed_.reset();
    while (unwritten_) {
      core::v1::PodStatus status = std::move(*unwritten_);
      unwritten_.reset();
      written_ = status;
      PodPointer pod = pod_;
      auto outcome = co_await context_.reporter.write_status(std::move(pod), status);
      if (outcome || outcome.error().code() == Code::not_found) continue;
      log_worker.warning("{}/{}: status: {}", pod_->metadata.namespace_, pod_->metadata.name,
                         outcome.error().message());
      written_.reset();
      if (!unwritten_) unwritten_ = std::move(status);
      co_await context_.loop.sleep(1s);
    }
  }
}

void PodWorker::announce(const std::string& field_path, bool warning, std::string reason,
                         std::string message) {
  PodReporter::Note note;
  note.field_path = field_path;
  note.warning = warning;
  note.reason = std::move(reason);
  note.message = std::move(message);
  context_.reporter.announce(*pod_, std::move(note));
}

// A pod may have few events, and attempts are many.
void PodWorker::announce_again(const std::string& field_path, std::string reason, std::string message) {
  const WallTime now = context_.clock.wall();
  WallTime& told = told_[{field_path, reason}];
  if (told != WallTime{} && now - told < attempt_silence) return;
  told = now;
  announce(field_path, true, std::move(reason), std::move(message));
}

void PodWorker::announce(const SpecContainer& container, bool warning, std::string reason,
                         std::string message) {
  announce(field_path_of(container), warning, std::move(reason), std::move(message));
}

}  // namespace aloft::node
