// Start order and stop order of one machine's cloud.
#include "app/cloud.h"

#include <atomic>

#include "app/control_loop.h"
#include "app/control_plane.h"
#include "app/log.h"
#include "app/machine.h"
#include "app/node_loop.h"
#include "app/ranges.h"
#include "app/telemetry/cluster_telemetry.h"
#include "app/telemetry/custom_metrics.h"
#include "app/telemetry/log_archive.h"
#include "app/telemetry/telemetry_loop.h"
#include "io/file.h"
#include "network/pod_network.h"
#include "node/containerd.h"

namespace aloft::app {
namespace {

// The pods of this node have the first /24 of the pod network.
std::string node_range(const std::string& pod_range) {
  return pod_range.substr(0, pod_range.find('/')) + "/24";
}

// Every name and address under which the API's certificate must hold.
std::vector<std::string> api_hosts(const CloudSettings& settings, const io::Address& listen,
                                   const api::ServiceAddresses& addresses) {
  std::vector<std::string> hosts = {"localhost",
                                    "127.0.0.1",
                                    "::1",
                                    host_name(),
                                    "kubernetes",
                                    "kubernetes.default",
                                    "kubernetes.default.svc",
                                    "kubernetes.default.svc." + settings.cluster_domain,
                                    addresses.address_at(1),
                                    network::gateway_address(settings.pod_range)};
  if (!settings.advertise.empty()) hosts.push_back(settings.advertise);
  if (listen.host != "0.0.0.0" && listen.host != "::") hosts.push_back(listen.host);
  return hosts;
}

class OneMachine final : public Cloud {
 public:
  OneMachine(io::EpollLoop& loop, CloudSettings settings, DirectoryLock lock)
      : loop_(loop), settings_(std::move(settings)), directory_(settings_.data_dir), lock_(std::move(lock)) {}

  // Before everything that has an address.
  io::Task<Result<>> settle_addresses() {
    const bool on_machine = settings_.runtime != "none";
    if (on_machine) {
      auto lock = co_await MachineLock::take(loop_);
      if (!lock) co_return std::unexpected<Error>(lock.error());
      machine_lock_ = std::move(*lock);
    }
    Ranges asked{settings_.pod_range, settings_.service_range};
    const node::NodePaths paths(settings_.data_dir);
    auto ranges = co_await settle_ranges(loop_, directory_, std::move(asked), on_machine, paths.bridge);
    if (!ranges) co_return std::unexpected<Error>(ranges.error());
    settings_.pod_range = ranges->pods;
    settings_.service_range = ranges->services;
    co_return Result<>();
  }

  Result<> start_control_plane() {
    TRY(listen, io::parse_address(settings_.listen));
    TRY(addresses, api::ServiceAddresses::make({.range = settings_.service_range}, random_));
    if (settings_.node_name.empty()) settings_.node_name = host_name();
    TRY(keys, prepare_keys(directory_, api_hosts(settings_, listen, addresses), settings_.node_name,
                           clock_.wall()));
    keys_ = std::move(keys);
    ControlPlaneSettings settings;
    settings.listen = std::move(listen);
    settings.store = settings_.store;
    settings.service_range = settings_.service_range;
    settings.token_file = settings_.token_file;
    settings.usage = &usage_;
    if (settings_.log_tap != nullptr) settings.custom_metrics = &custom_metrics_;
    settings.checks.push_back({"controllers", [this] { return started_ ? "" : "still starting"; }});
    if (settings_.runtime != "none") {
      settings.checks.push_back({"node", [this] { return started_ ? "" : "still starting"; }});
    }
    TRY(plane, ControlPlane::start(loop_, clock_, random_, metrics_, directory_, keys_, std::move(settings)));
    control_plane_ = std::move(plane);
    TRY_DO(io::write_file(directory_.kubeconfig(), make_kubeconfig(control_plane_->url(), keys_), 0600));
    urls_["api"] = control_plane_->url();
    return directory_.write_endpoints(urls_);
  }

