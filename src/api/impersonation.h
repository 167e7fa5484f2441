// Acting as somebody else: the Impersonate-* headers, which kubectl --as and --as-group send.
#pragma once

#include "api/user.h"
#include "base/result.h"
#include "http/message.h"

namespace aloft::api {

// The user that a request acts as: whom its headers name, or `requestor` where they name nobody. Errors:
// forbidden, where the requestor may not act as the user or one of the groups; internal, as upstream has it,
// for headers that name groups but no user.
Result<User> acting_user(User requestor, const http::Headers& headers);

}  // namespace aloft::api
