// What a claim for storage asks for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/kinds/core/v1/references.h"
#include "model/kinds/core/v1/resources.h"
#include "model/kinds/meta/v1/label_selector.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/scalars.h"
#include "model/type_info.h"

namespace aloft::core::v1 {

struct PersistentVolumeClaimSpec {
  std::vector<std::string> accessModes;
  model::Box<meta::v1::LabelSelector> selector;
  VolumeResourceRequirements resources;
  std::string volumeName;
  std::optional<std::string> storageClassName;
  std::optional<std::string> volumeMode;
  model::Box<TypedLocalObjectReference> dataSource;
  model::Box<TypedObjectReference> dataSourceRef;
  std::optional<std::string> volumeAttributesClassName;
  bool operator==(const PersistentVolumeClaimSpec&) const = default;
};

struct PersistentVolumeClaimTemplate {
  meta::v1::ObjectMeta metadata;
  PersistentVolumeClaimSpec spec;
  bool operator==(const PersistentVolumeClaimTemplate&) const = default;
};

}  // namespace aloft::core::v1

DECLARE_TYPE(core::v1::PersistentVolumeClaimSpec)
DECLARE_TYPE(core::v1::PersistentVolumeClaimTemplate)
