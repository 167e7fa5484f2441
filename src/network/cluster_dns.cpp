// Builds a new zone after changes of services, endpoints and namespaces, and publishes it.
#include "network/cluster_dns.h"

#include "model/kinds/core/v1/namespace.h"
#include "network/slices_by_service.h"

namespace aloft::network {
namespace {

using core::v1::Namespace;
using core::v1::Service;
using discovery::v1::EndpointSlice;

// Many changes at once make one new zone; making one takes longer the more services there are, so it is done
// less often then.
constexpr Duration zone_gather_time = 5ms;
constexpr Duration zone_gather_time_per_service = 40us;

}  // namespace

ClusterDns::ClusterDns(OnlyStart, io::EpollLoop& loop, client::InformerSet& informers, std::string domain)
    : loop_(loop),
      services_(informers.of<Service>()),
      slices_(informers.of<EndpointSlice>()),
      namespaces_(informers.of<Namespace>()),
      domain_(std::move(domain)),
      changed_(loop),
      scope_(loop) {
  const auto note = [this](const client::Notice&) {
    dirty_ = true;
    changed_.notify_all();
  };
  services_.add_handler(note);
  slices_.add_handler(note);
  namespaces_.add_handler(note);
}

Result<std::unique_ptr<ClusterDns>> ClusterDns::start(io::EpollLoop& loop, client::InformerSet& informers,
                                                      DnsServerSettings settings, std::string domain,
                                                      Random& random, Metrics& metrics) {
  auto dns = std::make_unique<ClusterDns>(OnlyStart(), loop, informers, std::move(domain));
  auto nothing_yet = std::make_shared<const DnsZone>(DnsZone::unknown(dns->domain_));
  TRY(server, DnsServer::start(loop, std::move(settings), std::move(nothing_yet), random, metrics));
  dns->server_ = std::move(server);
  dns->scope_.spawn(dns->run());
  return dns;
}

std::shared_ptr<const DnsZone> ClusterDns::build() const {
  auto zone = std::make_shared<DnsZone>(domain_);
  for (const auto& [key, cached] : namespaces_.all()) zone->add_namespace(key.name);
  const auto slices = slices_by_service(slices_);
  static const std::vector<const EndpointSlice*> none;
  for (const auto& [key, cached] : services_.all()) {
    const auto found = slices.find(key);
    zone->add(*static_cast<const Service*>(cached.object.get()),
              found == slices.end() ? none : found->second);
  }
  return zone;
}

io::Task<> ClusterDns::run() {
  co_await services_.synced();
  co_await slices_.synced();
  co_await namespaces_.synced();
  for (;;) {
    while (!dirty_) co_await changed_.wait();
    co_await loop_.sleep(zone_gather_time + zone_gather_time_per_service * services_.all().size());
    dirty_ = false;
    server_->publish(build());
  }
}

}  // namespace aloft::network
