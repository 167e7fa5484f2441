// EndpointSlices found by their service, and what every controller that writes some says about itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/reconcile.h"
#include "model/kinds/core/v1/service.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::controllers {

// Label of a slice whose value names the controller that looks after it.
inline constexpr std::string_view managed_by_label = "endpointslice.kubernetes.io/managed-by";

const model::KindInfo& slice_kind();
bool is_managed_by(const discovery::v1::EndpointSlice& slice, std::string_view manager);

// Slices by the key of their service.
inline constexpr std::string_view by_service = "service";
client::Index by_service_index();
// The service that the slice was and is part of.
std::vector<client::ObjectKey> service_of_slice(const client::World& world, const client::Notice& notice);

}  // namespace aloft::controllers
