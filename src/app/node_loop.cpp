// Network and agent on their own thread.
#include "app/node_loop.h"

#include <filesystem>

#include "api/version.h"
#include "app/dns_service.h"
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

// One table per data directory, named like its bridge.
std::string table_of(const node::NodePaths& paths) { return paths.bridge; }

}  // namespace

// In order of need.
struct NodeLoop::Parts {
  SystemRandom random;
  std::unique_ptr<client::Client> client;
  std::unique_ptr<client::InformerSet> informers;
  std::unique_ptr<network::ServiceProxy> proxy;
  std::unique_ptr<network::ClusterDns> dns;
  std::unique_ptr<DnsService> dns_service;
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
  parts_->dns_service = std::make_unique<DnsService>(
      loop, *parts_->client, *parts_->informers,
      DnsServiceSettings{settings_.dns_address, parts_->dns->address(), settings_.node_name});
  parts_->proxy->start();
  parts_->informers->start();
  auto published = co_await parts_->dns_service->publish();
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
  parts_->dns_service.reset();
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
