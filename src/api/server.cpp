// From a request to whoever answers it.
#include "api/server.h"

#include "api/authorization.h"
#include "api/impersonation.h"
#include "api/options.h"
#include "api/status.h"
#include "api/version.h"
#include "io/cross.h"
#include "model/json.h"

namespace aloft::api {
namespace {

// Paths that tell whether the server is well are open to everybody: load balancers have no credentials.
constexpr std::string_view health_paths[] = {"/healthz", "/livez", "/readyz"};
constexpr std::string_view open_paths[] = {"/healthz", "/livez", "/readyz", "/version"};

bool is_under(std::string_view path, std::string_view root) {
  return path == root || (path.starts_with(root) && path.size() > root.size() && path[root.size()] == '/');
}

// Whether the Accept header asks for aggregated discovery, and in which version.
enum class Aggregated { no, v2, v2beta1 };
Aggregated wants_aggregated(const http::Headers& headers) {
  std::string_view accept = headers.get("Accept");
  Aggregated best = Aggregated::no;
  while (!accept.empty()) {
    const std::size_t comma = accept.find(',');
    const MediaRange range = parse_media_range(accept.substr(0, comma));
    if (range.as == "APIGroupDiscoveryList" && range.group == "apidiscovery.k8s.io") {
      if (range.version == "v2") return Aggregated::v2;
      if (range.version == "v2beta1") best = Aggregated::v2beta1;
    }
    if (comma == std::string_view::npos) break;
    accept.remove_prefix(comma + 1);
  }
  return best;
}

bool serves_verb(const Resource& resource, const RequestInfo& info) {
  if (info.subresource.empty()) {
    // A collection takes list, create and deletecollection; an object the rest.
    if (info.verb == "create" && !info.name.empty()) return false;
    if ((info.verb == "update" || info.verb == "patch") && info.name.empty()) return false;
    return std::ranges::find(resource.verbs, info.verb) != resource.verbs.end();
  }
  const ObjectSubresource* sub = resource.subresource(info.subresource);
  if (sub == nullptr) return false;
  return info.verb == "get" || info.verb == "update" || (info.verb == "patch" && sub->patchable);
}

bool has_action(const Resource& resource, std::string_view subresource) {
  return std::ranges::find(resource.actions, subresource) != resource.actions.end();
}

[[gnu::noinline]] Exchange make_exchange(http::Request& request, http::Responder& responder) {
  http::Query query = request.head().query();
  RequestInfo info = read_request(request.head().method, request.head().path(), query);
  return Exchange{request, responder, std::move(info), std::move(query), User{}};
}

}  // namespace

ApiServer::ApiServer(ServerParts parts)
    : parts_(std::move(parts)),
      resources_(parts_.loop, parts_.random, parts_.registry, parts_.events),
      requests_(parts_.metrics.counter("api_requests_total", "Requests that the API server has answered.")),
      failures_(parts_.metrics.counter("api_requests_refused_total",
                                       "Requests without valid credentials or rights.")),
      seconds_(parts_.metrics.histogram(
          "api_request_duration_seconds", "Time from the head of a request to the end of its answer.",
          {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10})) {}

bool ApiServer::is_open(const RequestInfo& info) const {
  return !info.is_resource &&
         std::ranges::any_of(open_paths, [&](std::string_view root) { return is_under(info.path, root); });
}

std::optional<Error> ApiServer::sign_in(Exchange& exchange) {
  auto user =
      parts_.authentication.authenticate(exchange.request.head().headers, exchange.request.certificate());
  if (!user) return user.error();
  auto acting = acting_user(std::move(*user), exchange.request.head().headers);
  if (!acting) return acting.error();
  exchange.user = std::move(*acting);
  const Action action = action_of(exchange.info);
  if (!authorize(exchange.user, action).allowed) return refusal(exchange.user, action);
  return std::nullopt;
}

io::Task<> ApiServer::handle(http::Request& request, http::Responder& responder) {
  const Time begin = parts_.loop.now();
  Exchange exchange = make_exchange(request, responder);
  requests_.add();
  if (is_open(exchange.info)) {
    co_await route_path(exchange);
    co_return;
  }
  if (auto refused = sign_in(exchange)) {
    failures_.add();
    co_await answer_error(exchange, *refused);
    co_return;
  }
  co_await route(exchange);
  if (exchange.info.verb != "watch") {
    seconds_.observe(std::chrono::duration<double>(parts_.loop.now() - begin).count());
  }
}

io::Task<> ApiServer::route(Exchange& exchange) {
  if (exchange.info.is_resource) {
    co_await route_resource(exchange);
  } else {
    co_await route_path(exchange);
  }
}

io::Task<> ApiServer::route_resource(Exchange& exchange) {
  const RequestInfo& info = exchange.info;
  if (info.group == custom_metrics_group && parts_.custom_metrics != nullptr)
    return answer_custom_metrics(exchange, parts_.registry, parts_.loop, *parts_.custom_metrics);
  return route_stored(exchange);
}

io::Task<> ApiServer::route_stored(Exchange& exchange) {
  const RequestInfo& info = exchange.info;
  const ResourceTable& table = parts_.registry.resources();
  const Resource* resource = table.find(info.group, info.version, info.resource);
  if (resource == nullptr && !table.has_group_version(info.group, info.version)) {
    co_await answer_text(exchange, 404, "text/plain; charset=utf-8", "404 page not found\n");
    co_return;
  }
  const bool scope_fits =
      resource != nullptr && (resource->kind->namespaced || info.ns.empty() || info.resource == "namespaces");
  const bool action =
      resource != nullptr && !info.subresource.empty() && has_action(*resource, info.subresource);
  const bool known = scope_fits && (info.subresource.empty() || action ||
                                    resource->subresource(info.subresource) != nullptr);
  if (!known) {
    const Error error = no_such_resource();
    co_await answer_error(exchange, error);
    co_return;
  }
  if (action || (resource->kind->create_only && info.verb == "create")) {
    co_await act(exchange, *resource);
    co_return;
  }
  const bool needs_namespace = resource->kind->namespaced && info.ns.empty();
  const bool reads_all = info.verb == "list" || info.verb == "watch";
  if (!serves_verb(*resource, info) || (needs_namespace && !reads_all)) {
    const Error error = method_not_allowed();
    co_await answer_error(exchange, error);
    co_return;
  }
  co_await resources_.handle(exchange, *resource);
}

io::Task<> ApiServer::act(Exchange& exchange, const Resource& resource) {
  const std::string& sub = exchange.info.subresource;
  if (sub == "log" || sub == "exec" || sub == "attach" || sub == "portforward" || sub == "proxy") {
    if (parts_.nodes == nullptr) {
      const Error error(Code::unavailable, "this server reaches no nodes");
      co_await answer_error(exchange, error);
    } else if (sub == "log") {
      co_await parts_.nodes->log(exchange);
    } else if (sub == "proxy") {
      co_await parts_.nodes->proxy(exchange);
    } else {
      co_await parts_.nodes->stream(exchange);
    }
    co_return;
  }
  if (!Actions::has(resource, sub) || exchange.info.verb != "create") {
    const Error error = method_not_allowed();
    co_await answer_error(exchange, error);
    co_return;
  }
  auto write = co_await read_write_request(exchange, "CreateOptions");
  if (!write) {
    co_await answer_error(exchange, write.error());
    co_return;
  }
  std::move_only_function<io::Task<Result<ActionAnswer>>()> work = [this, &resource, ns = exchange.info.ns,
                                                                    name = exchange.info.name,
                                                                    sent = std::move(*write)]() mutable {
    return parts_.actions.perform(resource, std::move(ns), std::move(name), std::move(sent.body),
                                  std::move(sent.options));
  };
  auto answer =
      co_await io::run_on<Result<ActionAnswer>>(parts_.loop, parts_.registry.loop(), std::move(work));
  if (!answer) {
    co_await answer_error(exchange, answer.error());
    co_return;
  }
  co_await answer_json(exchange, answer->status, std::move(answer->json));
}

io::Task<> ApiServer::route_path(Exchange& exchange) {
  std::string_view path = exchange.info.path;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (std::ranges::any_of(health_paths, [&path](std::string_view root) { return is_under(path, root); })) {
    co_await health(exchange, path);
  } else if (path == "/version") {
    co_await answer_json(exchange, 200, version_json());
  } else if (path == "/metrics") {
    co_await answer_text(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", parts_.metrics.render());
  } else if (is_under(path, "/openapi")) {
    co_await parts_.openapi.handle(parts_.loop, exchange);
  } else if (path == "/.well-known/openid-configuration" && parts_.authentication.accounts()) {
    co_await answer_json(exchange, 200, ServiceAccountTokens::configuration());
  } else if (path == "/openid/v1/jwks" && parts_.authentication.accounts()) {
    co_await answer_text(exchange, 200, "application/jwk-set+json",
                         parts_.authentication.accounts()->key_set());
  } else if (path == "/" || is_under(path, "/api") || is_under(path, "/apis")) {
    co_await discover(exchange);
  } else {
    co_await answer_text(exchange, 404, "text/plain; charset=utf-8", "404 page not found\n");
  }
}

io::Task<> ApiServer::discover(Exchange& exchange) {
  std::string_view path = exchange.info.path;
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const Discovery& discovery = parts_.discovery;
  if (path == "/") {
    model::Array paths;
    for (const std::string& known : discovery.paths()) paths.emplace_back(known);
    const model::Value document(model::Object{{"paths", std::move(paths)}});
    co_await answer_json(exchange, 200, model::to_json(document));
    co_return;
  }
  if (path == "/api" || path == "/apis") {
    const Aggregated aggregated = wants_aggregated(exchange.request.head().headers);
    if (aggregated != Aggregated::no) {
      const bool beta = aggregated == Aggregated::v2beta1;
      std::string type = fmt::format("application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList",
                                     beta ? "v2beta1" : "v2");
      const TaggedText& document = discovery.aggregated(path == "/api", beta);
      co_await answer_tagged(exchange, document, std::move(type), "public");
      co_return;
    }
    co_await answer_json(exchange, 200, path == "/api" ? discovery.versions() : discovery.groups());
    co_return;
  }
  const std::string* found = nullptr;
  if (path.starts_with("/api/")) {
    found = discovery.resources("", path.substr(5));
  } else {
    const std::string_view rest = path.substr(6);
    const std::size_t slash = rest.find('/');
    found = slash == std::string_view::npos
                ? discovery.group(rest)
                : discovery.resources(rest.substr(0, slash), rest.substr(slash + 1));
  }
  if (found == nullptr) {
    co_await answer_text(exchange, 404, "text/plain; charset=utf-8", "404 page not found\n");
  } else {
    co_await answer_json(exchange, 200, *found);
  }
}

io::Task<> ApiServer::health(Exchange& exchange, std::string_view path) {
  const std::string_view root = path.substr(0, path.find('/', 1));
  const std::string_view only = path.size() > root.size() ? path.substr(root.size() + 1) : std::string_view();
  std::string report = "[+]ping ok\n";
  bool well = true;
  bool known = only.empty() || only == "ping";
  for (const HealthCheck& check : parts_.checks) {
    if (!only.empty() && only != check.name) continue;
    known = true;
    // Being alive says nothing about being ready.
    const std::string problem = root == "/livez" ? std::string() : check.problem();
    well = well && problem.empty();
    report += problem.empty() ? fmt::format("[+]{} ok\n", check.name)
                              : fmt::format("[-]{} failed: {}\n", check.name, problem);
  }
  if (!known) {
    co_await answer_text(exchange, 404, "text/plain; charset=utf-8", "404 page not found\n");
    co_return;
  }
  const bool verbose = exchange.query.get("verbose").has_value();
  report += fmt::format("{} check {}\n", root.substr(1), well ? "passed" : "failed");
  if (well && !verbose) report = "ok";
  co_await answer_text(exchange, well ? 200 : 500, "text/plain; charset=utf-8", std::move(report));
}

}  // namespace aloft::api
