// See node_server.h.
#include "node/node_server.h"

#include <charconv>

#include <fmt/format.h>
#include <unistd.h>

#include "client/typed.h"
#include "http/portforward.h"
#include "http/remote_session.h"
#include "model/json.h"
#include "node/container_config.h"
#include "node/log_reader.h"

namespace aloft::node {

namespace {

using model::Array;
using model::Object;
using model::Value;

std::vector<std::string> segments(const http::RequestHead& head) {
  std::vector<std::string> out;
  std::string_view path = head.target;
  path = path.substr(0, path.find('?'));
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    out.push_back(http::percent_decode(path.substr(0, end)));
    path.remove_prefix(end);
  }
  return out;
}

std::optional<std::int64_t> number(const http::Query& query, std::string_view name) {
  const auto value = query.get(name);
  std::int64_t out = 0;
  if (!value || std::from_chars(value->data(), value->data() + value->size(), out).ec != std::errc())
    return std::nullopt;
  return out;
}

http::ResponseHead head_of(int status, std::string type) {
  http::ResponseHead head;
  head.status = status;
  head.headers.add("Content-Type", std::move(type));
  return head;
}

// As the API shows it to the user: a Status, which the API hands on as it is.
std::string status_of(const Error& error) {
  const Object status{{"kind", "Status"},
                      {"apiVersion", "v1"},
                      {"metadata", Object()},
                      {"status", "Failure"},
                      {"message", error.message()},
                      {"reason", reason(error.code())},
                      {"code", http_status(error.code())}};
  return model::to_json(Value(status));
}

io::Task<> refuse(http::Responder& responder, Error error) {
  if (responder.begun()) co_return;
  (void)co_await responder.send(head_of(http_status(error.code()), "application/json"), status_of(error));
}

// The API server shows itself as one; other certificates of the authority are no way into containers.
bool is_administrator(const http::PeerCertificate* certificate) {
  if (certificate == nullptr) return false;
  const auto& groups = certificate->organizations;
  return std::find(groups.begin(), groups.end(), "system:masters") != groups.end();
}

// A client for the host of the URL, and the path and query behind it.
struct StreamingTarget {
  http::ClientSettings settings;
  std::string target;
};
Result<StreamingTarget> parse_url(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) return fail(Code::internal, "the runtime gave no http address: " + url);
  const std::size_t slash = url.find('/', scheme.size());
  TRY(address, io::parse_address(std::string_view(url).substr(scheme.size(), slash - scheme.size())));
  StreamingTarget out;
  out.settings.address = std::move(address);
  out.target = slash == std::string::npos ? "/" : url.substr(slash);
  return out;
}

// Why a container that was never made has no logs.
std::string why_no_logs(const PodWorker& worker, const std::string& container) {
  const core::v1::Pod& pod = *worker.pod();
  const core::v1::PodStatus& status = pod.status;
  const std::string subject = fmt::format("container \"{}\" in pod \"{}\"", container, pod.metadata.name);
  for (const auto* list :
       {&status.containerStatuses, &status.initContainerStatuses, &status.ephemeralContainerStatuses}) {
    for (const core::v1::ContainerStatus& known : *list) {
      if (known.name == container && known.state.waiting)
        return fmt::format("{} is waiting to start: {}", subject, known.state.waiting->reason);
    }
  }
  // One that its node refused waits for nothing.
  return subject + (is_terminal(pod) ? " is not available" : " is waiting to start: ContainerCreating");
}

// The attempt before the newest one.
const Container* previous_of(const PodWorker& worker, const Container& newest) {
  const Container* found = nullptr;
  for (const Container& container : worker.seen().containers) {
    if (container.name != newest.name || container.attempt >= newest.attempt) continue;
    if (found == nullptr || container.attempt > found->attempt) found = &container;
  }
  return found;
}

Result<LogOptions> log_options(const http::Query& query, WallTime now) {
  LogOptions options;
  options.follow = query.on("follow");
  options.timestamps = query.on("timestamps");
  options.tail_lines = number(query, "tailLines");
  options.limit_bytes = number(query, "limitBytes");
  if (const auto seconds = number(query, "sinceSeconds"))
    options.since = now - std::chrono::seconds(*seconds);
  if (const auto time = query.get("sinceTime"); time && !time->empty()) {
    TRY(since, parse_time(*time));
    options.since = since;
  }
  if (const auto stream = query.get("stream"); stream && (*stream == "Stdout" || *stream == "Stderr")) {
    options.stream = *stream == "Stdout" ? "stdout" : "stderr";
  }
  return options;
}

Object cpu_and_memory(const ContainerUsage& usage) {
  const std::string time = format_seconds(usage.at);
  const Object cpu{{"time", time},
                   {"usageCoreNanoSeconds", static_cast<std::int64_t>(usage.cpu_nanoseconds)}};
  const Object memory{{"time", time},
                      {"usageBytes", static_cast<std::int64_t>(usage.memory_bytes)},
                      {"workingSetBytes", static_cast<std::int64_t>(usage.memory_working_set_bytes)},
                      {"rssBytes", static_cast<std::int64_t>(usage.memory_rss_bytes)}};
  return Object{{"name", usage.name}, {"cpu", cpu}, {"memory", memory}};
}

}  // namespace

