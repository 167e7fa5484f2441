// Rules for slices of endpoints: bounds, addresses of one type, unique ports.
#include <set>

#include "model/kinds/discovery/v1/endpoint_slice.h"
#include "model/kinds/discovery/v1/rules.h"
#include "model/kinds/field_checks.h"
#include "model/kinds/meta/v1/label_selector_validation.h"
#include "model/names.h"

namespace aloft::discovery::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

constexpr std::size_t endpoints_max = 1000;
constexpr std::size_t addresses_max = 100;
constexpr std::size_t ports_max = 20000;
constexpr std::size_t topology_labels_max = 16;
constexpr std::size_t zone_hints_max = 8;

void validate_domain_name(std::string_view name, const FieldPath& path, FieldErrors& errors) {
  if (name.empty()) return errors.required(path);
  std::string_view bare = name;
  if (bare.ends_with('.')) bare.remove_suffix(1);
  const auto messages = model::check_dns1123_subdomain(bare);
  model::add_invalid(errors, path, bare, messages);
  if (messages.empty() && bare.find('.') == std::string_view::npos) {
    errors.invalid_string(path, bare, "should be a domain with at least two segments separated by dots");
  }
}

void validate_address(const std::string& address, const std::string& type, const FieldPath& path,
                      FieldErrors& errors) {
  if (type == "FQDN") return validate_domain_name(address, path, errors);
  if (type != "IPv4" && type != "IPv6") return;
  if (!model::is_ip(address) || model::is_ipv6(address) != (type == "IPv6")) {
    errors.invalid_string(path, address,
                          type == "IPv6" ? "must be a valid IPv6 address" : "must be a valid IPv4 address");
  }
  model::expect_ordinary_ip(errors, path, address);
}

void validate_hints(const EndpointHints& hints, const FieldPath& path, FieldErrors& errors) {
  const FieldPath zones = path.child("forZones");
  if (hints.forZones.size() > zone_hints_max)
    return errors.too_many(zones, hints.forZones.size(), zone_hints_max);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < hints.forZones.size(); ++i) {
    const FieldPath at = zones.index(i);
    const FieldPath name = at.child("name");
    if (!seen.insert(hints.forZones[i].name).second) errors.duplicate(name, hints.forZones[i].name);
    model::add_invalid(errors, name, hints.forZones[i].name,
                       model::check_label_value(hints.forZones[i].name));
  }
}

void validate_endpoint(const Endpoint& endpoint, const std::string& type, const FieldPath& path,
                       FieldErrors& errors) {
  const FieldPath addresses = path.child("addresses");
  if (endpoint.addresses.empty()) {
    errors.required(addresses, "must contain at least 1 address");
  } else if (endpoint.addresses.size() > addresses_max) {
    errors.too_many(addresses, endpoint.addresses.size(), addresses_max);
  }
  for (std::size_t i = 0; i < endpoint.addresses.size(); ++i) {
    validate_address(endpoint.addresses[i], type, addresses.index(i), errors);
  }
  if (endpoint.nodeName) model::expect_dns_subdomain(errors, path.child("nodeName"), *endpoint.nodeName);
  const FieldPath topology = path.child("deprecatedTopology");
  if (endpoint.deprecatedTopology.size() > topology_labels_max) {
    errors.too_many(topology, endpoint.deprecatedTopology.size(), topology_labels_max);
  }
  meta::v1::validate_labels(endpoint.deprecatedTopology, topology, errors);
  if (endpoint.hostname) model::expect_dns_label(errors, path.child("hostname"), *endpoint.hostname);
  if (endpoint.hints) validate_hints(*endpoint.hints, path.child("hints"), errors);
}

void validate_ports(const std::vector<EndpointPort>& ports, const FieldPath& path, FieldErrors& errors) {
  if (ports.size() > ports_max) return errors.too_many(path, ports.size(), ports_max);
  std::set<std::string> names;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const FieldPath at = path.index(i);
    const std::string name = ports[i].name.value_or("");
    if (!name.empty()) model::expect_dns_label(errors, at.child("name"), name);
    if (!names.insert(name).second) errors.duplicate(at.child("name"), name);
    if (!ports[i].protocol) {
      errors.required(at.child("protocol"));
    } else {
      model::expect_one_of(errors, at.child("protocol"), *ports[i].protocol, {"SCTP", "TCP", "UDP"});
    }
    if (ports[i].port) model::expect_port_number(errors, at.child("port"), *ports[i].port);
    if (ports[i].appProtocol) {
      model::expect_qualified_name(errors, at.child("appProtocol"), *ports[i].appProtocol);
    }
  }
}

}  // namespace

void validate(const EndpointSlice& slice, FieldErrors& errors) {
  model::expect_choice(errors, FieldPath("addressType"), slice.addressType, {"FQDN", "IPv4", "IPv6"});
  const FieldPath endpoints("endpoints");
  if (slice.endpoints.size() > endpoints_max) {
    errors.too_many(endpoints, slice.endpoints.size(), endpoints_max);
  } else {
    for (std::size_t i = 0; i < slice.endpoints.size(); ++i) {
      validate_endpoint(slice.endpoints[i], slice.addressType, endpoints.index(i), errors);
    }
  }
  validate_ports(slice.ports, FieldPath("ports"), errors);
}

void validate_update(const EndpointSlice& slice, const EndpointSlice& old, FieldErrors& errors) {
  if (slice.addressType != old.addressType) {
    errors.invalid_string(FieldPath("addressType"), slice.addressType, model::immutable_field);
  }
}

}  // namespace aloft::discovery::v1
