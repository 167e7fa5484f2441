// Pods on a runtime in memory and a clock that jumps: what users see while pods start, crash, are probed and
// end.
#include "node/pod_worker.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/sim_loop.h"
#include "model/codec.h"
#include "node/testing/fake_runtime.h"

namespace aloft::node {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

// Containers of what the spec says, and nothing on disk.
class PlainMaterial final : public PodMaterial {
 public:
  std::map<std::string, Error> missing;  // container name -> why its configuration is incomplete
  int cleaned = 0;

  io::Task<Result<>> prepare(PodPointer) override { co_return Result<>(); }
  io::Task<Result<SandboxConfig>> sandbox(PodPointer pod, std::uint32_t attempt) override {
    SandboxConfig config;
    config.pod_uid = pod->metadata.uid;
    config.attempt = attempt;
    co_return config;
  }
  io::Task<Result<ContainerConfig>> container(PodPointer pod, std::string name,
                                              ContainerPlace place) override {
    if (const auto found = missing.find(name); found != missing.end()) co_return fail(found->second);
    ContainerConfig config;
    config.name = name;
    config.attempt = place.attempt;
    config.image = find_container(*pod, name)->image;
    config.annotations[std::string(annotation_hash)] = container_hash(*find_container(*pod, name));
    co_return config;
  }
  io::Task<PullSecrets> pull_secrets(PodPointer pod, std::string) override {
    PullSecrets secrets;
    for (const auto& reference : pod->spec.imagePullSecrets) {
      if (reference.name == "missing") {
        secrets.missing.push_back(reference.name);
      } else {
        secrets.auth.push_back(RegistryAuth{"registry", reference.name, "", ""});
      }
    }
    co_return secrets;
  }
  std::string termination_message(const core::v1::Pod&, const Container&) override { return {}; }
  io::Task<Result<>> clean_up(std::string) override {
    ++cleaned;
    co_return Result<>();
  }
};

class ScriptedProbes final : public ProbeRunner {
 public:
  std::function<bool(const core::v1::ProbeHandler&)> good = [](const auto&) { return true; };
  Duration hook_time{};
  bool hooks_succeed = true;
  std::vector<std::string> hooks;
  explicit ScriptedProbes(io::Loop& loop) : loop_(loop) {}

  io::Task<Outcome> probe(Target, core::v1::ProbeHandler handler, Duration) override {
    Outcome outcome;
    outcome.good = good(handler);
    outcome.output = "HTTP probe failed with statuscode: 500";
    co_return outcome;
  }
  io::Task<Outcome> hook(Target, core::v1::LifecycleHandler handler, Duration) override {
    hooks.push_back(handler.exec ? handler.exec->command.front() : "sleep");
    co_await loop_.sleep(hook_time);
    Outcome outcome;
    outcome.good = hooks_succeed;
    outcome.output = "broken";
    co_return outcome;
  }

 private:
  io::Loop& loop_;
};

class ListingReporter final : public PodReporter {
 public:
  std::vector<std::string> events;
  std::vector<core::v1::PodStatus> statuses;
  bool removed = false;
  std::function<void(const core::v1::PodStatus&)> on_status;

  void announce(const core::v1::Pod&, Note note) override {
    events.push_back(note.reason + ": " + note.message);
  }
  io::Task<Result<>> write_status(PodPointer, core::v1::PodStatus status) override {
    statuses.push_back(status);
    if (on_status) on_status(status);
    co_return Result<>();
  }
  io::Task<Result<>> remove_pod(PodPointer) override {
    removed = true;
    co_return Result<>();
  }
};

class PodWorkerTest : public testing::Test {
 protected:
  PodWorkerTest() : runtime(loop, loop), probes(loop) {
    runtime.images = {"web:1", "init:1", "side:1"};
    runtime.on_change([this](const std::string&) {
      if (worker) worker->wake();
    });
    reporter.on_status = [this](const core::v1::PodStatus& status) { last = status; };
  }

