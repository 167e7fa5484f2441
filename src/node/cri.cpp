// See cri.h. Every call is one gRPC exchange over a shared HTTP/2 connection; changes come from containerd's
// event stream, which is opened again whenever it breaks.
#include "node/cri.h"

#include <fmt/format.h>

#include "base/log.h"
#include "http/grpc.h"
#include "io/net.h"
#include "node/cri_convert.h"
#include "node/cri_messages.h"

namespace aloft::node {

namespace {

const Log log_cri("node.cri");
constexpr Duration usual_deadline = 2min;  // the slowest honest answer of a loaded machine

http::ClientSettings settings_for(std::string socket_path) {
  http::ClientSettings settings;
  settings.address = io::Address::unix_socket(std::move(socket_path));
  settings.authority = "localhost";
  settings.http2_prior_knowledge = true;
  return settings;
}

std::string uid_label_of(const StringMap& labels) {
  const auto found = labels.find(std::string(label_pod_uid));
  return found == labels.end() ? std::string() : found->second;
}

template <class T>
void newest_first(std::vector<T>& items) {
  std::sort(items.begin(), items.end(), [](const T& a, const T& b) { return a.created > b.created; });
}

class CriRuntime final : public Runtime {
 public:
  CriRuntime(io::EpollLoop& loop, std::string socket_path)
      : loop_(loop), client_(loop, socket_path), events_(loop, std::move(socket_path)), scope_(loop) {}

  io::Task<Result<RuntimeVersion>> version() override {
    const cri::VersionRequest request;
    auto answer = co_await client_.call<cri::VersionResponse>("RuntimeService/Version", request, 5s);
    if (!answer) co_return fail(std::move(answer.error()));
    co_return RuntimeVersion{answer->runtime_name, answer->runtime_version};
  }

  io::Task<Result<>> check_ready() override {
    const cri::StatusRequest request;
    auto answer = co_await client_.call<cri::StatusResponse>("RuntimeService/Status", request, 5s);
    if (!answer) co_return fail(std::move(answer.error()));
    if (!answer->status) co_return fail(Code::unavailable, "the container runtime gives no status");
    for (const cri::RuntimeCondition& condition : answer->status->conditions) {
      if (condition.status) continue;
      co_return fail(Code::unavailable,
                     fmt::format("{}: {}: {}", condition.type, condition.reason, condition.message));
    }
    co_return Result<>();
  }

  io::Task<Result<std::map<std::string, RuntimePod>>> list_pods() override {
    std::map<std::string, RuntimePod> pods;
    const cri::ListPodSandboxRequest all_sandboxes;
    auto sandboxes = co_await client_.call<cri::ListPodSandboxResponse>("RuntimeService/ListPodSandbox",
                                                                        all_sandboxes, usual_deadline);
    if (!sandboxes) co_return fail(std::move(sandboxes.error()));
    for (const cri::PodSandbox& item : sandboxes->items) {
      Sandbox sandbox = from_message(item);
      pods[sandbox.pod_uid].sandboxes.push_back(std::move(sandbox));
    }
    const cri::ListContainersRequest all_containers;
    auto containers = co_await client_.call<cri::ListContainersResponse>("RuntimeService/ListContainers",
                                                                         all_containers, usual_deadline);
    if (!containers) co_return fail(std::move(containers.error()));
    for (const cri::Container& item : containers->containers) {
      Container container = from_message(item);
      pods[uid_label_of(container.labels)].containers.push_back(std::move(container));
    }
    for (auto& [uid, pod] : pods) {
      newest_first(pod.sandboxes);
      newest_first(pod.containers);
    }
    co_return pods;
  }