io::Task<> NodeServer::handle(http::Request& request, http::Responder& responder) {
  std::vector<std::string> path = segments(request.head());
  const std::string action = path.empty() ? std::string() : path.front();
  if (action == "healthz") {
    (void)co_await responder.send(head_of(200, "text/plain; charset=utf-8"), std::string("ok"));
    co_return;
  }
  if (request.secure() && !is_administrator(request.certificate())) {
    Error error(Code::unauthorized, "Unauthorized");
    co_await refuse(responder, std::move(error));
    co_return;
  }
  if (action == "containerLogs")
    co_await send_logs(request, responder, std::move(path));
  else if (action == "exec" || action == "attach")
    co_await run_session(request, responder, std::move(path));
  else if (action == "portForward")
    co_await forward_ports(request, responder, std::move(path));
  else if (action == "pods")
    co_await send_pods(responder);
  else if (action == "stats")
    co_await send_stats(responder);
  else {
    Error error(Code::not_found, "404 page not found");
    co_await refuse(responder, std::move(error));
  }
}

Result<NodeServer::Place> NodeServer::find(const std::vector<std::string>& path, bool needs_container) const {
  if (path.size() < (needs_container ? 4U : 3U))
    return fail(Code::bad_request, "the path names no container");
  Place place;
  place.worker = context_.find_pod(path[1], path[2]);
  if (place.worker == nullptr) {
    return fail(Code::not_found, fmt::format("pod {}/{} is not on this node", path[1], path[2]));
  }
  if (!needs_container) return place;
  if (find_container(*place.worker->pod(), path[3]) == nullptr) {
    return fail(Code::bad_request, fmt::format("container {} is not valid for pod {}", path[3], path[2]));
  }
  place.container = place.worker->container(path[3]);
  return place;
}

io::Task<> NodeServer::send_logs(http::Request& request, http::Responder& responder,
                                 std::vector<std::string> path) {
  auto place = find(path, true);
  const http::Query query = request.head().query();
  auto options = log_options(query, context_.clock.wall());
  if (!place || !options) {
    Error error = place ? options.error() : place.error();
    co_await refuse(responder, std::move(error));
    co_return;
  }
  const Container* container = place->container;
  const bool previous = query.on("previous");
  std::optional<WallTime> before;
  if (container != nullptr && previous) {
    before = container->created;
    container = previous_of(*place->worker, *container);
  }
  if (container == nullptr) {
    const bool archived = co_await send_archived(responder, *place, path, before, *options);
    if (archived) co_return;
    std::string why =
        place->container != nullptr || previous
            ? fmt::format("previous terminated container \"{}\" in pod \"{}\" not found", path[3], path[2])
            : why_no_logs(*place->worker, path[3]);
    Error error(Code::bad_request, std::move(why));
    co_await refuse(responder, std::move(error));
    co_return;
  }
  const std::string uid = place->worker->pod()->metadata.uid;
  const std::string id = container->id;
  const std::string file = context_.paths.logs + "/" + log_folder_of(path[1], path[2], uid) + "/" +
                           log_path_of(container->name, container->attempt);
  if (!options->follow && ::access(file.c_str(), F_OK) != 0) {
    const bool archived = co_await send_archived(responder, *place, path, before, *options);
    if (archived) co_return;
  }
  const auto running = [this, &path, &id, &uid] {
    const PodWorker* worker = context_.find_pod(path[1], path[2]);
    if (worker == nullptr || worker->pod()->metadata.uid != uid) return false;
    const Container* newest = worker->container(path[3]);
    return newest != nullptr && newest->id == id && newest->state == Container::State::running;
  };
  LogReader reader(context_.loop, file, std::move(*options), running);
  // Containers may write anything, so that no character set is promised.
  auto begun = co_await responder.begin(head_of(200, "text/plain"));
  if (!begun) co_return;
  for (;;) {
    auto piece = co_await reader.next();
    if (!piece || piece->empty()) break;
    auto written = co_await responder.write(SharedBytes(std::move(*piece)));
    if (!written) co_return;
  }
  (void)co_await responder.finish();
}

io::Task<bool> NodeServer::send_archived(http::Responder& responder, const Place& place,
                                         const std::vector<std::string>& path, std::optional<WallTime> before,
                                         const LogOptions& options) {
  if (!context_.archive) co_return false;
  ArchivedLogQuery wanted;
  wanted.ns = path[1];
  wanted.pod = path[2];
  wanted.pod_uid = place.worker->pod()->metadata.uid;
  wanted.container = path[3];
  wanted.before = before;
  wanted.options = options;
  auto found = co_await context_.archive(std::move(wanted));
  if (!found || found->empty()) co_return false;
  (void)co_await responder.send(head_of(200, "text/plain"), std::move(*found));
  co_return true;
}

