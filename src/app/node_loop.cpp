// Network and agent on their own thread.
#include "app/node_loop.h"

#include <filesystem>

#include "api/version.h"
#include "app/log.h"
#include "client/reconcile.h"
#include "io/cross.h"
#include "io/file.h"
#include "network/cluster_dns.h"
#include "network/pod_network.h"
#include "network/service_proxy.h"
#include "node/agent.h"

namespace aloft::app {
namespace {

using core::v1::Service;
using discovery::v1::EndpointSlice;

// One table per data directory, named like its bridge.
std::string table_of(const node::NodePaths& paths) { return paths.bridge; }

// The service under which pods find the DNS; its endpoint is the server on the bridge.
Service dns_service(const std::string& address) {
  Service service;
  service.metadata.namespace_ = "kube-system";
  service.metadata.name = "kube-dns";
  service.metadata.labels = {
      {"k8s-app", "kube-dns"}, {"kubernetes.io/cluster-service", "true"}, {"kubernetes.io/name", "CoreDNS"}};
  service.spec.clusterIP = address;
  for (const std::string protocol : {"UDP", "TCP"}) {
    auto& port = service.spec.ports.emplace_back();
    port.name = protocol == "UDP" ? "dns" : "dns-tcp";
    port.protocol = protocol;
    port.port = 53;
  }
  return service;
}

EndpointSlice dns_endpoints(const io::Address& server, const std::string& node) {
  EndpointSlice slice;
  slice.metadata.namespace_ = "kube-system";
  slice.metadata.name = "kube-dns-" + node;
  slice.metadata.labels = {{"kubernetes.io/service-name", "kube-dns"},
                           {"endpointslice.kubernetes.io/managed-by", "aloft-dns"}};
  slice.addressType = "IPv4";
  auto& endpoint = slice.endpoints.emplace_back();
  endpoint.addresses = {server.host};
  endpoint.conditions.ready = true;
  endpoint.nodeName = node;
  for (const std::string protocol : {"UDP", "TCP"}) {
    auto& port = slice.ports.emplace_back();
    port.name = protocol == "UDP" ? "dns" : "dns-tcp";
    port.protocol = protocol;
    port.port = server.port;
  }
  return slice;
}

// Makes the object or brings it to this state.
template <class T>
io::Task<Result<>> put(client::Client& client, T object) {
  client::WriteOptions options;
  auto made = co_await client::create(client, object, options);
  if (made) co_return Result<>();
  if (made.error().code() != Code::already_exists) co_return std::unexpected<Error>(made.error());
  auto updated = co_await client::update(client, object, options);
  if (!updated) co_return std::unexpected<Error>(updated.error());
  co_return Result<>();
}

}  // namespace

// In order of need.
struct NodeLoop::Parts {
  SystemRandom random;
  std::unique_ptr<client::Client> client;
  std::unique_ptr<client::InformerSet> informers;
  std::unique_ptr<network::ServiceProxy> proxy;
  std::unique_ptr<network::ClusterDns> dns;
  std::unique_ptr<node::NodeAgent> agent;
};

NodeLoop::NodeLoop(io::EpollLoop& main, NodeLoopSettings settings)
    : main_(main), settings_(std::move(settings)), thread_("aloft-node") {}

NodeLoop::~NodeLoop() = default;

std::string NodeLoop::gateway() const { return network::gateway_address(settings_.pod_range); }

io::Task<Result<>> NodeLoop::make_network() {
  const node::NodePaths paths(settings_.data_dir);
  network::PodNetworkSettings network;
  network.bridge = paths.bridge;
  network.node_range = settings_.pod_range;
  network.service_range = settings_.service_range;
  network.table = table_of(paths);
  network.owner = std::filesystem::absolute(settings_.data_dir).string();
  co_return co_await network::prepare_pod_network(thread_.loop(), std::move(network));
}

io::Task<Result<std::unique_ptr<NodeLoop>>> NodeLoop::prepare(io::EpollLoop& main,
                                                              NodeLoopSettings settings) {
  auto node = std::make_unique<NodeLoop>(main, std::move(settings));
  NodeLoop* self = node.get();
  std::move_only_function<io::Task<Result<>>()> make = [self] { return self->make_network(); };
  auto made = co_await io::run_on<Result<>>(main, self->thread_.loop(), std::move(make));
  if (!made) co_return std::unexpected<Error>(made.error().at("pod network"));
  co_return node;
}

io::Task<Result<>> NodeLoop::publish_dns() {
  auto service = co_await put(*parts_->client, dns_service(settings_.dns_address));
  if (!service) co_return std::unexpected<Error>(service.error().at("service kube-dns"));
  auto endpoints = co_await put(*parts_->client, dns_endpoints(parts_->dns->address(), settings_.node_name));
  if (!endpoints) co_return std::unexpected<Error>(endpoints.error().at("endpoints of kube-dns"));
  co_return Result<>();
}

io::Task<Result<>> NodeLoop::build(const Clock& clock, Metrics& metrics, ControlPlane& plane,
                                   std::shared_ptr<const http::TlsContext> tls) {
  io::EpollLoop& loop = thread_.loop();
  const node::NodePaths paths(settings_.data_dir);
  parts_ = std::make_unique<Parts>();
  parts_->client = plane.client_for(loop, "kubelet");
  parts_->informers = std::make_unique<client::InformerSet>(loop, *parts_->client, parts_->random);

  network::RulesetSettings rules;
  rules.table = table_of(paths);
  rules.bridge = paths.bridge;
  rules.pod_range = settings_.pod_range;
  rules.service_range = settings_.service_range;
  parts_->proxy = std::make_unique<network::ServiceProxy>(loop, *parts_->informers, std::move(rules),
                                                          settings_.node_name, metrics);

  network::DnsServerSettings dns;
  dns.listen = io::Address(gateway(), 53);
  auto resolv_conf = io::read_file("/etc/resolv.conf");
  if (resolv_conf) dns.upstreams = network::read_name_servers(*resolv_conf, settings_.dns_address);
  auto serving = network::ClusterDns::start(loop, *parts_->informers, std::move(dns),
                                            settings_.cluster_domain, parts_->random, metrics);
  if (!serving) co_return std::unexpected<Error>(serving.error());
  parts_->dns = std::move(*serving);
  parts_->proxy->start();
  parts_->informers->start();
  auto published = co_await publish_dns();
  if (!published) co_return published;

  node::AgentSettings agent{settings_.node_name,
                            paths,
                            settings_.addresses,
                            io::Address("0.0.0.0", 0),
                            std::move(tls),
                            api::git_version(),
                            settings_.pod_range,
                            {settings_.dns_address},
                            settings_.cluster_domain,
                            settings_.images_folder,
                            {},
                            settings_.make_archive ? settings_.make_archive(loop) : node::LogArchive()};
  agent.listen = io::Address(settings_.addresses.front(), 0);
  auto started = co_await node::NodeAgent::start(loop, clock, parts_->random, metrics, *parts_->client,
                                                 std::move(agent));
  if (!started) co_return std::unexpected<Error>(started.error());
  parts_->agent = std::move(*started);
  co_await parts_->informers->synced();
  co_await parts_->proxy->settled();
  co_return Result<>();
}

io::Task<Result<>> NodeLoop::start(const Clock& clock, Metrics& metrics, ControlPlane& plane,
                                   const ClusterKeys& keys) {
  http::TlsContext::ServerSettings settings;
  settings.key_pair = keys.agent_server;
  settings.client_authorities_pem = keys.authority.certificate_pem;
  settings.protocols = {"http/1.1"};
  auto tls = http::TlsContext::server(settings);
  if (!tls) co_return std::unexpected<Error>(tls.error());
  std::move_only_function<io::Task<Result<>>()> build_there = [this, &clock, &metrics, &plane,
                                                               context = std::move(*tls)]() mutable {
    return build(clock, metrics, plane, std::move(context));
  };
  auto built = co_await io::run_on<Result<>>(main_, thread_.loop(), std::move(build_there));
  if (!built) co_return std::unexpected<Error>(built.error().at("node"));
  log.info("node {} is ready for pods", settings_.node_name);
  co_return built;
}

io::Task<> NodeLoop::clear() {
  if (parts_ == nullptr) co_return;
  if (parts_->agent) co_await parts_->agent->stop();
  parts_->agent.reset();
  parts_->dns.reset();
  parts_->proxy.reset();
  parts_->informers.reset();
  parts_->client.reset();
  parts_.reset();
}

io::Task<> NodeLoop::stop() {
  std::move_only_function<io::Task<>()> clear_there = [this] { return clear(); };
  co_await io::run_on<void>(main_, thread_.loop(), std::move(clear_there));
}

io::Task<Result<>> remove_network(io::EpollLoop& loop, const std::string& data_dir) {
  const node::NodePaths paths(data_dir);
  co_return co_await network::remove_pod_network(loop, paths.bridge, table_of(paths));
}

}  // namespace aloft::app