  void run(std::string_view spec) {
    auto parsed = model::from_json<core::v1::PodSpec>(spec);
    ASSERT_TRUE(parsed) << parsed.error().message();
    pod.spec = std::move(*parsed);
    if (pod.spec.restartPolicy.empty()) pod.spec.restartPolicy = "Always";
    pod.metadata.name = "web";
    pod.metadata.namespace_ = "default";
    pod.metadata.uid = "u1";
    worker =
        std::make_unique<PodWorker>(context, std::make_shared<core::v1::Pod>(pod), [this] { done = true; });
    worker->start();
    loop.run_for(1s);
  }
  // What the API server would send back.
  void update() {
    pod.status = last;
    worker->update(std::make_shared<core::v1::Pod>(pod));
    loop.run_for(1s);
  }
  void remove_gracefully(std::int64_t seconds) {
    pod.metadata.deletionTimestamp = model::Timestamp(loop.wall());
    pod.metadata.deletionGracePeriodSeconds = seconds;
    update();
  }
  const core::v1::ContainerStatus& status(std::size_t index = 0) const {
    return last.containerStatuses.at(index);
  }
  std::string condition(std::string_view type) const {
    for (const auto& known : last.conditions) {
      if (known.type == type) return known.status + (known.reason.empty() ? "" : " " + known.reason);
    }
    return "missing";
  }
  std::vector<std::string> starts() const {
    std::vector<std::string> out;
    for (const std::string& call : runtime.calls) {
      if (call.starts_with("start ")) out.push_back(call.substr(6));
    }
    return out;
  }

  io::SimLoop loop{WallTime{1'000'000s}};
  FakeRuntime runtime;
  PlainMaterial material;
  ScriptedProbes probes;
  ListingReporter reporter;
  WorkerContext context{loop, loop, runtime, material, probes, reporter, {"192.0.2.1"}};
  core::v1::Pod pod;
  core::v1::PodStatus last;
  bool done = false;
  std::unique_ptr<PodWorker> worker;
};

TEST_F(PodWorkerTest, a_pod_starts_and_is_ready) {
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  EXPECT_EQ(last.phase, "Running");
  EXPECT_EQ(condition("Ready"), "True");
  EXPECT_EQ(condition("Initialized"), "True");
  EXPECT_EQ(condition("PodReadyToStartContainers"), "True");
  EXPECT_TRUE(status().state.running);
  EXPECT_TRUE(status().ready);
  EXPECT_EQ(last.hostIP, "192.0.2.1");
  EXPECT_EQ(last.podIP, "10.0.0.2");
  EXPECT_THAT(reporter.events,
              ElementsAre("Pulled: Container image \"web:1\" already present on machine",
                          "Created: Created container: web", "Started: Started container web"));
}

TEST_F(PodWorkerTest, init_containers_run_one_after_another_before_the_others) {
  run(R"({"initContainers":[{"name":"a","image":"init:1"},{"name":"b","image":"init:1"}],
          "containers":[{"name":"web","image":"web:1"}]})");
  EXPECT_THAT(starts(), ElementsAre("a"));
  EXPECT_EQ(last.phase, "Pending");
  EXPECT_EQ(status().state.waiting->reason, "PodInitializing");
  EXPECT_EQ(condition("Initialized"), "False ContainersNotInitialized");
  runtime.exit("a", 0);
  loop.run_for(1s);
  EXPECT_THAT(starts(), ElementsAre("a", "b"));
  runtime.exit("b", 0);
  loop.run_for(1s);
  EXPECT_THAT(starts(), ElementsAre("a", "b", "web"));
  EXPECT_EQ(last.phase, "Running");
  EXPECT_EQ(last.initContainerStatuses[0].state.terminated->reason, "Completed");
}

