// From an HTTP request to a SPDY session, on either side: the upgrade that port-forward, exec and attach
// begin with.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/client.h"
#include "http/handler.h"
#include "http/spdy.h"
#include "io/loop.h"
#include "io/task.h"

namespace aloft::http {

// The elements of a comma-separated list field over all its lines, in order, without empty ones.
std::vector<std::string> list_field(const Headers& headers, std::string_view name);
// The first of the peer's `offered` that we speak; empty when there is none.
std::string choose_protocol(const std::vector<std::string>& offered, const std::vector<std::string>& spoken);

// True when the head asks to upgrade to SPDY/3.1.
bool wants_spdy(const RequestHead& head);
// Answers 101 and gives the server's end. The protocol inside SPDY is negotiated with
// X-Stream-Protocol-Version among `spoken`. Errors without any answer sent: bad_request (no upgrade asked
// for), forbidden (no common protocol).
io::Task<Result<std::unique_ptr<SpdySession>>> accept_spdy(io::Loop& loop, const Request& request,
                                                           Responder& responder,
                                                           std::vector<std::string> spoken);
// POSTs `target`, upgrades, and gives the client's end. Error: what the server refused with, or the
// transport's.
io::Task<Result<std::unique_ptr<SpdySession>>> connect_spdy(Client& client, std::string target,
                                                            std::string protocol);

}  // namespace aloft::http
