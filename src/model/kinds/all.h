// Every kind the API knows, in one list written by hand.
#pragma once

#include <span>
#include <string_view>

#include "model/kind.h"

namespace aloft::model {

// All kinds: resources in the order of discovery first, then the kinds that only travel in bodies (plural is
// empty). Lives as long as the process.
std::span<const KindInfo> all_kinds();

// The kind of that name; null when there is none. `group` is empty for the core group.
const KindInfo* find_kind(std::string_view group, std::string_view version, std::string_view kind);

}  // namespace aloft::model
