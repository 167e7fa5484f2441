// Rules for the addresses and ports behind a service.
#include "model/kinds/core/v1/endpoints.h"
#include "model/kinds/core/v1/rules.h"
#include "model/kinds/field_checks.h"

namespace aloft::core::v1 {

using model::FieldErrors;
using model::FieldPath;

namespace {

void validate_address(const EndpointAddress& address, const FieldPath& path, FieldErrors& errors) {
  model::expect_ip(errors, path.child("ip"), address.ip);
  if (!address.hostname.empty()) model::expect_dns_label(errors, path.child("hostname"), address.hostname);
  if (address.nodeName) model::expect_dns_subdomain(errors, path.child("nodeName"), *address.nodeName);
  model::expect_ordinary_ip(errors, path.child("ip"), address.ip);
}

void validate_port(const EndpointPort& port, bool name_required, const FieldPath& path, FieldErrors& errors) {
  if (!port.name.empty()) {
    model::expect_dns_label(errors, path.child("name"), port.name);
  } else if (name_required) {
    errors.required(path.child("name"));
  }
  model::expect_port_number(errors, path.child("port"), port.port);
  model::expect_choice(errors, path.child("protocol"), port.protocol, {"SCTP", "TCP", "UDP"});
  if (port.appProtocol) model::expect_qualified_name(errors, path.child("appProtocol"), *port.appProtocol);
}

}  // namespace

void validate(const Endpoints& endpoints, FieldErrors& errors) {
  const FieldPath subsets("subsets");
  for (std::size_t i = 0; i < endpoints.subsets.size(); ++i) {
    const EndpointSubset& subset = endpoints.subsets[i];
    const FieldPath path = subsets.index(i);
    if (subset.addresses.empty() && subset.notReadyAddresses.empty()) {
      errors.required(path, "must specify `addresses` or `notReadyAddresses`");
    }
    const FieldPath ready = path.child("addresses");
    for (std::size_t j = 0; j < subset.addresses.size(); ++j) {
      validate_address(subset.addresses[j], ready.index(j), errors);
    }
    const FieldPath not_ready = path.child("notReadyAddresses");
    for (std::size_t j = 0; j < subset.notReadyAddresses.size(); ++j) {
      validate_address(subset.notReadyAddresses[j], not_ready.index(j), errors);
    }
    const FieldPath ports = path.child("ports");
    for (std::size_t j = 0; j < subset.ports.size(); ++j) {
      validate_port(subset.ports[j], subset.ports.size() > 1, ports.index(j), errors);
    }
  }
}

}  // namespace aloft::core::v1