TEST_F(PodWorkerTest, a_sidecar_starts_first_and_ends_last) {
  run(R"({"initContainers":[{"name":"side","image":"side:1","restartPolicy":"Always"}],
          "containers":[{"name":"web","image":"web:1"}]})");
  EXPECT_THAT(starts(), ElementsAre("side", "web"));
  runtime.exit("side", 1);
  loop.run_for(1s);
  EXPECT_THAT(starts(), ElementsAre("side", "web", "side"));
  remove_gracefully(30);
  EXPECT_THAT(runtime.calls, IsSupersetOf({"stop web 30s", "stop side 30s"}));
  const auto at = [this](const std::string& call) {
    return std::find(runtime.calls.begin(), runtime.calls.end(), call);
  };
  EXPECT_LT(at("stop web 30s"), at("stop side 30s"));
}

TEST_F(PodWorkerTest, a_crashing_container_comes_back_after_growing_delays) {
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  std::vector<double> at;
  for (int crash = 0; crash < 8; ++crash) {
    const std::size_t before = starts().size();
    const Time crashed = loop.now();
    runtime.exit("web", 1);
    while (starts().size() == before) loop.run_for(100ms);
    at.push_back(std::chrono::duration<double>(loop.now() - crashed).count());
    loop.run_for(100ms);
  }
  const std::vector<double> wanted{0.1, 10, 20, 40, 80, 160, 300, 300};
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(at[i], wanted[i], 0.2) << i;
}

TEST_F(PodWorkerTest, a_container_that_keeps_crashing_shows_so) {
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  runtime.exit("web", 1);
  loop.run_for(1s);
  runtime.exit("web", 2);
  loop.run_for(1s);
  EXPECT_EQ(status().state.waiting->reason, "CrashLoopBackOff");
  EXPECT_EQ(status().state.waiting->message,
            "back-off 10s restarting failed container=web pod=web_default(u1)");
  EXPECT_EQ(status().lastState.terminated->exitCode, 2);
  EXPECT_EQ(status().restartCount, 1);
  EXPECT_EQ(last.phase, "Running");
  EXPECT_EQ(condition("Ready"), "False ContainersNotReady");
  EXPECT_THAT(reporter.events,
              Contains("BackOff: Back-off restarting failed container web in pod web_default(u1)").Times(1));
}

TEST_F(PodWorkerTest, a_container_in_back_off_shows_so_until_it_runs_again) {
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  std::vector<std::string> shown;
  reporter.on_status = [&](const core::v1::PodStatus& now) {
    const core::v1::ContainerState& state = now.containerStatuses.at(0).state;
    const std::string text = state.running   ? "runs"
                             : state.waiting ? state.waiting->reason
                                             : state.terminated->reason;
    if (shown.empty() || shown.back() != text) shown.push_back(text);
  };
  for (int crash = 0; crash < 3; ++crash) {
    runtime.exit("web", 1);
    loop.run_for(50s);
  }
  EXPECT_THAT(shown, ElementsAre("runs", "CrashLoopBackOff", "runs", "CrashLoopBackOff", "runs"));
}

TEST_F(PodWorkerTest, an_hour_of_running_forgets_the_delays) {
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  for (int crash = 0; crash < 5; ++crash) {
    runtime.exit("web", 1);
    loop.run_for(6min);
  }
  loop.run_for(1h);
  runtime.exit("web", 1);
  loop.run_for(1s);
  EXPECT_TRUE(runtime.running("web"));
}

TEST_F(PodWorkerTest, a_pod_that_shall_not_restart_succeeds_or_fails) {
  for (const auto& [code, phase, reason] :
       {std::tuple(0, "Succeeded", "PodCompleted"), std::tuple(3, "Failed", "PodFailed")}) {
    run(R"({"restartPolicy":"Never","containers":[{"name":"web","image":"web:1"}]})");
    runtime.exit("web", code);
    loop.run_for(1s);
    EXPECT_EQ(last.phase, phase);
    EXPECT_EQ(condition("Ready"), fmt::format("False {}", reason));
    EXPECT_EQ(status().state.terminated->exitCode, code);
    worker.reset();
    runtime.kill_sandboxes();
    pod = {};
    pod.metadata.uid = "other";
    for (const auto& sandbox : {"s0001", "s0003"}) (void)loop.run_until_done(runtime.remove_sandbox(sandbox));
  }
}

