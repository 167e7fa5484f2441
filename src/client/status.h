// The Status documents of an API server as Errors: the way back of what the server made of its own Errors.
#pragma once

#include <string_view>

#include "base/result.h"

namespace aloft::client {

// The error that an answer's body tells of; `http_status` counts where the body is no Status.
Error error_of_status(int http_status, std::string_view body);

// Nothing new may be written into a namespace that is going; whoever tries learns soon that it has gone.
bool is_namespace_ending(const Error& error);

}  // namespace aloft::client
