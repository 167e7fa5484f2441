// Schemas as OpenAPI spells them, in version 2 and 3. For this module's sources only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/openapi.h"

namespace aloft::model {

enum class OpenApiVersion { v2, v3 };

// {"$ref": ...} to a component or definition.
Value openapi_reference(OpenApiVersion version, std::string_view name);

// Every schema that the resources need, with their lists and the bodies common to all, by name.
Object openapi_components(OpenApiVersion version, const std::vector<OpenApiResource>& resources);

}  // namespace aloft::model
