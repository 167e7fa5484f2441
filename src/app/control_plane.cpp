// Makes the API from its parts.
#include "app/control_plane.h"

#include "api/resources/all.h"
#include "io/cross.h"
#include "io/file.h"
#include "model/codec.h"
#include "model/kinds/core/v1/service.h"

namespace aloft::app {
namespace {

Result<std::unique_ptr<store::Store>> open_store(const std::string& kind, const DataDirectory& directory) {
  if (kind == "memory") return store::open_memory_store();
  if (kind == "sqlite") return store::open_sqlite_store({.path = directory.state()});
  return fail(Code::invalid, fmt::format("--store {}: expected sqlite or memory", kind));
}

Result<api::StaticTokens> read_tokens(const std::string& path) {
  if (path.empty()) return api::StaticTokens();
  auto text = io::read_file(path);
  if (!text) return std::unexpected<Error>(text.error().at("--token-auth-file"));
  auto tokens = api::StaticTokens::parse(*text);
  if (!tokens) return std::unexpected<Error>(tokens.error().at(path));
  return tokens;
}

// More would only wait for the one writer of the store.
constexpr std::size_t most_api_loops = 8;

// A wildcard address is no place to connect to; this machine reaches itself through loopback.
std::string reachable_host(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::") return "::1";
  return host;
}

io::Task<> end_here(std::unique_ptr<ApiFront> front) {
  front.reset();
  co_return;
}

}  // namespace

ControlPlane::~ControlPlane() = default;

std::string ControlPlane::url() const {
  io::Address reachable = address();
  reachable.host = reachable_host(reachable.host);
  return "https://" + reachable.to_string();
}

Result<> ControlPlane::load_addresses() {
  const api::Resource& services = *resources_->of_kind(model::type_info<core::v1::Service>());
  TRY(listed, registry_->list(services, api::ListQuery{}));
  for (const store::Entry& entry : listed.entries) {
    TRY(service, model::from_json<core::v1::Service>(entry.value.view()));
    const bool own = service.metadata.namespace_ == "default" && service.metadata.name == "kubernetes";
    if (own && service.spec.clusterIP != addresses_->address_at(1)) {
      return fail(
          Code::conflict,
          fmt::format("service range {}: the services of this cloud have addresses of another range, in "
                      "which {} is the first; start it with that --service-range, or another cloud with "
                      "its own --data-dir",
                      addresses_->settings().range, service.spec.clusterIP));
    }
    // Two services with one address would be a bug of an earlier run; the first keeps it and both stay
    // readable.
    if (!service.spec.clusterIP.empty() && service.spec.clusterIP != "None")
      (void)addresses_->take_address(service.spec.clusterIP);
    for (const auto& port : service.spec.ports) {
      if (port.nodePort != 0) (void)addresses_->take_port(port.nodePort);
    }
    const std::int32_t health_check = service.spec.healthCheckNodePort;
    if (health_check != 0) (void)addresses_->take_port(health_check);
  }
  return {};
}

Result<std::unique_ptr<ControlPlane>> ControlPlane::start(io::EpollLoop& loop, const Clock& clock,
                                                          Random& random, Metrics& metrics,
                                                          const DataDirectory& directory,
                                                          const ClusterKeys& keys,
                                                          ControlPlaneSettings settings) {
  auto plane = std::make_unique<ControlPlane>(loop);
  TRY(store, open_store(settings.store, directory));
  plane->store_ = std::move(store);
  plane->schemas_ = std::make_unique<model::SchemaSet>();
  plane->registry_ = std::make_unique<api::Registry>(loop, *plane->store_, clock, random);
  TRY(addresses, api::ServiceAddresses::make({.range = settings.service_range}, random));
  plane->addresses_ = std::make_unique<api::ServiceAddresses>(std::move(addresses));
  TRY(accounts, api::ServiceAccountTokens::with_key(keys.service_account_key));
  auto signer = std::make_shared<const api::ServiceAccountTokens>(accounts);
  plane->resources_ = std::make_unique<api::ResourceTable>(
      api::make_resources({*plane->schemas_, *plane->addresses_, settings.usage, std::move(signer)}));
  plane->registry_->serve(*plane->resources_);
  TRY_DO(plane->load_addresses());

  TRY(tokens, read_tokens(settings.token_file));
  plane->authentication_ =
      std::make_unique<api::Authentication>(*plane->registry_, clock, std::move(tokens), std::move(accounts));
  plane->actions_ = std::make_unique<api::Actions>(*plane->registry_, *plane->authentication_);
  plane->openapi_ = std::make_unique<api::OpenApiDocuments>(loop, *plane->resources_);
  TRY(agent_tls, http::TlsContext::client({.authorities_pem = keys.authority.certificate_pem,
                                           .key_pair = keys.agent_client,
                                           .protocols = {"http/1.1"}}));
  TRY(plain_tls, http::TlsContext::client({.verify = false, .protocols = {"http/1.1"}}));
  plane->discovery_ = std::make_unique<api::Discovery>(*plane->resources_, settings.listen.to_string(),
                                                       settings.custom_metrics != nullptr);
  plane->make_fronts(ApiBack{*plane->registry_, *plane->authentication_, *plane->actions_, *plane->discovery_,
                             *plane->openapi_, std::move(agent_tls), std::move(plain_tls), metrics,
                             std::move(settings.checks), settings.custom_metrics},
                     settings.loops);
  http::ServerSettings& server = plane->server_settings_;
  TRY(tls, http::TlsContext::server(
               {.key_pair = keys.server, .client_authorities_pem = keys.authority.certificate_pem}));
  server.tls = std::move(tls);
  server.clock = &clock;
  auto listening = plane->listen(settings.listen);
  if (!listening) return std::unexpected<Error>(listening.error().at("API server"));
  plane->server_ = std::move(*listening);
  return plane;
}

void ControlPlane::make_fronts(const ApiBack& back, std::size_t loops) {
  fronts_.push_back(std::make_unique<ApiFront>(loop_, back));
  if (loops == 0) loops = std::min(io::usable_cores(), most_api_loops);
  for (std::size_t i = 1; i < loops; ++i) {
    threads_.push_back(std::make_unique<io::LoopThread>(fmt::format("aloft-api-{}", i)));
    fronts_.push_back(std::make_unique<ApiFront>(threads_.back()->loop(), back));
  }
}

Result<std::unique_ptr<http::Server>> ControlPlane::listen(const io::Address& address) {
  std::vector<http::Seat> seats;
  for (const auto& front : fronts_) seats.push_back({front->loop(), front->handler()});
  return http::Server::start(loop_, address, seats, server_settings_);
}

// What a front holds ends where it lives.
io::Task<> ControlPlane::drop_front(std::unique_ptr<ApiFront> front) {
  io::Loop& there = front->loop();
  std::move_only_function<io::Task<>()> work = [ending = std::move(front)]() mutable {
    return end_here(std::move(ending));
  };
  co_await io::run_on<void>(loop_, there, std::move(work));
}

std::unique_ptr<client::Client> ControlPlane::client_for(io::Loop& home, std::string_view component) {
  return api::make_local_client(home, *registry_, *actions_, api::User::control_plane(component));
}

Result<io::Address> ControlPlane::listen_also(const std::string& host) {
  auto listening = listen(io::Address(host, address().port));
  // Another cloud on this machine may have the port there; any other will do, since the service says which.
  if (!listening) listening = listen(io::Address(host, 0));
  if (!listening) return std::unexpected<Error>(listening.error().at("API server for pods"));
  second_server_ = std::move(*listening);
  return second_server_->address();
}

io::Task<> ControlPlane::stop() {
  if (second_server_) co_await second_server_->shut_down(2s);
  co_await server_->shut_down(2s);
  auto ending = std::exchange(fronts_, {});
  for (auto& front : ending) co_await drop_front(std::move(front));
  store_->close();
}

}  // namespace aloft::app