  // Before the control loop, which publishes where pods reach the API.
  io::Task<Result<>> prepare_node() {
    address_for_pods_ = control_plane_->address();
    const std::string& host = address_for_pods_.host;
    const bool loopback = host.starts_with("127.") || host == "::1" || host == "localhost";
    if (settings_.runtime == "none") {
      if (loopback) address_for_pods_.host = network::gateway_address(settings_.pod_range);
      co_return Result<>();
    }
    NodeLoopSettings settings;
    settings.data_dir = settings_.data_dir;
    settings.node_name = settings_.node_name;
    settings.pod_range = node_range(settings_.pod_range);
    settings.service_range = settings_.service_range;
    settings.dns_address = control_plane_->addresses().address_at(10);
    settings.cluster_domain = settings_.cluster_domain;
    settings.images_folder = program_folder() + "/images";
    if (telemetry_) {
      settings.make_archive = [this](io::Loop& home) { return make_log_archive(home, *telemetry_); };
    }
    settings.addresses = {machine_address(network::gateway_address(settings_.pod_range))};
    auto prepared = co_await NodeLoop::prepare(loop_, std::move(settings));
    if (!prepared) co_return std::unexpected<Error>(prepared.error());
    node_loop_ = std::move(*prepared);
    if (loopback) {
      auto also = control_plane_->listen_also(node_loop_->gateway());
      if (!also) co_return std::unexpected<Error>(also.error());
      address_for_pods_ = std::move(*also);
    } else if (host == "0.0.0.0" || host == "::") {
      address_for_pods_.host = node_loop_->gateway();
    }
    co_return Result<>();
  }

  // Telemetry that pods reach by a name, at the ports that their libraries expect.
  io::Task<> serve_pods_telemetry() {
    if (telemetry_ == nullptr || node_loop_ == nullptr || settings_.telemetry_for_pods == "nothing")
      co_return;
    const std::string host = node_loop_->gateway();
    auto served = co_await telemetry_->serve_pods(host, settings_.telemetry_for_pods == "all");
    if (!served) {
      log.error("pods cannot send telemetry: {}", served.error().message());
      co_return;
    }
    controllers::OwnService service{
        "kube-system", "telemetry", {{"app.kubernetes.io/name", "aloft-telemetry"}}, "", host, {}};
    for (const ServedPort& port : *served) service.ports.push_back({port.name, port.usual, port.port});
    further_services_.push_back(std::move(service));
  }

  io::Task<Result<>> start_node() {
    if (node_loop_ == nullptr) co_return Result<>();
    co_return co_await node_loop_->start(clock_, metrics_, *control_plane_, keys_);
  }

  // What watches the cloud's objects for telemetry; null without telemetry.
  MakeControlGuest make_guest() {
    if (telemetry_ == nullptr) return nullptr;
    ClusterTelemetrySettings settings;
    if (settings_.runtime != "none") {
      const node::NodePaths paths(settings_.data_dir);
      settings.node_name = settings_.node_name;
      settings.cgroup = paths.cgroup;
      settings.logs = paths.logs;
    }
    return [this, settings = std::move(settings)](io::Loop& loop, client::InformerSet& informers) {
      return std::make_unique<ClusterTelemetry>(loop, clock_, informers, telemetry_->telemetry(),
                                                telemetry_->loop(), usage_, settings);
    };
  }

  io::Task<Result<>> start_control_loop() {
    controllers::ControllersConfig config;
    config.cluster_ca = keys_.authority.certificate_pem;
    config.default_objects.service_ip = control_plane_->addresses().address_at(1);
    config.default_objects.api_ip = address_for_pods_.host;
    config.default_objects.api_port = address_for_pods_.port;
    config.default_objects.further = further_services_;
    MakeControlGuest guest = make_guest();
    auto started = co_await ControlLoop::start(loop_, clock_, metrics_, *control_plane_, std::move(config),
                                               std::move(guest));
    if (!started) co_return std::unexpected<Error>(started.error());
    control_loop_ = std::move(*started);
    co_return Result<>();
  }

