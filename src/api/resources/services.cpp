// Services: every one gets its address and node ports here, at the moment it is made.
#include "api/registry.h"
#include "api/resources/all.h"
#include "api/resources/rules.h"
#include "api/resources/service_changes.h"
#include "api/status.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/field_checks.h"

namespace aloft::api {
namespace {

using core::v1::Service;
using core::v1::ServicePort;
using core::v1::ServiceSpec;

bool wants_address(const ServiceSpec& spec) { return needs_address(spec) && spec.clusterIP != "None"; }
bool has_address(const ServiceSpec& spec) { return wants_address(spec) && !spec.clusterIP.empty(); }

Error refused(const Service& service, std::string_view field, std::string_view value, std::string_view why) {
  model::FieldErrors errors;
  errors.invalid(model::FieldPath(field), value, why);
  return invalid_object("", "Service", service.metadata.name, errors);
}

// What a service holds while it is being written, given back unless kept.
class Taken {
 public:
  explicit Taken(ServiceAddresses& addresses) : addresses_(addresses) {}
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  ~Taken() {
    for (const std::string& address : taken_addresses_) addresses_.give_back_address(address);
    for (const std::int32_t port : taken_ports_) addresses_.give_back_port(port);
  }
  Result<std::string> address(std::string_view wanted) {
    auto address = addresses_.take_address(wanted);
    if (address) taken_addresses_.push_back(*address);
    return address;
  }
  Result<std::int32_t> port(std::int32_t wanted) {
    auto port = addresses_.take_port(wanted);
    if (port) taken_ports_.push_back(*port);
    return port;
  }
  void keep() {
    taken_addresses_.clear();
    taken_ports_.clear();
  }

 private:
  ServiceAddresses& addresses_;
  std::vector<std::string> taken_addresses_;
  std::vector<std::int32_t> taken_ports_;
};

Result<> take_address(Taken& taken, Service& service) {
  ServiceSpec& spec = service.spec;
  if (spec.clusterIP.empty() && !spec.clusterIPs.empty()) spec.clusterIP = spec.clusterIPs.front();
  if (!wants_address(spec)) {
    if (spec.clusterIP == "None") spec.clusterIPs = {"None"};
    return {};
  }
  auto address = taken.address(spec.clusterIP);
  if (!address) {
    if (spec.clusterIP.empty()) return std::unexpected<Error>(address.error());
    return fail(
        refused(service, "spec.clusterIPs", model::list_text(spec.clusterIPs), address.error().message()));
  }
  spec.clusterIP = *address;
  spec.clusterIPs = {*address};
  return {};
}

// Ports of two protocols may share one number; the same number is taken once.
Result<> take_node_ports(Taken& taken, Service& service, const std::map<std::int32_t, bool>& held) {
  if (!needs_node_ports(service.spec)) return {};
  std::map<std::int32_t, bool> mine = held;
  for (std::size_t i = 0; i < service.spec.ports.size(); ++i) {
    ServicePort& port = service.spec.ports[i];
    if (port.nodePort != 0 && mine.contains(port.nodePort)) continue;
    auto number = taken.port(port.nodePort);
    if (!number) {
      return fail(refused(service, fmt::format("spec.ports[{}].nodePort", i), std::to_string(port.nodePort),
                          number.error().message()));
    }
    port.nodePort = *number;
    mine[*number] = true;
  }
  return {};
}

Result<> take_health_check_port(Taken& taken, Service& service, const std::map<std::int32_t, bool>& held) {
  std::int32_t& port = service.spec.healthCheckNodePort;
  if (!needs_health_check_port(service.spec) || (port != 0 && held.contains(port))) return {};
  auto number = taken.port(port);
  if (!number)
    return fail(refused(service, "spec.healthCheckNodePort", std::to_string(port), number.error().message()));
  port = *number;
  return {};
}

// What the service holds. Numbers that it names and its type has no use for belong to nobody, or to others.
std::map<std::int32_t, bool> node_ports_of(const ServiceSpec& spec) {
  std::map<std::int32_t, bool> ports;
  for (const ServicePort& port : spec.ports) {
    if (needs_node_ports(spec) && port.nodePort != 0) ports[port.nodePort] = true;
  }
  if (needs_health_check_port(spec) && spec.healthCheckNodePort != 0) ports[spec.healthCheckNodePort] = true;
  return ports;
}

Result<> admit_new(RuleContext& rules, ServiceAddresses& addresses, Service& service) {
  // A service that exists holds its addresses; whoever makes it again is told of the service, not of the
  // addresses.
  const Resource& resource = *rules.registry.resources().of_kind(model::type_info<Service>());
  if (rules.registry.get(resource, service.metadata.namespace_, service.metadata.name)) {
    return fail(already_exists("", "services", service.metadata.name));
  }
  core::v1::normalize_cluster_ips(service, nullptr);
  TRY_DO(settle_families(service, nullptr));
  Taken taken(addresses);
  TRY_DO(take_address(taken, service));
  TRY_DO(take_node_ports(taken, service, {}));
  TRY_DO(take_health_check_port(taken, service, {}));
  taken.keep();
  return {};
}

Result<> admit_change(ServiceAddresses& addresses, Service& next, const Service& old, bool dry_run) {
  carry_over(next, old);
  TRY_DO(settle_families(next, &old));
  Taken taken(addresses);
  if (wants_address(next.spec) && !has_address(old.spec)) TRY_DO(take_address(taken, next));
  const auto held = node_ports_of(old.spec);
  TRY_DO(take_node_ports(taken, next, held));
  TRY_DO(take_health_check_port(taken, next, held));
  if (!dry_run) taken.keep();
  return {};
}

// Gives back what `from` holds and `kept` does not. An address never changes while there is one: what a
// refused change wanted instead may be somebody else's.
void give_back_difference(ServiceAddresses& addresses, const Service& from, const Service& kept) {
  if (has_address(from.spec) && !has_address(kept.spec)) addresses.give_back_address(from.spec.clusterIP);
  const auto still = node_ports_of(kept.spec);
  for (const auto& [port, held] : node_ports_of(from.spec)) {
    if (!still.contains(port)) addresses.give_back_port(port);
  }
}

}  // namespace

std::unique_ptr<Resource> services(const ResourceServices& with) {
  auto resource = make_resource(model::type_info<Service>(), with);
  ServiceAddresses* addresses = &with.addresses;
  resource->prepare_create = &drop_status<Service>;
  resource->prepare_update = &keep_status<Service>;
  resource->subresources.push_back(status_subresource<Service>());
  resource->actions = {"proxy"};
  resource->returns_deleted_object = true;
  resource->admit_create = [addresses](RuleContext& rules, void* object) {
    return admit_new(rules, *addresses, *static_cast<Service*>(object));
  };
  resource->admit_update = [addresses](RuleContext& rules, void* next, const void* old) {
    return admit_change(*addresses, *static_cast<Service*>(next), *static_cast<const Service*>(old),
                        rules.dry_run);
  };
  resource->update_ended = [addresses](const void* next, const void* old, bool committed) {
    const Service& after = *static_cast<const Service*>(next);
    const Service& before = *static_cast<const Service*>(old);
    if (committed) {
      give_back_difference(*addresses, before, after);
    } else {
      give_back_difference(*addresses, after, before);
    }
  };
  resource->removed = [addresses](const void* object) {
    give_back_difference(*addresses, *static_cast<const Service*>(object), Service());
  };
  resource->create_failed = resource->removed;
  return resource;
}

}  // namespace aloft::api
