// EndpointSlice: some of the addresses behind a service, with zone and readiness of each.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/references.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::discovery::v1 {

struct EndpointConditions {
  std::optional<bool> ready;
  std::optional<bool> serving;
  std::optional<bool> terminating;
  bool operator==(const EndpointConditions&) const = default;
};

struct ForZone {
  std::string name;
  bool operator==(const ForZone&) const = default;
};

struct EndpointHints {
  std::vector<ForZone> forZones;
  bool operator==(const EndpointHints&) const = default;
};

struct Endpoint {
  std::vector<std::string> addresses;
  EndpointConditions conditions;
  std::optional<std::string> hostname;
  model::Box<core::v1::ObjectReference> targetRef;
  std::map<std::string, std::string> deprecatedTopology;
  std::optional<std::string> nodeName;
  std::optional<std::string> zone;
  model::Box<EndpointHints> hints;
  bool operator==(const Endpoint&) const = default;
};

struct EndpointPort {
  std::optional<std::string> name;
  std::optional<std::string> protocol;
  std::optional<std::int32_t> port;
  std::optional<std::string> appProtocol;
  bool operator==(const EndpointPort&) const = default;
};

struct EndpointSlice {
  meta::v1::ObjectMeta metadata;
  std::string addressType;
  std::vector<Endpoint> endpoints;
  std::vector<EndpointPort> ports;
  bool operator==(const EndpointSlice&) const = default;
};

}  // namespace aloft::discovery::v1

DECLARE_TYPE(discovery::v1::EndpointConditions)
DECLARE_TYPE(discovery::v1::ForZone)
DECLARE_TYPE(discovery::v1::EndpointHints)
DECLARE_TYPE(discovery::v1::Endpoint)
DECLARE_TYPE(discovery::v1::EndpointPort)
DECLARE_TYPE(discovery::v1::EndpointSlice)
