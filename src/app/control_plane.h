// The API and everything it stands on: state, rules, identity, and the server that clients reach. Other parts
// talk to it through clients that it hands out.
#pragma once

#include <memory>
#include <string>

#include "api/local_client.h"
#include "api/service_addresses.h"
#include "api/usage.h"
#include "app/api_front.h"
#include "app/cluster_keys.h"
#include "app/data_directory.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/result.h"
#include "http/server.h"
#include "io/epoll_loop.h"
#include "io/loop_thread.h"
#include "model/schema.h"
#include "store/store.h"

namespace aloft::app {

struct ControlPlaneSettings {
  io::Address listen;
  std::string store;  // "sqlite" or "memory"
  std::string service_range;
  std::string token_file;
  const api::UsageSource* usage = nullptr;       // what metrics.k8s.io shows; outlives the control plane
  api::CustomMetrics* custom_metrics = nullptr;  // null: custom.metrics.k8s.io is not served
  std::vector<api::HealthCheck> checks;
  std::size_t loops = 0;  // that serve connections; 0: one for each core, up to a limit
};

// Lives on the main loop, where everything is written. Connections are spread over that loop and others.
class ControlPlane {
 public:
  static Result<std::unique_ptr<ControlPlane>> start(io::EpollLoop& loop, const Clock& clock, Random& random,
                                                     Metrics& metrics, const DataDirectory& directory,
                                                     const ClusterKeys& keys, ControlPlaneSettings settings);
  explicit ControlPlane(io::EpollLoop& loop) : loop_(loop) {}  // for start()
  ~ControlPlane();

  // A client for a part of the control plane that lives on `home`.
  std::unique_ptr<client::Client> client_for(io::Loop& home, std::string_view component);
  const io::Address& address() const { return server_->address(); }
  // Listens at a second place too, on the same port if it is free there: pods reach the API through their
  // gateway.
  Result<io::Address> listen_also(const std::string& host);
  std::string url() const;
  const api::ServiceAddresses& addresses() const { return *addresses_; }
  // Lets requests in progress end, then closes the store.
  io::Task<> stop();

 private:
  Result<> load_addresses();
  void make_fronts(const ApiBack& back, std::size_t loops);
  Result<std::unique_ptr<http::Server>> listen(const io::Address& address);
  io::Task<> drop_front(std::unique_ptr<ApiFront> front);

  io::EpollLoop& loop_;
  http::ServerSettings server_settings_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<model::SchemaSet> schemas_;
  std::unique_ptr<api::Registry> registry_;
  std::unique_ptr<api::ServiceAddresses> addresses_;
  std::unique_ptr<api::ResourceTable> resources_;
  std::unique_ptr<api::Authentication> authentication_;
  std::unique_ptr<api::Actions> actions_;
  std::unique_ptr<api::Discovery> discovery_;
  std::unique_ptr<api::OpenApiDocuments> openapi_;
  std::vector<std::unique_ptr<io::LoopThread>> threads_;
  std::vector<std::unique_ptr<ApiFront>> fronts_;  // the first on the main loop, one on each thread's
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Server> second_server_;
};

}  // namespace aloft::app
