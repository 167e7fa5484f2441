// Amounts of compute resources, and what a container or a volume asks for.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/quantity.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

// Amounts by resource name: "cpu", "memory", "pods", "example.com/gpu".
using ResourceList = std::map<std::string, model::Quantity>;

struct ResourceClaim {
  std::string name;
  std::string request;
  bool operator==(const ResourceClaim&) const = default;
};

struct ResourceRequirements {
  ResourceList limits;
  ResourceList requests;
  std::vector<ResourceClaim> claims;
  bool operator==(const ResourceRequirements&) const = default;
};

struct VolumeResourceRequirements {
  ResourceList limits;
  ResourceList requests;
  bool operator==(const VolumeResourceRequirements&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::ResourceClaim)
DECLARE_TYPE(core::v1::ResourceRequirements)
DECLARE_TYPE(core::v1::VolumeResourceRequirements)
