// One HTTP/1.1 connection of a client, and an exchange over it.
#pragma once

#include <functional>
#include <memory>

#include "http/buffer.h"
#include "http/client.h"
#include "http/http1_parser.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http::detail {

// A connection without an exchange under way may be kept and used again.
struct Http1ClientConnection {
  std::unique_ptr<io::Stream> stream;
  Buffer buffer;
  bool reused = false;
  Time idle_since{};
};
using GiveBack = std::function<void(std::unique_ptr<Http1ClientConnection>)>;

// "POST /path HTTP/1.1" with its fields. A body that is streamed is chunked.
enum class Streamed { no, yes };
std::string request_head_text(const RequestHead& head, std::string_view authority, std::size_t body_size,
                              Streamed streamed);

// Reads a head, past interim ones. `nothing_came` tells whether trying again is safe.
io::Task<Result<ParsedResponse>> read_response_head(Http1ClientConnection& connection, std::string method,
                                                    bool& nothing_came);

// The answer takes the connection over and gives it back when its body is complete and it may be kept.
std::unique_ptr<Response> make_http1_response(std::unique_ptr<Http1ClientConnection> connection,
                                              ParsedResponse parsed, GiveBack give_back);

// A request whose body is streamed while the answer comes.
Client::Exchange make_http1_exchange(io::Loop& loop, std::unique_ptr<Http1ClientConnection> connection,
                                     std::string method, GiveBack give_back);

}  // namespace aloft::http::detail