TEST_F(PodWorkerTest, on_failure_restarts_only_what_failed) {
  run(R"({"restartPolicy":"OnFailure","containers":[
          {"name":"web","image":"web:1"},{"name":"side","image":"side:1"}]})");
  runtime.exit("web", 0);
  runtime.exit("side", 1);
  loop.run_for(1s);
  EXPECT_THAT(starts(), ElementsAre("web", "side", "side"));
  runtime.exit("side", 0);
  loop.run_for(1s);
  EXPECT_EQ(last.phase, "Succeeded");
}

TEST_F(PodWorkerTest, a_missing_image_is_asked_for_with_growing_delays) {
  run(R"({"containers":[{"name":"web","image":"gone:1","imagePullPolicy":"IfNotPresent"}]})");
  EXPECT_EQ(status().state.waiting->reason, "ErrImagePull");
  loop.run_for(4s);
  EXPECT_EQ(status().state.waiting->reason, "ImagePullBackOff");
  EXPECT_THAT(status().state.waiting->message, HasSubstr("Back-off pulling image \"gone:1\""));
  loop.run_for(30s);
  EXPECT_THAT(runtime.calls, ElementsAre("sandbox", "pull gone:1", "pull gone:1", "pull gone:1"));
  runtime.registry.insert("gone:1");
  loop.run_for(60s);
  EXPECT_EQ(last.phase, "Running");
}

TEST_F(PodWorkerTest, an_image_is_pulled_with_the_secrets_that_the_pod_names) {
  runtime.registry.insert("mine:1");
  runtime.registry_users["mine:1"] = "right";
  run(R"({"imagePullSecrets":[{"name":"wrong"},{"name":"missing"},{"name":"right"}],
          "containers":[{"name":"web","image":"mine:1"}]})");
  EXPECT_EQ(last.phase, "Running");
  EXPECT_THAT(runtime.calls, Contains("pull mine:1 as wrong"));
  EXPECT_THAT(runtime.calls, Contains("pull mine:1 as right"));
  EXPECT_THAT(reporter.events, Contains("FailedToRetrieveImagePullSecret: Unable to retrieve some image pull "
                                        "secrets (missing); attempting to pull the image may not succeed."));
}

TEST_F(PodWorkerTest, an_image_that_must_not_be_pulled_is_reported) {
  run(R"({"containers":[{"name":"web","image":"gone:1","imagePullPolicy":"Never"}]})");
  EXPECT_EQ(status().state.waiting->reason, "ErrImageNeverPull");
  EXPECT_EQ(status().state.waiting->message,
            "Container image \"gone:1\" is not present with pull policy of Never");
}

TEST_F(PodWorkerTest, a_locally_built_image_is_used_though_it_shall_always_be_pulled) {
  run(R"({"containers":[{"name":"web","image":"web:1","imagePullPolicy":"Always"}]})");
  EXPECT_EQ(last.phase, "Running");
}

TEST_F(PodWorkerTest, a_container_waits_for_the_configuration_it_names) {
  material.missing.emplace("web", Error(Code::not_found, "configmap \"settings\" not found"));
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  EXPECT_EQ(status().state.waiting->reason, "CreateContainerConfigError");
  EXPECT_EQ(status().state.waiting->message, "configmap \"settings\" not found");
  EXPECT_THAT(reporter.events, Contains("Failed: Error: configmap \"settings\" not found"));
  // An attempt every five seconds, and an event of every second one.
  loop.run_for(60s);
  const auto told = std::ranges::count(reporter.events, "Failed: Error: configmap \"settings\" not found");
  EXPECT_GE(told, 5);
  EXPECT_LE(told, 7);
  EXPECT_EQ(
      std::ranges::count(reporter.events, "Pulled: Container image \"web:1\" already present on machine"), 1);
  material.missing.clear();
  loop.run_for(10s);
  EXPECT_EQ(last.phase, "Running");
}

