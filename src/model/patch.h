// The four ways to change a document that PATCH knows, but for server-side apply (managed_fields.h).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/schema.h"
#include "model/value.h"

namespace aloft::model {

// RFC 6902. Errors: bad_request (not a patch), invalid (a test failed or a path does not exist), each naming the operation.
// Bounded: at most 10,000 operations.
Result<Value> apply_json_patch(Value target, const Value& patch);

// RFC 7386.
Value apply_merge_patch(Value target, const Value& patch);

// Kubernetes' strategic merge: lists merged by key, `$patch: delete|replace|merge`, `$retainKeys`,
// `$setElementOrder/list`, `$deleteFromPrimitiveList/list`. Errors: bad_request or invalid, in upstream's words where clients show them.
Result<Value> apply_strategic_merge_patch(Value target, const Value& patch, const Schema& schema);

}  // namespace aloft::model