  io::Task<Result<RuntimePod>> inspect_pod(std::string pod_uid) override {
    RuntimePod pod;
    cri::ListPodSandboxRequest sandbox_request;
    sandbox_request.filter.emplace();
    sandbox_request.filter->label_selector[std::string(label_pod_uid)] = pod_uid;
    auto sandboxes = co_await client_.call<cri::ListPodSandboxResponse>("RuntimeService/ListPodSandbox",
                                                                        sandbox_request, usual_deadline);
    if (!sandboxes) co_return fail(std::move(sandboxes.error()));
    for (const cri::PodSandbox& item : sandboxes->items) {
      cri::PodSandboxStatusRequest request;
      request.pod_sandbox_id = item.id;
      auto status = co_await client_.call<cri::PodSandboxStatusResponse>("RuntimeService/PodSandboxStatus",
                                                                         request, usual_deadline);
      if (!status && status.error().code() == Code::not_found) continue;
      if (!status) co_return fail(std::move(status.error()));
      pod.sandboxes.push_back(status->status ? from_message(*status->status) : from_message(item));
    }
    cri::ListContainersRequest container_request;
    container_request.filter.emplace();
    container_request.filter->label_selector[std::string(label_pod_uid)] = pod_uid;
    auto containers = co_await client_.call<cri::ListContainersResponse>("RuntimeService/ListContainers",
                                                                         container_request, usual_deadline);
    if (!containers) co_return fail(std::move(containers.error()));
    for (const cri::Container& item : containers->containers) {
      cri::ContainerId request;
      request.container_id = item.id;
      auto status = co_await client_.call<cri::ContainerStatusResponse>("RuntimeService/ContainerStatus",
                                                                        request, usual_deadline);
      if (!status && status.error().code() == Code::not_found) continue;
      if (!status) co_return fail(std::move(status.error()));
      Container container = status->status ? from_message(*status->status) : from_message(item);
      container.sandbox_id = item.pod_sandbox_id;
      pod.containers.push_back(std::move(container));
    }
    newest_first(pod.sandboxes);
    newest_first(pod.containers);
    co_return pod;
  }

  io::Task<Result<std::string>> run_sandbox(SandboxConfig config) override {
    cri::RunPodSandboxRequest request;
    request.config = to_message(config);
    auto answer = co_await client_.call<cri::PodSandboxId>("RuntimeService/RunPodSandbox", request, 4min);
    if (!answer) co_return fail(std::move(answer.error()));
    co_return answer->pod_sandbox_id;
  }
  io::Task<Result<>> stop_sandbox(std::string id) override {
    return sandbox_call("StopPodSandbox", std::move(id));
  }
  io::Task<Result<>> remove_sandbox(std::string id) override {
    return sandbox_call("RemovePodSandbox", std::move(id));
  }

  io::Task<Result<std::string>> create_container(std::string sandbox_id, ContainerConfig config,
                                                 SandboxConfig sandbox) override {
    cri::CreateContainerRequest request;
    request.pod_sandbox_id = std::move(sandbox_id);
    request.config = to_message(config);
    request.sandbox_config = to_message(sandbox);
    auto answer =
        co_await client_.call<cri::ContainerId>("RuntimeService/CreateContainer", request, usual_deadline);
    if (!answer) co_return fail(std::move(answer.error()));
    co_return answer->container_id;
  }
  io::Task<Result<>> start_container(std::string id) override {
    return container_call("StartContainer", std::move(id), usual_deadline);
  }
  io::Task<Result<>> stop_container(std::string id, Duration grace) override {
    cri::StopContainerRequest request;
    request.container_id = std::move(id);
    request.timeout = std::chrono::ceil<std::chrono::seconds>(std::max(grace, Duration(0))).count();
    auto answer =
        co_await client_.call<cri::Empty>("RuntimeService/StopContainer", request, grace + usual_deadline);
    co_return done_or_absent(answer);
  }
  io::Task<Result<>> remove_container(std::string id) override {
    return container_call("RemoveContainer", std::move(id), usual_deadline);
  }
  io::Task<Result<>> update_limits(std::string id, ResourceLimits limits) override {
    cri::UpdateContainerResourcesRequest request;
    request.container_id = std::move(id);
    request.linux_ = to_message(limits);
    auto answer =
        co_await client_.call<cri::Empty>("RuntimeService/UpdateContainerResources", request, usual_deadline);
    if (!answer) co_return fail(std::move(answer.error()));
    co_return Result<>();
  }
  io::Task<Result<>> reopen_log(std::string id) override {
    return container_call("ReopenContainerLog", std::move(id), usual_deadline);
  }

