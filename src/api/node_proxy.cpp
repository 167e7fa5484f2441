// Finds the agent of a pod's node and joins two connections.
#include "api/node_proxy.h"

#include "api/relay.h"
#include "api/status.h"
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
  http::RequestHead head = relayed_head(exchange, where->path);
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
  co_await join_streams(loop_, **mine, *upgraded->stream);
}

io::Task<> NodeProxy::proxy(Exchange& exchange) {
  const std::string_view whole = exchange.request.head().target;
  const std::string_view rest = behind_proxy(whole, exchange.info);
  const bool upgrade = exchange.request.head().headers.has("Upgrade");
  // Relative links of a page need a path that ends with a slash.
  if (!rest.starts_with('/') && !upgrade) {
    http::ResponseHead head;
    head.status = 301;
    const std::string_view path = whole.substr(0, whole.size() - rest.size());
    head.headers.add("Location", fmt::format("{}/{}", path, rest));
    auto sent = co_await exchange.responder.send(std::move(head), std::string());
    (void)sent;
    co_return;
  }
  auto target = proxy_target(registry_, exchange.info, random_);
  if (!target) {
    co_await answer_error(exchange, target.error());
    co_return;
  }
  std::unique_ptr<http::Client> own;
  http::Client* client = nullptr;
  if (target->agent) {
    auto known = agent(target->host);
    if (!known) {
      co_await answer_error(exchange, known.error());
      co_return;
    }
    client = *known;
  } else {
    own = connection_to(exchange, *target);
    client = own.get();
  }
  const std::string path = rest.starts_with('/') ? std::string(rest) : fmt::format("/{}", rest);
  http::RequestHead head = relayed_head(exchange, path);
  RelayRules rules;
  rules.prefix = whole.substr(0, whole.size() - rest.size());
  rules.authority = io::Address(target->host, target->port).to_string();
  rules.what = "error trying to reach service";
  head.headers.set("X-Forwarded-Host", std::string(exchange.request.head().headers.get("Host")));
  head.headers.set("X-Forwarded-Proto", "https");
  head.headers.set("X-Forwarded-Uri", rules.prefix + path.substr(0, path.find('?')));
  co_await relay(loop_, exchange, *client, std::move(head), std::move(rules));
}

// One for each request: what is behind an address may be something else the next time.
std::unique_ptr<http::Client> NodeProxy::connection_to(const Exchange& exchange,
                                                       const ProxyTarget& target) const {
  http::ClientSettings settings;
  settings.address = io::Address(target.host, target.port);
  settings.authority = exchange.request.head().headers.get("Host");
  if (target.tls) {
    settings.tls = plain_tls_;
    settings.server_name = target.host;
  }
  settings.idle_connections = 0;
  return http::Client::make(loop_, std::move(settings));
}

}  // namespace aloft::api
