// A Runtime in memory with the rules of the real one: containers run in sandboxes, end when told, and are
// there until removed. Tests end containers, take images away and make calls fail.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "io/loop.h"
#include "node/runtime.h"

namespace aloft::node {

// Lives on one loop.
class FakeRuntime final : public Runtime {
 public:
  FakeRuntime(io::Loop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}

  // What the tests say about the world.
  std::set<std::string> images;                // on this machine
  std::set<std::string> registry;              // can be pulled
  StringMap registry_users;                    // by image: who alone may pull it
  std::set<std::string> stubborn;              // container names that ignore the request to end
  std::map<std::string, Error> failures;       // method name, or method:container name -> error, until erased
  std::map<std::string, ExecResult> commands;  // first word of a command -> what it gives
  Duration pull_time{};

  // What happened, as "start web", "stop web 30s".
  std::vector<std::string> calls;
  std::vector<ContainerConfig> created;

  // The newest running container of that name ends.
  void exit(const std::string& name, int code, std::string reason = {});
  // What the runtime says of an end is another reason from now on; nobody is told.
  void explain(const std::string& name, std::string reason);
  void kill_sandboxes();
  bool running(const std::string& name) const;
  std::size_t sandbox_count() const { return sandboxes_.size(); }
  std::size_t container_count() const { return containers_.size(); }

  io::Task<Result<RuntimeVersion>> version() override;
  io::Task<Result<>> check_ready() override;
  io::Task<Result<std::map<std::string, RuntimePod>>> list_pods() override;
  io::Task<Result<RuntimePod>> inspect_pod(std::string pod_uid) override;
  io::Task<Result<std::string>> run_sandbox(SandboxConfig config) override;
  io::Task<Result<>> stop_sandbox(std::string id) override;
  io::Task<Result<>> remove_sandbox(std::string id) override;
  io::Task<Result<std::string>> create_container(std::string sandbox_id, ContainerConfig config,
                                                 SandboxConfig sandbox) override;
  io::Task<Result<>> start_container(std::string id) override;
  io::Task<Result<>> stop_container(std::string id, Duration grace) override;
  io::Task<Result<>> remove_container(std::string id) override;
  io::Task<Result<>> update_limits(std::string id, ResourceLimits limits) override;
  io::Task<Result<>> reopen_log(std::string id) override;
  io::Task<Result<ExecResult>> exec(std::string id, std::vector<std::string> command,
                                    Duration timeout) override;
  io::Task<Result<std::string>> exec_url(std::string id, StreamOptions options) override;
  io::Task<Result<std::string>> attach_url(std::string id, StreamOptions options) override;
  io::Task<Result<std::string>> port_forward_url(std::string sandbox_id,
                                                 std::vector<std::int32_t> ports) override;
  io::Task<Result<std::vector<ContainerUsage>>> usage() override;
  io::Task<Result<std::optional<ImageInfo>>> find_image(std::string name) override;
  io::Task<Result<std::vector<ImageInfo>>> list_images() override;
  io::Task<Result<std::string>> pull_image(std::string name, std::optional<RegistryAuth> auth) override;
  io::Task<Result<>> remove_image(std::string name) override;
  void on_change(std::function<void(const std::string& id)> listener) override {
    listener_ = std::move(listener);
  }

 private:
  Result<> outcome(const std::string& method, const std::string& name = {}) const;
  Container* find(const std::string& id);
  void end(Container& container, int code, std::string reason);
  void changed(const std::string& id);

  io::Loop& loop_;
  const Clock& clock_;
  std::map<std::string, Sandbox> sandboxes_;
  std::map<std::string, Container> containers_;
  std::map<std::string, std::string> uids_;  // of containers
  std::function<void(const std::string& id)> listener_;
  int next_id_ = 1;
};

}  // namespace aloft::node
