#include "app/cloud.h"

#include <unistd.h>

#include <array>

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

// Every name and address under which the API's certificate must hold.
std::vector<std::string> api_hosts(const CloudSettings& settings, const io::Address& listen, const api::ServiceAddresses& addresses) {
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "::1", host_name(), "kubernetes", "kubernetes.default", "kubernetes.default.svc",
                                    "kubernetes.default.svc." + settings.cluster_domain, addresses.address_at(1)};
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

  std::string ready_line() const override {
    std::string line = "ready";
    for (const auto& [name, url] : urls_) line += fmt::format(" {}={}", name, url);
    return line;
  }

  io::Task<> stop() override {
    log.info("stopping; pods keep running");
    co_await control_plane_->stop();
  }

 private:
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
};

}  // namespace

io::Task<Result<std::unique_ptr<Cloud>>> Cloud::start(io::EpollLoop& loop, CloudSettings settings) {
  const DataDirectory directory(settings.data_dir);
  TRY_CO_DO(directory.make());
  TRY_CO(lock, DirectoryLock::take(directory));
  auto cloud = std::make_unique<OneMachine>(loop, std::move(settings), std::move(lock));
  TRY_CO_DO(cloud->start_control_plane());
  co_return std::unique_ptr<Cloud>(std::move(cloud));
}

}  // namespace aloft::app
