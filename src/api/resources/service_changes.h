// What a change of a service means for the fields that the server fills in: what was given stays although the
// change leaves it out, and goes where the new type has no use for it. The rules are upstream's.
#pragma once

#include "base/result.h"
#include "model/kinds/core/v1/service.h"

namespace aloft::api {

// An address, or "None".
bool needs_address(const core::v1::ServiceSpec& spec);
bool needs_node_ports(const core::v1::ServiceSpec& spec);
// A port of the node on which balancers from outside learn whether it has pods of the service.
bool needs_health_check_port(const core::v1::ServiceSpec& spec);

// Only what the change itself does not touch is kept or dropped; the rest is for validation to judge.
void carry_over(core::v1::Service& next, const core::v1::Service& old);

// Fills in address families and their policy. Error: invalid, for a family that this cluster, which knows
// IPv4 only, does not have; what `old` has already is not judged again.
Result<> settle_families(core::v1::Service& service, const core::v1::Service* old);

}  // namespace aloft::api
