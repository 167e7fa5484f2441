// Brings one pod to what its spec says and keeps it there: it looks at what the runtime has, plans
// (pod_plan.h), does the next thing, reports, and waits for news.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "io/event.h"
#include "io/loop.h"
#include "io/scope.h"
#include "node/container_probes.h"
#include "node/pod_plan.h"
#include "node/pod_services.h"
#include "node/runtime.h"

namespace aloft::node {

// What all workers of a node share. The references outlive every worker.
struct WorkerContext {
  io::Loop& loop;
  const Clock& clock;
  Runtime& runtime;
  PodMaterial& material;
  ProbeRunner& probes;
  PodReporter& reporter;
  std::vector<std::string> host_ips;
};

// Lives on one loop. Destroying it stops working on the pod and leaves its containers alone.
class PodWorker {
 public:
  // `on_done` is called once, when nothing of the pod is left on this machine; it may destroy the worker
  // later, not at once.
  PodWorker(WorkerContext& context, PodPointer pod, std::function<void()> on_done);
  PodWorker(const PodWorker&) = delete;
  PodWorker& operator=(const PodWorker&) = delete;
  void start();

  // A newer version of the object.
  void update(PodPointer pod);
  // The API no longer has it: ends quickly, and reports nothing.
  void remove();
  // Ends the pod with phase Failed.
  void fail_pod(PodFailure failure);
  // Something changed in the runtime.
  void wake() { wake_.set(); }

  const PodPointer& pod() const { return pod_; }
  bool done() const { return done_; }
  // It counts against what the machine has.
  bool takes_room() const { return !done_ && !removed_ && !failure_ && !is_terminal(*pod_); }
  // The newest container of a name, for logs and exec; null when it was never created.
  const Container* container(std::string_view name) const { return newest_container(seen_, name); }
  const RuntimePod& seen() const { return seen_; }
  bool sees(const std::string& id) const;
  // False when the runtime lists other sandboxes or containers, or others that run, than the worker saw last.
  bool agrees_with(const RuntimePod& listed) const;

 private:
  PodView view() const;
  io::Task<> run();
  io::Task<> look();
  io::Task<> wait_for_news();
  void observe();
  void observe_container(const SpecContainer& container);
  void await_reason(const Container& ended);
  void check_deadline(PodPlan& plan);
  void note_backoff(const PodPlan& plan);

  // Carrying out.
  // `pod` keeps what the plan points at.
  io::Task<> perform(PodPointer pod, PodPlan plan);
  io::Task<> run_sandbox(std::uint32_t attempt);
  io::Task<> start_container(PodPlan::Start start, std::string sandbox_id);
  io::Task<> run_post_start(SpecContainer container, std::string id);
  // `path` is where its events point at.
  io::Task<> run_pre_stop(const core::v1::Container& spec, const Container& container, std::string path,
                          Duration grace);
  ProbeRunner::Target target_of(const core::v1::Container& spec, const std::string& id) const;
  io::Task<> refresh_volumes();
  io::Task<Result<std::string>> create_container(const PodPlan::Start& start, const std::string& sandbox_id,
                                                 ContainerMemory& memory);
  io::Task<Result<ImageInfo>> ensure_image(const SpecContainer& container, ContainerMemory& memory);
  io::Task<Result<ImageInfo>> pull_image(const SpecContainer& container, ContainerMemory& memory);
  io::Task<Result<std::string>> pull_with_secrets(const SpecContainer& container);
  std::unexpected<Error> refuse(ContainerMemory& memory, Waiting waiting, Duration retry_after);
  io::Task<> stop_one(Container container, std::string message, Duration grace);
  io::Task<> tear_down(Duration grace);
  io::Task<bool> finish();
  Duration grace_period() const;

  // Reporting.
  core::v1::PodStatus make_status() const;
  void publish();
  io::Task<> write_statuses();
  void announce(const std::string& field_path, bool warning, std::string reason, std::string message);
  void announce(const SpecContainer& container, bool warning, std::string reason, std::string message);
  // A warning of an attempt that is repeated until it succeeds.
  void announce_again(const std::string& field_path, std::string reason, std::string message);

  WorkerContext& context_;
  PodPointer pod_;
  std::function<void()> on_done_;
  WallTime first_seen_;
  RuntimePod seen_;
  bool looked_ = false;
  bool removed_ = false;
  bool done_ = false;
  std::optional<PodFailure> failure_;
  std::map<std::string, ContainerMemory> memory_;
  std::map<std::string, std::unique_ptr<ContainerProbes>> probes_;
  std::set<std::string> hooking_;    // containers whose postStart hook runs
  std::set<std::string> announced_;  // ended containers whose back-off was announced
  std::set<std::string> stopped_;    // old sandboxes that were stopped
  std::map<std::pair<std::string, std::string>, WallTime> told_;  // by field path and reason, of attempts
  std::optional<Duration> tearing_down_;                          // the grace period that counts
  std::optional<WallTime> again_;
  std::optional<core::v1::PodStatus> unwritten_;
  std::optional<core::v1::PodStatus> written_;
  io::Event wake_;
  io::Event status_changed_;
  bool metadata_changed_ = false;  // labels or annotations, since the volumes were looked at
  io::WaitList metadata_change_;
  io::Scope job_;  // one step of the plan at a time
  io::Scope teardown_;
  io::Scope timer_;
  io::Scope scope_;
};

}  // namespace aloft::node
