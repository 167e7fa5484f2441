// The Client of the control plane inside this process: the same operations as over HTTP, without sockets,
// text or TLS in between. It may be used on any loop; the work is done on the API's.
#pragma once

#include <memory>

#include "api/actions.h"
#include "api/registry.h"
#include "api/user.h"
#include "client/client.h"
#include "io/loop.h"

namespace aloft::api {

// Lives on `home`; registry and actions outlive it.
std::unique_ptr<client::Client> make_local_client(io::Loop& home, Registry& registry, Actions& actions,
                                                  User user);

}  // namespace aloft::api
