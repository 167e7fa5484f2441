// One HTTP/1.1 connection of a server: requests one after another, each answered before the next is read.
#pragma once

#include <memory>

#include "http/buffer.h"
#include "http/service.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http::detail {

// A connection handed from one protocol to the next, with what was read of it already.
struct Handover {
  std::unique_ptr<io::Stream> stream;
  Buffer buffer;
};

// Serves until the connection ends, or until a client begins with the preface of HTTP/2 in clear text: its
// stream is then left in the Handover, which is empty otherwise.
io::Task<Handover> serve_http1(Service& service, std::unique_ptr<io::Stream> stream, const Peer& peer);

}  // namespace aloft::http::detail
