// Objects reduced to their metadata, for clients that need no more.
#pragma once

#include <string>
#include <vector>

#include "model/kinds/meta/v1/list_meta.h"
#include "model/kinds/meta/v1/object_meta.h"
#include "model/type_info.h"

namespace aloft::meta::v1 {

struct PartialObjectMetadata {
  ObjectMeta metadata;
  bool operator==(const PartialObjectMetadata&) const = default;
};

struct PartialObjectMetadataList {
  ListMeta metadata;
  std::vector<PartialObjectMetadata> items;
  bool operator==(const PartialObjectMetadataList&) const = default;
};

}  // namespace aloft::meta::v1

DECLARE_TYPE(meta::v1::PartialObjectMetadata)
DECLARE_TYPE(meta::v1::PartialObjectMetadataList)
