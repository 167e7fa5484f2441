// SPDY/3.1 sessions (draft-mbelshe-httpbis-spdy-00 with version 3): what kubectl's port-forward, older exec, and the
// container runtime's streaming server speak. Streams multiplexed over one connection, headers compressed with zlib and
// the protocol's dictionary, windows per stream.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http {

// One stream of a session. read() gives 0 after the peer half-closed; destroying an open one resets it.
class SpdyStream : public io::Stream {
 public:
  virtual const Headers& headers() const = 0;  // as opened
  virtual void reset() = 0;
};

// One connection. Lives on one loop; run() drives it until the peer goes or the session is destroyed.
class SpdySession {
 public:
  enum class Side { client, server };
  static std::unique_ptr<SpdySession> make(io::Loop& loop, std::unique_ptr<io::Stream> transport, Side side);
  virtual ~SpdySession() = default;
  // Opens a stream and waits for the peer's reply.
  virtual io::Task<Result<std::unique_ptr<SpdyStream>>> open(Headers headers) = 0;
  // The next stream that the peer opens (the reply is sent); null when the session has ended.
  virtual io::Task<std::unique_ptr<SpdyStream>> accept() = 0;
  // Reads frames until the connection ends; spawn it in a Scope that outlives nothing of the session.
  virtual io::Task<Result<>> run() = 0;
  // Sends GOAWAY and closes.
  virtual void close() = 0;
};

}  // namespace aloft::http
