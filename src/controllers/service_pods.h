// Which pods stand behind a Service, under which addresses and ports; what EndpointSlices and Endpoints have
// in common.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/reconcile.h"
#include "model/kinds/core/v1/pod.h"
#include "model/kinds/core/v1/service.h"

namespace aloft::controllers {

// Label of both; and its value on slices that Aloft looks after.
inline constexpr std::string_view service_name_label = "kubernetes.io/service-name";
inline constexpr std::string_view headless_label = "service.kubernetes.io/headless";

// False for services whose addresses people write themselves (no selector) or that have none (ExternalName).
bool has_selected_pods(const core::v1::Service& service);
bool is_headless(const core::v1::Service& service);

// The service's labels as both carry them, with headless_label where it is headless.
std::map<std::string, std::string> mirrored_labels(const core::v1::Service& service);

// The namespace's pods that the selector matches, by name. Needs by_label_index().
std::vector<std::shared_ptr<const core::v1::Pod>> pods_of(const client::World& world,
                                                          const core::v1::Service& service);

// "IPv4" or "IPv6", the first being the service's own.
std::vector<std::string> address_families(const core::v1::Service& service);
// The pod's address of the family; empty when it has none.
std::string pod_ip(const core::v1::Pod& pod, std::string_view family);

// The number that the service's port means on this pod; nullopt when it names a port that the pod does not
// have.
std::optional<std::int32_t> target_port(const core::v1::ServicePort& port, const core::v1::Pod& pod);

// The name under which the cluster's DNS knows this pod of a headless service; empty when it has none of its
// own.
std::string host_name(const core::v1::Service& service, const core::v1::Pod& pod);
core::v1::ObjectReference pod_reference(const core::v1::Pod& pod);

// Services that select the pod as it was or as it is.
std::vector<client::ObjectKey> services_of_pod(const client::World& world, const client::Notice& notice);

}  // namespace aloft::controllers
