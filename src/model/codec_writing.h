// Which members of a struct stand in its JSON. For this module's sources only.
#pragma once

#include <cstdint>

#include "model/type_info.h"

namespace aloft::model {

enum class Writing : std::uint8_t { leave_out, null, value };

// What becomes of a member: `required` and `always` decide over plain members, absence over pointers; structs
// are always written.
Writing writing_of(const FieldInfo& field, const TypeInfo& type, const void* member);

}  // namespace aloft::model