  // A cloud without telemetry is still a cloud: what keeps it from starting is told and no more, unless it is
  // a mistake of whoever starts the cloud.
  io::Task<Result<>> start_telemetry() {
    if (settings_.log_tap == nullptr) co_return Result<>();
    auto started =
        co_await TelemetryLoop::start(loop_, clock_, metrics_, settings_.telemetry, settings_.log_tap);
    if (!started) {
      if (started.error().code() == Code::invalid) co_return std::unexpected<Error>(started.error());
      log.error("telemetry does not run: {}", started.error().message());
      co_return Result<>();
    }
    telemetry_ = std::move(*started);
    custom_metrics_.use(telemetry_.get());
    std::map<std::string, std::string> all = urls_;
    all.insert(telemetry_->urls().begin(), telemetry_->urls().end());
    if (auto written = directory_.write_endpoints(all); !written)
      log.error("endpoints: {}", written.error().message());
    co_return Result<>();
  }

  io::Task<Result<>> start_the_rest() {
    auto telemetry = co_await start_telemetry();
    if (!telemetry) co_return telemetry;
    auto prepared = co_await prepare_node();
    if (!prepared) co_return prepared;
    // From now on objects carry these addresses.
    const Ranges ranges{settings_.pod_range, settings_.service_range};
    TRY_CO_DO(write_ranges(directory_, ranges));
    machine_lock_.release();
    co_await serve_pods_telemetry();
    auto control = co_await start_control_loop();
    if (!control) co_return control;
    auto node = co_await start_node();
    started_ = node.has_value();
    co_return node;
  }

  std::string ready_line() const override {
    std::string line = "ready";
    for (const auto& [name, url] : urls_) line += fmt::format(" {}={}", name, url);
    return line;
  }

  io::Task<> stop() override {
    log.info("stopping; pods keep running");
    started_ = false;
    if (node_loop_) co_await node_loop_->stop();
    if (control_loop_) co_await control_loop_->stop();
    co_await control_plane_->stop();
    custom_metrics_.use(nullptr);
    if (telemetry_) co_await telemetry_->stop();
  }

 private:
  io::EpollLoop& loop_;
  CloudSettings settings_;
  DataDirectory directory_;
  DirectoryLock lock_;
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  MachineLock machine_lock_;
  ClusterKeys keys_;
  std::map<std::string, std::string> urls_;
  api::UsageSource usage_;
  TelemetryCustomMetrics custom_metrics_;
  std::unique_ptr<TelemetryLoop> telemetry_;
  std::unique_ptr<ControlPlane> control_plane_;
  std::atomic<bool> started_ = false;  // every role is ready
  io::Address address_for_pods_;
  std::vector<controllers::OwnService> further_services_;
  std::unique_ptr<ControlLoop> control_loop_;
  std::unique_ptr<NodeLoop> node_loop_;
};

}  // namespace

io::Task<Result<std::unique_ptr<Cloud>>> Cloud::start(io::EpollLoop& loop, CloudSettings settings) {
  const DataDirectory directory(settings.data_dir);
  TRY_CO_DO(directory.make());
  TRY_CO(lock, DirectoryLock::take(directory));
  auto cloud = std::make_unique<OneMachine>(loop, std::move(settings), std::move(lock));
  auto settled = co_await cloud->settle_addresses();
  if (!settled) co_return std::unexpected<Error>(settled.error());
  TRY_CO_DO(cloud->start_control_plane());
  auto started = co_await cloud->start_the_rest();
  if (!started) {
    log.error("start failed: {}", started.error().message());
    co_await cloud->stop();
    co_return std::unexpected<Error>(started.error());
  }
  co_return std::unique_ptr<Cloud>(std::move(cloud));
}

}  // namespace aloft::app