  io::Task<Result<ExecResult>> exec(std::string id, std::vector<std::string> command,
                                    Duration timeout) override {
    cri::ExecSyncRequest request;
    request.container_id = std::move(id);
    request.cmd = std::move(command);
    request.timeout = std::chrono::ceil<std::chrono::seconds>(timeout).count();
    // The runtime ends the command at its own time-out; ours only guards against a runtime that hangs.
    auto answer =
        co_await client_.call<cri::ExecSyncResponse>("RuntimeService/ExecSync", request, timeout + 10s);
    if (!answer) co_return fail(std::move(answer.error()));
    ExecResult result;
    result.code = answer->exit_code;
    result.output.append(as_text(answer->stdout_)).append(as_text(answer->stderr_));
    co_return result;
  }
  io::Task<Result<std::string>> exec_url(std::string id, StreamOptions options) override {
    cri::ExecRequest request;
    request.container_id = std::move(id);
    request.cmd = std::move(options.command);
    request.tty = options.terminal;
    request.stdin_ = options.input;
    request.stdout_ = options.output;
    request.stderr_ = options.error;
    return url_call("RuntimeService/Exec", std::move(request));
  }
  io::Task<Result<std::string>> attach_url(std::string id, StreamOptions options) override {
    cri::AttachRequest request;
    request.container_id = std::move(id);
    request.tty = options.terminal;
    request.stdin_ = options.input;
    request.stdout_ = options.output;
    request.stderr_ = options.error;
    return url_call("RuntimeService/Attach", std::move(request));
  }
  io::Task<Result<std::string>> port_forward_url(std::string sandbox_id,
                                                 std::vector<std::int32_t> ports) override {
    cri::PortForwardRequest request;
    request.pod_sandbox_id = std::move(sandbox_id);
    request.port = std::move(ports);
    return url_call("RuntimeService/PortForward", std::move(request));
  }

  io::Task<Result<std::vector<ContainerUsage>>> usage() override {
    const cri::ListContainerStatsRequest request;
    auto answer = co_await client_.call<cri::ListContainerStatsResponse>("RuntimeService/ListContainerStats",
                                                                         request, usual_deadline);
    if (!answer) co_return fail(std::move(answer.error()));
    std::vector<ContainerUsage> found;
    for (const cri::ContainerStats& stats : answer->stats) found.push_back(from_message(stats));
    co_return found;
  }

  io::Task<Result<std::optional<ImageInfo>>> find_image(std::string name) override {
    const cri::ImageRequest request = image_request(std::move(name));
    auto answer =
        co_await client_.call<cri::ImageStatusResponse>("ImageService/ImageStatus", request, usual_deadline);
    if (!answer) co_return fail(std::move(answer.error()));
    std::optional<ImageInfo> found;
    if (answer->image) found = from_message(*answer->image);
    co_return found;
  }
  io::Task<Result<std::vector<ImageInfo>>> list_images() override {
    const cri::ListImagesRequest request;
    auto answer =
        co_await client_.call<cri::ListImagesResponse>("ImageService/ListImages", request, usual_deadline);
    if (!answer) co_return fail(std::move(answer.error()));
    std::vector<ImageInfo> found;
    for (const cri::Image& image : answer->images) found.push_back(from_message(image));
    co_return found;
  }
  io::Task<Result<std::string>> pull_image(std::string name, std::optional<RegistryAuth> auth) override {
    cri::PullImageRequest request;
    request.image.emplace();
    request.image->image = std::move(name);
    if (auth) {
      request.auth.emplace();
      request.auth->username = auth->user;
      request.auth->password = auth->password;
      request.auth->server_address = auth->server;
      request.auth->identity_token = auth->identity_token;
    }
    auto answer = co_await client_.call<cri::PullImageResponse>("ImageService/PullImage", request, 30min);
    if (!answer) co_return fail(std::move(answer.error()));
    co_return answer->image_ref;
  }
  io::Task<Result<>> remove_image(std::string name) override {
    const cri::ImageRequest request = image_request(std::move(name));
    auto answer = co_await client_.call<cri::Empty>("ImageService/RemoveImage", request, usual_deadline);
    if (!answer) co_return fail(std::move(answer.error()));
    co_return Result<>();
  }