TEST_F(PodWorkerTest, readiness_follows_its_probe) {
  bool good = false;
  probes.good = [&good](const auto&) { return good; };
  run(R"({"containers":[{"name":"web","image":"web:1",
          "readinessProbe":{"httpGet":{"port":80},"periodSeconds":2,"failureThreshold":2}}]})");
  EXPECT_FALSE(status().ready);
  EXPECT_EQ(condition("Ready"), "False ContainersNotReady");
  EXPECT_THAT(reporter.events,
              Contains("Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500"));
  good = true;
  loop.run_for(2s);
  EXPECT_EQ(condition("Ready"), "True");
  good = false;
  loop.run_for(2s);
  EXPECT_EQ(condition("Ready"), "True") << "one failure is not enough";
  loop.run_for(2s);
  EXPECT_EQ(condition("Ready"), "False ContainersNotReady");
}

TEST_F(PodWorkerTest, a_failed_liveness_probe_restarts_the_container) {
  bool good = true;
  probes.good = [&good](const auto&) { return good; };
  run(R"({"terminationGracePeriodSeconds":7,"containers":[{"name":"web","image":"web:1",
          "livenessProbe":{"httpGet":{"port":80},"periodSeconds":1,"failureThreshold":3}}]})");
  good = false;
  loop.run_for(2500ms);
  EXPECT_THAT(starts(), ElementsAre("web"));
  loop.run_for(1s);
  good = true;
  loop.run_for(1s);
  EXPECT_THAT(starts(), ElementsAre("web", "web"));
  EXPECT_THAT(runtime.calls, Contains("stop web 7s"));
  EXPECT_THAT(reporter.events, Contains("Killing: Container web failed liveness probe, will be restarted"));
  EXPECT_EQ(status().restartCount, 1);
}

TEST_F(PodWorkerTest, other_probes_wait_for_the_startup_probe) {
  int liveness = 0;
  bool started = false;
  probes.good = [&](const core::v1::ProbeHandler& handler) {
    if (handler.exec) return started;
    ++liveness;
    return true;
  };
  run(R"({"containers":[{"name":"web","image":"web:1",
          "startupProbe":{"exec":{"command":["up"]},"periodSeconds":1,"failureThreshold":30},
          "livenessProbe":{"httpGet":{"port":80},"periodSeconds":1}}]})");
  loop.run_for(5s);
  EXPECT_EQ(liveness, 0);
  EXPECT_FALSE(status().started.value());
  EXPECT_FALSE(status().ready);
  started = true;
  loop.run_for(3s);
  EXPECT_GT(liveness, 0);
  EXPECT_TRUE(status().started.value());
  EXPECT_TRUE(status().ready);
}

TEST_F(PodWorkerTest, a_deleted_pod_ends_within_its_grace_and_leaves_nothing) {
  runtime.stubborn.insert("web");
  run(R"({"containers":[{"name":"web","image":"web:1",
          "lifecycle":{"preStop":{"exec":{"command":["bye"]}}}}]})");
  remove_gracefully(10);
  EXPECT_THAT(probes.hooks, ElementsAre("bye"));
  EXPECT_FALSE(done);
  loop.run_for(10s);
  EXPECT_TRUE(done);
  EXPECT_TRUE(reporter.removed);
  EXPECT_EQ(runtime.sandbox_count(), 0U);
  EXPECT_EQ(runtime.container_count(), 0U);
  EXPECT_EQ(material.cleaned, 1);
  EXPECT_EQ(status().state.terminated->exitCode, 137);
  EXPECT_EQ(last.phase, "Failed");
  EXPECT_THAT(reporter.events, Contains("Killing: Stopping container web"));
}

