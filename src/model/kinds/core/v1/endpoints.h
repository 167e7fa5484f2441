// Endpoints: the addresses behind a service in one object, the older form of EndpointSlice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/references.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct EndpointAddress {
  std::string ip;
  std::string hostname;
  std::optional<std::string> nodeName;
  model::Box<ObjectReference> targetRef;
  bool operator==(const EndpointAddress&) const = default;
};

struct EndpointPort {
  std::string name;
  std::int32_t port = 0;
  std::string protocol;
  std::optional<std::string> appProtocol;
  bool operator==(const EndpointPort&) const = default;
};

struct EndpointSubset {
  std::vector<EndpointAddress> addresses;
  std::vector<EndpointAddress> notReadyAddresses;
  std::vector<EndpointPort> ports;
  bool operator==(const EndpointSubset&) const = default;
};

struct Endpoints {
  meta::v1::ObjectMeta metadata;
  std::vector<EndpointSubset> subsets;
  bool operator==(const Endpoints&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::EndpointAddress)
DECLARE_TYPE(core::v1::EndpointPort)
DECLARE_TYPE(core::v1::EndpointSubset)
DECLARE_TYPE(core::v1::Endpoints)