  void on_change(std::function<void(const std::string& id)> listener) override {
    listener_ = std::move(listener);
    if (scope_.size() == 0) scope_.spawn(follow_events());
  }

 private:
  static cri::ImageRequest image_request(std::string name) {
    cri::ImageRequest request;
    request.image.emplace();
    request.image->image = std::move(name);
    return request;
  }

  static Result<> done_or_absent(const Result<cri::Empty>& answer) {
    if (!answer && answer.error().code() != Code::not_found) return fail(answer.error());
    return {};
  }

  io::Task<Result<>> sandbox_call(std::string_view name, std::string id) {
    cri::PodSandboxId request;
    request.pod_sandbox_id = std::move(id);
    const std::string method = "RuntimeService/" + std::string(name);
    auto answer = co_await client_.call<cri::Empty>(method, request, usual_deadline);
    co_return done_or_absent(answer);
  }

  io::Task<Result<>> container_call(std::string_view name, std::string id, Duration deadline) {
    cri::ContainerId request;
    request.container_id = std::move(id);
    const std::string method = "RuntimeService/" + std::string(name);
    auto answer = co_await client_.call<cri::Empty>(method, request, deadline);
    if (name == "RemoveContainer") co_return done_or_absent(answer);
    if (!answer) co_return fail(std::move(answer.error()));
    co_return Result<>();
  }

  template <class Request>
  io::Task<Result<std::string>> url_call(std::string_view method, Request request) {
    auto answer = co_await client_.call<cri::StreamingUrl>(method, request, usual_deadline);
    if (!answer) co_return fail(std::move(answer.error()));
    co_return answer->url;
  }

  // An event that concerns a whole container or sandbox; the processes that exec adds have an id of their
  // own.
  static std::optional<std::string> changed_by(std::string_view bytes) {
    auto envelope = model::from_protobuf<cri::EventEnvelope>(bytes);
    if (!envelope || !envelope->event) return std::nullopt;
    const bool exit = envelope->topic == "/tasks/exit";
    if (!exit && envelope->topic != "/tasks/oom" && envelope->topic != "/tasks/start") return std::nullopt;
    auto event = model::from_protobuf<cri::TaskEvent>(as_text(envelope->event->value));
    if (!event) return std::nullopt;
    if (exit && event->id != event->container_id) return std::nullopt;
    return event->container_id;
  }

  io::Task<> follow_events() {
    for (;;) {
      cri::SubscribeRequest request;
      request.filters.push_back("namespace==k8s.io");
      std::string message = model::to_protobuf(request, model::Presence::proto3);
      auto stream = co_await http::grpc_stream(
          events_.connection(), "/containerd.services.events.v1.Events/Subscribe", std::move(message));
      if (stream) {
        listener_(std::string());
        for (;;) {
          auto next = co_await (*stream)->next();
          if (!next || !*next) break;
          if (auto id = changed_by(**next)) listener_(*id);
        }
      }
      log_cri.debug("the runtime's event stream ended; opening it again");
      co_await loop_.sleep(1s);
    }
  }

  io::EpollLoop& loop_;
  CriClient client_;
  CriClient events_;  // its own connection, so that a burst of calls never delays news
  std::function<void(const std::string& id)> listener_;
  io::Scope scope_;
};

}  // namespace

CriClient::CriClient(io::EpollLoop& loop, std::string socket_path)
    : connection_(http::Client::make(loop, settings_for(std::move(socket_path)))) {}
CriClient::~CriClient() = default;

io::Task<Result<std::string>> CriClient::call_bytes(std::string method, std::string message,
                                                    Duration deadline) {
  const std::string prefix = method + ": ";
  auto answer = co_await http::grpc_call(*connection_, std::move(method), std::move(message), deadline);
  if (answer) co_return answer;
  // These messages reach users in events and states, where the name of the call says nothing.
  std::string text = answer.error().message();
  if (text.starts_with(prefix)) text.erase(0, prefix.size());
  co_return fail(answer.error().code(), std::move(text));
}

std::unique_ptr<Runtime> make_cri_runtime(io::EpollLoop& loop, std::string socket_path) {
  return std::make_unique<CriRuntime>(loop, std::move(socket_path));
}

}  // namespace aloft::node