TEST_F(PodWorkerTest, a_shorter_grace_period_overtakes_a_longer_one) {
  runtime.stubborn.insert("web");
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  remove_gracefully(300);
  remove_gracefully(1);
  loop.run_for(2s);
  EXPECT_TRUE(done);
}

TEST_F(PodWorkerTest, a_hook_that_never_ends_is_cut_off_by_the_grace_period) {
  probes.hook_time = 10s;
  run(R"({"containers":[{"name":"web","image":"web:1",
          "lifecycle":{"preStop":{"exec":{"command":["bye"]}}}}]})");
  remove_gracefully(20);
  loop.run_for(15s);
  EXPECT_THAT(runtime.calls, Contains("stop web 10s"));
  EXPECT_TRUE(done);
}

TEST_F(PodWorkerTest, a_failed_post_start_hook_restarts_the_container) {
  probes.hooks_succeed = false;
  run(R"({"containers":[{"name":"web","image":"web:1",
          "lifecycle":{"postStart":{"exec":{"command":["hi"]}}}}]})");
  EXPECT_THAT(reporter.events, Contains("FailedPostStartHook: PostStartHook failed"));
  for (const core::v1::PodStatus& known : reporter.statuses)
    EXPECT_FALSE(!known.containerStatuses.empty() && known.containerStatuses[0].state.running);
  EXPECT_GE(starts().size(), 2U);
}

TEST_F(PodWorkerTest, a_container_runs_when_its_post_start_hook_has_ended) {
  probes.hook_time = 10s;
  run(R"({"containers":[{"name":"web","image":"web:1",
          "lifecycle":{"postStart":{"exec":{"command":["hi"]}}}}]})");
  EXPECT_TRUE(runtime.running("web"));
  EXPECT_EQ(last.phase, "Pending");
  EXPECT_EQ(status().state.waiting->reason, "ContainerCreating");
  loop.run_for(10s);
  EXPECT_EQ(last.phase, "Running");
  EXPECT_TRUE(status().state.running);
  EXPECT_TRUE(status().ready);
}

TEST_F(PodWorkerTest, a_name_that_is_no_name_of_an_image_is_never_pulled) {
  run(R"({"containers":[{"name":"web","image":"Web::1"}]})");
  EXPECT_EQ(status().state.waiting->reason, "InvalidImageName");
  EXPECT_THAT(status().state.waiting->message, HasSubstr("couldn't parse image name \"Web::1\""));
  EXPECT_THAT(reporter.events, Contains("Failed: Error: InvalidImageName"));
  EXPECT_THAT(reporter.events, Not(Contains(HasSubstr("Pulling"))));
}

TEST_F(PodWorkerTest, a_worker_knows_when_the_runtime_lists_something_else) {
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  RuntimePod listed = worker->seen();
  EXPECT_TRUE(worker->agrees_with(listed));
  listed.containers.front().state = Container::State::exited;
  EXPECT_FALSE(worker->agrees_with(listed));
  EXPECT_FALSE(worker->agrees_with(RuntimePod()));
}

TEST_F(PodWorkerTest, a_pod_past_its_deadline_fails) {
  run(R"({"activeDeadlineSeconds":60,"containers":[{"name":"web","image":"web:1"}]})");
  loop.run_for(50s);
  EXPECT_EQ(last.phase, "Running");
  loop.run_for(20s);
  EXPECT_EQ(last.phase, "Failed");
  EXPECT_EQ(last.reason, "DeadlineExceeded");
  EXPECT_FALSE(runtime.running("web"));
}

TEST_F(PodWorkerTest, an_evicted_pod_fails_with_its_reason) {
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  worker->fail_pod(PodFailure{"Evicted", "The node was low on resource: memory."});
  loop.run_for(1s);
  EXPECT_EQ(last.phase, "Failed");
  EXPECT_EQ(last.reason, "Evicted");
  EXPECT_EQ(condition("DisruptionTarget"), "True TerminationByKubelet");
}

