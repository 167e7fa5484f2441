// The four ways to change a document that PATCH knows, but for server-side apply (managed_fields.h).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/schema.h"
#include "model/value.h"

namespace aloft::model {

// RFC 6902, and as upstream's library also: negative indices count from the end, and replacing a member that
// is not there adds it. Errors: bad_request (not a patch); invalid (a test failed or a path does not exist)
// with the message upstream sends for every such failure and one cause that names the operation and says why;
// too_large. Bounded: at most 10,000 operations, copies of 3 MiB together, a depth of 1,000.
Result<Value> apply_json_patch(Value target, const Value& patch);

// RFC 7386. Any patch merges; check_merge_patch() says what upstream refuses.
Value apply_merge_patch(Value target, const Value& patch);
// Error: bad_request when the patch is no object.
Result<> check_merge_patch(const Value& patch);

// Kubernetes' strategic merge: lists merged by key, `$patch: delete|replace|merge`, `$retainKeys`,
// `$setElementOrder/list`, `$deleteFromPrimitiveList/list`. Errors in upstream's words and with its codes:
// bad_request for directives of the wrong form, invalid for lists of lists, internal (500 there, though the
// patch is to blame) for the rest, such as a list element without its merge key.
Result<Value> apply_strategic_merge_patch(Value target, const Value& patch, const Schema& schema);

}  // namespace aloft::model
