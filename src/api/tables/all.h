// What `kubectl get` prints of each kind: the columns and the cells, as upstream's server-side printing has
// them.
#pragma once

#include "api/resource.h"
#include "model/kind.h"

namespace aloft::api {

// The table of a kind; name and age for one without a table of its own.
TableForm table_of(const model::KindInfo& kind);

}  // namespace aloft::api
