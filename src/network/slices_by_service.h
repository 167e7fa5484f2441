// The endpoint slices of each service, found by their label.
#pragma once

#include <map>
#include <vector>

#include "client/informer.h"
#include "model/kinds/discovery/v1/endpoint_slice.h"

namespace aloft::network {

// The pointers hold until the informer's cache changes.
std::map<client::ObjectKey, std::vector<const discovery::v1::EndpointSlice*>> slices_by_service(
    const client::InformerCore& slices);

}  // namespace aloft::network
