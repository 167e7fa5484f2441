// Finds the agent of a pod's node and joins two connections.
#include "api/node_proxy.h"

#include "api/status.h"
#include "io/scope.h"
#include "model/kinds/core/v1/node.h"
#include "model/kinds/core/v1/pod.h"

namespace aloft::api {
namespace {

using core::v1::Node;
using core::v1::Pod;

constexpr std::string_view default_container = "kubectl.kubernetes.io/default-container";

template <class Containers>
bool has_container(const Containers& containers, std::string_view name) {
  return std::ranges::any_of(containers, [name](const auto& container) { return container.name == name; });
}

bool knows_container(const Pod& pod, std::string_view name) {
  return has_container(pod.spec.containers, name) || has_container(pod.spec.initContainers, name) ||
         std::ranges::any_of(pod.spec.ephemeralContainers,
                             [name](const auto& c) { return c.container.name == name; });
}

std::string names_of(const std::vector<core::v1::Container>& containers) {
  std::string names;
  for (const auto& container : containers) names.append(names.empty() ? "" : " ").append(container.name);
  return names;
}

// The container meant: named, or the only one there is.
Result<std::string> choose_container(const Pod& pod, std::optional<std::string_view> named) {
  const std::string& name = pod.metadata.name;
  if (named && !named->empty()) {
    if (!knows_container(pod, *named)) {
      return fail(Code::bad_request, fmt::format("container {} is not valid for pod {}", *named, name));
    }
    return std::string(*named);
  }
  if (const auto found = pod.metadata.annotations.find(std::string(default_container));
      found != pod.metadata.annotations.end() && knows_container(pod, found->second)) {
    return found->second;
  }
  if (pod.spec.containers.size() == 1) return pod.spec.containers.front().name;
  std::string why = fmt::format("a container name must be specified for pod {}, choose one of: [{}]", name,
                                names_of(pod.spec.containers));
  if (!pod.spec.initContainers.empty())
    why += fmt::format(" or one of the init containers: [{}]", names_of(pod.spec.initContainers));
  return fail(Code::bad_request, std::move(why));
}

// Headers that concern the connection to us and not the exchange with the agent.
bool is_hop(std::string_view name) {
  constexpr std::string_view hops[] = {"Host",       "Authorization",   "Content-Length", "Transfer-Encoding",
                                       "Keep-Alive", "Proxy-Connection"};
  return std::ranges::any_of(hops,
                             [name](std::string_view hop) { return http::equal_without_case(hop, name); });
}

io::Task<> pump(io::Stream& from, io::Stream& to) {
  auto copied = co_await io::copy(from, to);
  (void)copied;
}

}  // namespace

Result<NodeProxy::Target> NodeProxy::target(const Exchange& exchange, std::string_view action,
                                            bool needs_container) const {
  TRY(pod, registry_.get_as<Pod>(exchange.info.ns, exchange.info.name));
  Target target;
  target.path = fmt::format("/{}/{}/{}", action, http::percent_encode(pod->metadata.namespace_),
                            http::percent_encode(pod->metadata.name));
  if (needs_container) {
    TRY(container, choose_container(*pod, exchange.query.get("container")));
    target.path += "/" + http::percent_encode(container);
  }
  if (pod->spec.nodeName.empty()) {
    return fail(Code::bad_request, fmt::format("pod {} does not have a host assigned", pod->metadata.name));
  }
  target.node = pod->spec.nodeName;
  if (!exchange.query.empty()) target.path += "?" + exchange.query.to_string();
  return target;
}

Result<http::Client*> NodeProxy::agent(const std::string& node) {
  TRY(object, registry_.get_as<Node>("", node));
  io::Address address;
  for (const auto& candidate : object->status.addresses) {
    if (candidate.type == "InternalIP" && address.host.empty()) address.host = candidate.address;
  }
  address.port = object->status.daemonEndpoints.kubeletEndpoint.Port;
  if (address.host.empty() || address.port == 0) {
    return fail(Code::unavailable, fmt::format("node \"{}\" has not said where its agent listens", node));
  }
  Agent& known = agents_[node];
  if (known.client == nullptr || known.address != address) {
    http::ClientSettings settings;
    settings.address = address;
    settings.tls = tls_;
    settings.server_name = node;
    known.client = http::Client::make(loop_, std::move(settings));
    known.address = std::move(address);
  }
  return known.client.get();
}

io::Task<> NodeProxy::log(Exchange& exchange) {
  auto where = target(exchange, "containerLogs", true);
  if (!where) {
    co_await answer_error(exchange, where.error());
    co_return;
  }
  auto client = agent(where->node);
  if (!client) {
    co_await answer_error(exchange, client.error());
    co_return;
  }
  http::RequestHead head;
  head.method = "GET";
  head.target = where->path;
  auto response = co_await (*client)->send(std::move(head));
  if (!response) {
    Error error(Code::internal, fmt::format("Get \"{}\" on node {}: {}", where->path, where->node,
                                            response.error().message()));
    co_await answer_error(exchange, error);
    co_return;
  }
  http::ResponseHead answer;
  answer.status = (*response)->head().status;
  answer.headers.add("Content-Type", std::string((*response)->head().headers.get("Content-Type")));
  answer.headers.add("Cache-Control", "no-cache, private");
  auto begun = co_await exchange.responder.begin(std::move(answer));
  while (begun) {
    auto piece = co_await (*response)->read_body();
    if (!piece || piece->empty()) break;
    auto written = co_await exchange.responder.write(SharedBytes(std::string(*piece)));
    if (!written) co_return;
  }
  auto finished = co_await exchange.responder.finish();
  (void)finished;
}

io::Task<> NodeProxy::stream(Exchange& exchange) {
  const std::string& subresource = exchange.info.subresource;
  const bool forwards = subresource == "portforward";
  auto where = target(exchange, forwards ? "portForward" : subresource, !forwards);
  if (!where) {
    co_await answer_error(exchange, where.error());
    co_return;
  }
  auto client = agent(where->node);
  if (!client) {
    co_await answer_error(exchange, client.error());
    co_return;
  }
  http::RequestHead head;
  head.method = exchange.request.head().method;
  head.target = where->path;
  for (const auto& [name, value] : exchange.request.head().headers) {
    if (!is_hop(name)) head.headers.add(name, value);
  }
  if (!head.headers.has("Upgrade")) {
    const Error error(Code::bad_request, "Upgrade request required");
    co_await answer_error(exchange, error);
    co_return;
  }
  auto upgraded = co_await (*client)->upgrade(std::move(head));
  if (!upgraded) {
    Error error(Code::internal,
                fmt::format("error dialing node {}: {}", where->node, upgraded.error().message()));
    co_await answer_error(exchange, error);
    co_return;
  }
  if (upgraded->stream == nullptr) {
    co_await answer_text(exchange, upgraded->head.status,
                         std::string(upgraded->head.headers.get("Content-Type")), std::move(upgraded->body));
    co_return;
  }
  auto mine = co_await exchange.responder.upgrade(std::move(upgraded->head));
  if (!mine) co_return;
  // Each direction ends by itself; the connection lives until both have.
  io::Scope scope(loop_);
  scope.spawn(pump(**mine, *upgraded->stream));
  co_await pump(*upgraded->stream, **mine);
  scope.cancel();
}

}  // namespace aloft::api