io::Task<> NodeServer::run_session(http::Request& request, http::Responder& responder,
                                   std::vector<std::string> path) {
  auto place = find(path, true);
  if (!place || place->container == nullptr || place->container->state != Container::State::running) {
    Error error =
        place ? Error(Code::not_found, fmt::format("container not found (\"{}\")", path[3])) : place.error();
    co_await refuse(responder, std::move(error));
    co_return;
  }
  const std::string id = place->container->id;
  const http::Query query = request.head().query();
  http::RemoteOptions options;
  options.with_stdin = query.on("stdin") || query.on("input");
  options.with_stdout = query.on("stdout") || query.on("output");
  options.with_stderr = query.on("stderr") || query.on("error");
  options.tty = query.on("tty");
  Runtime::StreamOptions streams;
  streams.terminal = options.tty;
  streams.input = options.with_stdin;
  streams.output = options.with_stdout;
  streams.error = options.has_stderr();
  for (const std::string_view word : query.all("command")) streams.command.emplace_back(word);
  const bool attach = path[0] == "attach";
  auto asked = attach ? context_.runtime.attach_url(id, std::move(streams))
                      : context_.runtime.exec_url(id, std::move(streams));
  auto url = co_await std::move(asked);
  auto target = url ? parse_url(*url) : fail(std::move(url.error()));
  if (!target) {
    co_await refuse(responder, std::move(target.error()));
    co_return;
  }
  auto session =
      co_await http::accept_remote_session(context_.loop, request, responder, options, context_.random);
  if (!session) {
    co_await refuse(responder, std::move(session.error()));
    co_return;
  }
  const std::unique_ptr<http::Client> client = http::Client::make(context_.loop, std::move(target->settings));
  auto remote = co_await http::connect_remote_session(*client, std::move(target->target), options);
  if (!remote) {
    (void)co_await (*session)->finish(status_of(remote.error()));
    co_return;
  }
  auto done = co_await http::proxy_remote_session(context_.loop, **session, **remote);
  if (!done && done.error().code() != Code::cancelled)
    (void)co_await (*session)->finish(status_of(done.error()));
}

io::Task<> NodeServer::forward_ports(http::Request& request, http::Responder& responder,
                                     std::vector<std::string> path) {
  auto place = find(path, false);
  const Sandbox* sandbox = place ? ready_sandbox(place->worker->seen()) : nullptr;
  if (sandbox == nullptr) {
    Error error =
        place ? Error(Code::unavailable, fmt::format("pod {} is not running", path[2])) : place.error();
    co_await refuse(responder, std::move(error));
    co_return;
  }
  const std::string id = sandbox->id;
  std::vector<std::int32_t> any_port;
  auto url = co_await context_.runtime.port_forward_url(id, std::move(any_port));
  auto target = url ? parse_url(*url) : fail(std::move(url.error()));
  if (!target) {
    co_await refuse(responder, std::move(target.error()));
    co_return;
  }
  const std::unique_ptr<http::Client> client = http::Client::make(context_.loop, std::move(target->settings));
  auto remote = co_await http::connect_portforward(*client, std::move(target->target));
  if (!remote) {
    co_await refuse(responder, std::move(remote.error()));
    co_return;
  }
  auto server = co_await http::accept_portforward(context_.loop, request, responder, context_.random);
  if (!server) {
    co_await refuse(responder, std::move(server.error()));
    co_return;
  }
  co_await http::proxy_portforward(context_.loop, **server, **remote);
}

io::Task<> NodeServer::send_pods(http::Responder& responder) {
  std::string list = R"({"kind":"PodList","apiVersion":"v1","metadata":{},"items":[)";
  bool first = true;
  for (const PodPointer& pod : context_.all_pods()) {
    if (!first) list += ',';
    first = false;
    list += client::encode_object(*pod);
  }
  list += "]}";
  (void)co_await responder.send(head_of(200, "application/json"), std::move(list));
}

io::Task<> NodeServer::send_stats(http::Responder& responder) {
  auto usage = co_await context_.runtime.usage();
  if (!usage) {
    co_await refuse(responder, std::move(usage.error()));
    co_return;
  }
  std::map<std::string, std::vector<const ContainerUsage*>> by_pod;
  for (const ContainerUsage& container : *usage) by_pod[container.pod_uid].push_back(&container);
  Array pods;
  for (const auto& [uid, containers] : by_pod) {
    Array listed;
    for (const ContainerUsage* container : containers) listed.emplace_back(cpu_and_memory(*container));
    const Object reference{
        {"name", containers.front()->pod_name}, {"namespace", containers.front()->ns}, {"uid", uid}};
    const Object pod{{"podRef", reference}, {"containers", std::move(listed)}};
    pods.emplace_back(pod);
  }
  const Object summary{{"pods", std::move(pods)}};
  (void)co_await responder.send(head_of(200, "application/json"), model::to_json(Value(summary)));
}

}  // namespace aloft::node
