#include "app/cloud.h"

#include <unistd.h>

#include <array>

#include "app/control_loop.h"
#include "app/control_plane.h"
#include "base/log.h"
#include "io/file.h"

namespace aloft::app {
namespace {

constexpr Log log("app");

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  std::string host(name.data());
  for (char& c : host) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return host;
}

// The first address of the pod network, which the bridge has: "10.244.0.1" of "10.244.0.0/16".
std::string gateway_of(const std::string& range) {
  const std::string network = range.substr(0, range.find('/'));
  return network.substr(0, network.rfind('.')) + ".1";
}

// Every name and address under which the API's certificate must hold.
std::vector<std::string> api_hosts(const CloudSettings& settings, const io::Address& listen, const api::ServiceAddresses& addresses) {
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "::1", host_name(), "kubernetes", "kubernetes.default", "kubernetes.default.svc",
                                    "kubernetes.default.svc." + settings.cluster_domain, addresses.address_at(1),
                                    gateway_of(settings.pod_range)};
  if (!settings.advertise.empty()) hosts.push_back(settings.advertise);
  if (listen.host != "0.0.0.0" && listen.host != "::") hosts.push_back(listen.host);
  return hosts;
}

class OneMachine final : public Cloud {
 public:
  OneMachine(io::EpollLoop& loop, CloudSettings settings, DirectoryLock lock)
      : loop_(loop), settings_(std::move(settings)), directory_(settings_.data_dir), lock_(std::move(lock)) {}

  Result<> start_control_plane() {
    TRY(listen, io::parse_address(settings_.listen));
    TRY(addresses, api::ServiceAddresses::make({.range = settings_.service_range}, random_));
    if (settings_.node_name.empty()) settings_.node_name = host_name();
    TRY(keys, prepare_keys(directory_, api_hosts(settings_, listen, addresses), settings_.node_name, clock_.wall()));
    keys_ = std::move(keys);
    ControlPlaneSettings settings;
    settings.listen = std::move(listen);
    settings.store = settings_.store;
    settings.service_range = settings_.service_range;
    settings.token_file = settings_.token_file;
    TRY(plane, ControlPlane::start(loop_, clock_, random_, metrics_, directory_, keys_, std::move(settings)));
    control_plane_ = std::move(plane);
    TRY_DO(io::write_file(directory_.kubeconfig(), make_kubeconfig(control_plane_->url(), keys_), 0600));
    urls_["api"] = control_plane_->url();
    return directory_.write_endpoints(urls_);
  }

  io::Task<Result<>> start_control_loop() {
    controllers::ControllersConfig config;
    config.cluster_ca = keys_.authority.certificate_pem;
    config.default_objects.service_ip = control_plane_->addresses().address_at(1);
    config.default_objects.api_ip = api_address_for_pods();
    config.default_objects.api_port = control_plane_->address().port;
    auto started = co_await ControlLoop::start(loop_, clock_, metrics_, *control_plane_, std::move(config));
    if (!started) co_return std::unexpected<Error>(started.error());
    control_loop_ = std::move(*started);
    co_return Result<>();
  }

  std::string ready_line() const override {
    std::string line = "ready";
    for (const auto& [name, url] : urls_) line += fmt::format(" {}={}", name, url);
    return line;
  }

  io::Task<> stop() override {
    log.info("stopping; pods keep running");
    if (control_loop_) co_await control_loop_->stop();
    co_await control_plane_->stop();
  }

 private:
  // Pods cannot reach this machine's loopback; they come through the gateway of their network.
  std::string api_address_for_pods() const {
    const std::string& host = control_plane_->address().host;
    const bool loopback = host.starts_with("127.") || host == "::1" || host == "localhost";
    const bool wildcard = host == "0.0.0.0" || host == "::";
    return loopback || wildcard ? gateway_of(settings_.pod_range) : host;
  }

  io::EpollLoop& loop_;
  CloudSettings settings_;
  DataDirectory directory_;
  DirectoryLock lock_;
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  ClusterKeys keys_;
  std::map<std::string, std::string> urls_;
  std::unique_ptr<ControlPlane> control_plane_;
  std::unique_ptr<ControlLoop> control_loop_;
};

}  // namespace

io::Task<Result<std::unique_ptr<Cloud>>> Cloud::start(io::EpollLoop& loop, CloudSettings settings) {
  const DataDirectory directory(settings.data_dir);
  TRY_CO_DO(directory.make());
  TRY_CO(lock, DirectoryLock::take(directory));
  auto cloud = std::make_unique<OneMachine>(loop, std::move(settings), std::move(lock));
  TRY_CO_DO(cloud->start_control_plane());
  auto control = co_await cloud->start_control_loop();
  if (!control) {
    co_await cloud->stop();
    co_return std::unexpected<Error>(control.error());
  }
  co_return std::unique_ptr<Cloud>(std::move(cloud));
}

}  // namespace aloft::app
