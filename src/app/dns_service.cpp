// One service and, for each node, one slice with the server on its bridge.
#include "app/dns_service.h"

#include "app/log.h"
#include "client/typed.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::app {
namespace {

using client::ObjectKey;
using core::v1::Service;
using discovery::v1::EndpointSlice;

constexpr Duration retry_after = 1s;

ObjectKey service_key() { return ObjectKey("kube-system", "kube-dns"); }
ObjectKey slice_key(const std::string& node) { return ObjectKey("kube-system", "kube-dns-" + node); }

template <class Port>
Port dns_port(const std::string& protocol, std::int32_t number) {
  Port port;
  port.name = protocol == "UDP" ? "dns" : "dns-tcp";
  port.protocol = protocol;
  port.port = number;
  return port;
}

Service service_at(const std::string& address) {
  Service service;
  service.metadata.namespace_ = service_key().ns;
  service.metadata.name = service_key().name;
  service.metadata.labels = {
      {"k8s-app", "kube-dns"}, {"kubernetes.io/cluster-service", "true"}, {"kubernetes.io/name", "CoreDNS"}};
  service.spec.clusterIP = address;
  for (const std::string protocol : {"UDP", "TCP"})
    service.spec.ports.push_back(dns_port<core::v1::ServicePort>(protocol, 53));
  return service;
}

EndpointSlice endpoints_at(const io::Address& server, const std::string& node) {
  EndpointSlice slice;
  slice.metadata.namespace_ = slice_key(node).ns;
  slice.metadata.name = slice_key(node).name;
  slice.metadata.labels = {{"kubernetes.io/service-name", service_key().name},
                           {"endpointslice.kubernetes.io/managed-by", "aloft-dns"}};
  slice.addressType = "IPv4";
  auto& endpoint = slice.endpoints.emplace_back();
  endpoint.addresses = {server.host};
  endpoint.conditions.ready = true;
  endpoint.nodeName = node;
  for (const std::string protocol : {"UDP", "TCP"})
    slice.ports.push_back(dns_port<discovery::v1::EndpointPort>(protocol, server.port));
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

DnsService::DnsService(io::Loop& loop, client::Client& client, client::InformerSet& informers,
                       DnsServiceSettings settings)
    : loop_(loop), client_(client), settings_(std::move(settings)), removed_(loop), scope_(loop) {
  const auto watch = [this](client::InformerCore& objects, ObjectKey key) {
    objects.add_handler([this, key = std::move(key)](const client::Notice& notice) {
      if (notice.now != nullptr || notice.key != key) return;
      missing_ = true;
      removed_.notify_all();
    });
  };
  watch(informers.of<Service>(), service_key());
  watch(informers.of<EndpointSlice>(), slice_key(settings_.node_name));
  scope_.spawn(run());
}

io::Task<Result<>> DnsService::publish() {
  auto service = co_await put(client_, service_at(settings_.service_address));
  if (!service) co_return std::unexpected<Error>(service.error().at("service kube-dns"));
  auto endpoints = co_await put(client_, endpoints_at(settings_.server, settings_.node_name));
  if (!endpoints) co_return std::unexpected<Error>(endpoints.error().at("endpoints of kube-dns"));
  co_return Result<>();
}

io::Task<> DnsService::run() {
  for (;;) {
    while (!missing_) co_await removed_.wait();
    missing_ = false;
    const Result<> published = co_await publish();
    if (published) continue;
    log.warning("dns: {}", published.error().message());
    missing_ = true;
    co_await loop_.sleep(retry_after);
  }
}

}  // namespace aloft::app
