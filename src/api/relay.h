// Hands a request on to another server, and its answer back: bodies in pieces, upgrades as two connections
// joined.
#pragma once

#include "api/exchange.h"
#include "http/client.h"
#include "io/loop.h"

namespace aloft::api {

// The head for the other server: method and headers of the request but for those that concern the connection
// to us and the credentials that are meant for us.
http::RequestHead relayed_head(const Exchange& exchange, std::string target);

// How the answer goes back.
struct RelayRules {
  // What was asked for here to reach the other server's "/"; answers that lead to another path there are
  // changed to lead there by us. Empty: answers stay as they are.
  std::string prefix;
  std::string authority;  // of the other server, as its absolute URLs name it
  std::string what;       // for errors: "error trying to reach service"
};

// An upgrade when the request asks for one. `loop` is the exchange's. When the other server cannot be reached
// the answer is 503.
io::Task<> relay(io::Loop& loop, Exchange& exchange, http::Client& client, http::RequestHead head,
                 RelayRules rules);

// Copies both ways until both have ended or `theirs` has.
io::Task<> join_streams(io::Loop& loop, io::Stream& mine, io::Stream& theirs);

}  // namespace aloft::api