TEST_F(PodWorkerTest, a_refused_pod_fails_before_anything_of_it_is_made) {
  pod.spec =
      model::from_json<core::v1::PodSpec>(R"({"containers":[{"name":"web","image":"web:1"}]})").value();
  pod.metadata.uid = "u1";
  worker = std::make_unique<PodWorker>(context, std::make_shared<core::v1::Pod>(pod), [] {});
  PodFailure refusal;
  refusal.reason = "OutOfcpu";
  refusal.refused = true;
  worker->fail_pod(refusal);
  worker->start();
  loop.run_for(1s);
  EXPECT_EQ(last.phase, "Failed");
  EXPECT_EQ(last.reason, "OutOfcpu");
  EXPECT_THAT(last.containerStatuses, testing::IsEmpty());
  EXPECT_FALSE(worker->takes_room());
  EXPECT_EQ(runtime.sandbox_count(), 0U);
}

TEST_F(PodWorkerTest, a_lost_sandbox_is_made_again) {
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  runtime.kill_sandboxes();
  loop.run_for(1s);
  EXPECT_EQ(last.phase, "Running");
  EXPECT_TRUE(runtime.running("web"));
  EXPECT_EQ(status().restartCount, 1);
  EXPECT_THAT(reporter.events,
              Contains("SandboxChanged: Pod sandbox changed, it will be killed and re-created."));
}

TEST_F(PodWorkerTest, a_new_image_restarts_only_that_container) {
  run(R"({"containers":[{"name":"web","image":"web:1"},{"name":"side","image":"side:1"}]})");
  pod.spec.containers[0].image = "init:1";
  update();
  EXPECT_THAT(starts(), ElementsAre("web", "side", "web"));
  EXPECT_THAT(reporter.events, Contains("Killing: Container web definition changed, will be restarted"));
}

TEST_F(PodWorkerTest, a_new_worker_adopts_what_runs_without_touching_it) {
  run(R"({"containers":[{"name":"web","image":"web:1",
          "readinessProbe":{"httpGet":{"port":80},"initialDelaySeconds":5,"periodSeconds":2}}]})");
  loop.run_for(10s);
  ASSERT_EQ(condition("Ready"), "True");
  pod.status = last;
  runtime.calls.clear();
  worker = std::make_unique<PodWorker>(context, std::make_shared<core::v1::Pod>(pod), [] {});
  worker->start();
  loop.run_for(10s);
  EXPECT_THAT(runtime.calls, testing::IsEmpty());
  EXPECT_EQ(condition("Ready"), "True");
  EXPECT_EQ(status().restartCount, 0);
}

TEST_F(PodWorkerTest, a_pod_that_the_api_forgot_is_killed_silently) {
  run(R"({"containers":[{"name":"web","image":"web:1"}]})");
  const std::size_t written = reporter.statuses.size();
  worker->remove();
  loop.run_for(5s);
  EXPECT_TRUE(done);
  EXPECT_EQ(runtime.container_count(), 0U);
  EXPECT_EQ(reporter.statuses.size(), written);
  EXPECT_FALSE(reporter.removed);
}

TEST_F(PodWorkerTest, out_of_memory_is_named) {
  run(R"({"restartPolicy":"Never","containers":[{"name":"web","image":"web:1"}]})");
  runtime.exit("web", 137, "OOMKilled");
  loop.run_for(1s);
  EXPECT_EQ(status().state.terminated->reason, "OOMKilled");
}

TEST_F(PodWorkerTest, out_of_memory_is_named_though_the_runtime_learns_of_it_late) {
  run(R"({"restartPolicy":"Never","containers":[{"name":"web","image":"web:1"}]})");
  runtime.exit("web", 137, "Error");
  loop.run_for(3s);
  EXPECT_EQ(status().state.terminated->reason, "Error");
  runtime.explain("web", "OOMKilled");
  loop.run_for(2s);
  EXPECT_EQ(status().state.terminated->reason, "OOMKilled");
}

}  // namespace
}  // namespace aloft::node
