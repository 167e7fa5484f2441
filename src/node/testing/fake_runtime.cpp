// See fake_runtime.h.
#include "node/testing/fake_runtime.h"

#include <fmt/format.h>

namespace aloft::node {

namespace {
bool alive(const Container& container) { return container.state == Container::State::running; }
}  // namespace

Result<> FakeRuntime::outcome(const std::string& method, const std::string& name) const {
  for (const std::string& key : {method, method + ":" + name}) {
    if (const auto found = failures.find(key); found != failures.end()) return fail(found->second);
  }
  return {};
}

Container* FakeRuntime::find(const std::string& id) {
  const auto found = containers_.find(id);
  return found == containers_.end() ? nullptr : &found->second;
}

void FakeRuntime::changed(const std::string& id) {
  if (listener_) listener_(id);
}

void FakeRuntime::end(Container& container, int code, std::string reason) {
  container.state = Container::State::exited;
  container.exit_code = code;
  container.reason = reason.empty() ? (code == 0 ? "Completed" : "Error") : std::move(reason);
  container.finished = clock_.wall();
  changed(container.id);
}

void FakeRuntime::exit(const std::string& name, int code, std::string reason) {
  Container* newest = nullptr;
  for (auto& [id, container] : containers_) {
    if (container.name == name && alive(container)) newest = &container;
  }
  if (newest != nullptr) end(*newest, code, std::move(reason));
}

void FakeRuntime::explain(const std::string& name, std::string reason) {
  for (auto& [id, container] : containers_) {
    if (container.name == name && container.state == Container::State::exited) container.reason = reason;
  }
}

void FakeRuntime::kill_sandboxes() {
  for (auto& [id, sandbox] : sandboxes_) sandbox.ready = false;
  for (auto& [id, container] : containers_) {
    if (alive(container)) end(container, 137, "Error");
  }
  changed({});
}

bool FakeRuntime::running(const std::string& name) const {
  for (const auto& [id, container] : containers_) {
    if (container.name == name && alive(container)) return true;
  }
  return false;
}

io::Task<Result<RuntimeVersion>> FakeRuntime::version() { co_return RuntimeVersion{"fake", "1"}; }
io::Task<Result<>> FakeRuntime::check_ready() { co_return outcome("check_ready"); }

io::Task<Result<std::map<std::string, RuntimePod>>> FakeRuntime::list_pods() {
  std::map<std::string, RuntimePod> pods;
  for (const auto& [id, sandbox] : sandboxes_) pods[sandbox.pod_uid].sandboxes.push_back(sandbox);
  for (const auto& [id, container] : containers_) pods[uids_.at(id)].containers.push_back(container);
  co_return pods;
}

io::Task<Result<RuntimePod>> FakeRuntime::inspect_pod(std::string pod_uid) {
  TRY_CO_DO(outcome("inspect_pod"));
  RuntimePod pod;
  for (const auto& [id, sandbox] : sandboxes_) {
    if (sandbox.pod_uid == pod_uid) pod.sandboxes.insert(pod.sandboxes.begin(), sandbox);
  }
  for (const auto& [id, container] : containers_) {
    if (uids_.at(id) == pod_uid) pod.containers.insert(pod.containers.begin(), container);
  }
  co_return pod;
}

io::Task<Result<std::string>> FakeRuntime::run_sandbox(SandboxConfig config) {
  calls.push_back("sandbox");
  TRY_CO_DO(outcome("run_sandbox"));
  Sandbox sandbox;
  sandbox.id = fmt::format("s{:04}", next_id_++);
  sandbox.pod_uid = config.pod_uid;
  sandbox.pod_name = config.pod_name;
  sandbox.ns = config.ns;
  sandbox.attempt = config.attempt;
  sandbox.ready = true;
  sandbox.created = clock_.wall();
  if (!config.namespaces.host_network) sandbox.ips.push_back(fmt::format("10.0.0.{}", next_id_));
  const std::string id = sandbox.id;
  sandboxes_[id] = std::move(sandbox);
  co_return id;
}

io::Task<Result<>> FakeRuntime::stop_sandbox(std::string id) {
  TRY_CO_DO(outcome("stop_sandbox"));
  const auto found = sandboxes_.find(id);
  if (found == sandboxes_.end() || !found->second.ready) co_return Result<>();
  calls.push_back("stop sandbox");
  for (auto& [container_id, container] : containers_) {
    if (container.sandbox_id == id && alive(container)) end(container, 137, "Error");
  }
  found->second.ready = false;
  changed(id);
  co_return Result<>();
}

io::Task<Result<>> FakeRuntime::remove_sandbox(std::string id) {
  std::erase_if(containers_, [&id](const auto& entry) { return entry.second.sandbox_id == id; });
  sandboxes_.erase(id);
  co_return Result<>();
}

io::Task<Result<std::string>> FakeRuntime::create_container(std::string sandbox_id, ContainerConfig config,
                                                            SandboxConfig sandbox) {
  TRY_CO_DO(outcome("create_container", config.name));
  const auto place = sandboxes_.find(sandbox_id);
  if (place == sandboxes_.end() || !place->second.ready) co_return fail(Code::not_found, "no such sandbox");
  Container container;
  container.id = fmt::format("c{:04}", next_id_++);
  container.sandbox_id = sandbox_id;
  container.name = config.name;
  container.attempt = config.attempt;
  container.image = config.image;
  container.image_id = "sha256:" + config.image;
  container.created = clock_.wall();
  container.labels = config.labels;
  container.annotations = config.annotations;
  const std::string id = container.id;
  uids_[id] = sandbox.pod_uid;
  containers_[id] = std::move(container);
  created.push_back(std::move(config));
  co_return id;
}

io::Task<Result<>> FakeRuntime::start_container(std::string id) {
  Container* container = find(id);
  if (container == nullptr) co_return fail(Code::not_found, "no such container");
  calls.push_back("start " + container->name);
  if (auto result = outcome("start_container", container->name); !result) {
    container->message = result.error().message();
    end(*container, 128, "StartError");
    co_return result;
  }
  container->state = Container::State::running;
  container->started = clock_.wall();
  co_return Result<>();
}

io::Task<Result<>> FakeRuntime::stop_container(std::string id, Duration grace) {
  Container* container = find(id);
  if (container == nullptr || !alive(*container)) co_return Result<>();
  calls.push_back(fmt::format("stop {} {}", container->name, format_duration(grace)));
  if (!stubborn.contains(container->name) && grace > Duration(0)) {
    end(*container, 143, {});
    co_return Result<>();
  }
  co_await loop_.sleep(grace);
  container = find(id);
  if (container != nullptr && alive(*container)) end(*container, 137, {});
  co_return Result<>();
}

io::Task<Result<>> FakeRuntime::remove_container(std::string id) {
  containers_.erase(id);
  co_return Result<>();
}
io::Task<Result<>> FakeRuntime::update_limits(std::string, ResourceLimits) { co_return Result<>(); }
io::Task<Result<>> FakeRuntime::reopen_log(std::string id) {
  calls.push_back("reopen " + id);
  co_return Result<>();
}

io::Task<Result<ExecResult>> FakeRuntime::exec(std::string id, std::vector<std::string> command, Duration) {
  const Container* container = find(id);
  if (container == nullptr || !alive(*container)) co_return fail(Code::not_found, "no such container");
  calls.push_back(fmt::format("exec {} {}", container->name, fmt::join(command, " ")));
  const auto found = commands.find(command.empty() ? "" : command.front());
  if (found == commands.end()) co_return ExecResult{0, ""};
  co_return found->second;
}
io::Task<Result<std::string>> FakeRuntime::exec_url(std::string id, StreamOptions) {
  co_return "http://fake/exec/" + id;
}
io::Task<Result<std::string>> FakeRuntime::attach_url(std::string id, StreamOptions) {
  co_return "http://fake/attach/" + id;
}
io::Task<Result<std::string>> FakeRuntime::port_forward_url(std::string sandbox_id,
                                                            std::vector<std::int32_t>) {
  co_return "http://fake/portforward/" + sandbox_id;
}
io::Task<Result<std::vector<ContainerUsage>>> FakeRuntime::usage() {
  co_return std::vector<ContainerUsage>();
}

io::Task<Result<std::optional<ImageInfo>>> FakeRuntime::find_image(std::string name) {
  TRY_CO_DO(outcome("find_image"));
  std::optional<ImageInfo> found;
  if (images.contains(name)) {
    found.emplace();
    found->id = "sha256:" + name;
    found->tags.push_back(name);
    if (registry.contains(name)) found->digests.push_back(name + "@sha256:00");
  }
  co_return found;
}
io::Task<Result<std::vector<ImageInfo>>> FakeRuntime::list_images() {
  std::vector<ImageInfo> found;
  for (const std::string& name : images) {
    found.emplace_back().id = "sha256:" + name;
    found.back().tags.push_back(name);
  }
  co_return found;
}
io::Task<Result<std::string>> FakeRuntime::pull_image(std::string name, std::optional<RegistryAuth> auth) {
  calls.push_back("pull " + name + (auth ? " as " + auth->user : ""));
  if (pull_time > Duration(0)) co_await loop_.sleep(pull_time);
  if (!registry.contains(name)) co_return fail(Code::not_found, "no such image: " + name);
  const auto guarded = registry_users.find(name);
  if (guarded != registry_users.end() && (!auth || auth->user != guarded->second))
    co_return fail(Code::unauthorized, "pull access denied: " + name);
  images.insert(name);
  co_return "sha256:" + name;
}
io::Task<Result<>> FakeRuntime::remove_image(std::string name) {
  images.erase(name);
  co_return Result<>();
}

}  // namespace aloft::node
