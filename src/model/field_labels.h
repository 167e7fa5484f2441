// Which fields of a resource a field selector may name. Lists answer 400 for any other.
#pragma once

#include <span>
#include <string_view>

namespace aloft::model {

// The paths, metadata.name first. A resource that is not in the table has metadata.name and
// metadata.namespace, as custom resources have. Static data.
std::span<const std::string_view> supported_fields(std::string_view group, std::string_view resource);

// True when a selector on the resource may name the path.
bool is_supported_field(std::string_view group, std::string_view resource, std::string_view path);

}  // namespace aloft::model
