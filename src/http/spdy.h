// SPDY/3.1 sessions (draft-mbelshe-httpbis-spdy-00 with version 3): what kubectl's port-forward, older exec,
// and the container runtime's streaming server speak. Streams multiplexed over one connection, headers
// compressed with zlib and the protocol's dictionary, windows per stream.
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

// One stream of a session. read() gives 0 after the peer half-closed, and an error (after what had come) when
// the peer reset it or the session ended; destroying an open one resets it. It may outlive its session.
class SpdyStream : public io::Stream {
 public:
  virtual const Headers& headers() const = 0;  // as opened
  virtual void reset() = 0;
};

// One connection. Lives on one loop; run() drives it until the peer goes or the session is destroyed.
//
// Back-pressure. The peers in the field (moby/spdystream: kubectl, containerd) ignore windows: they never
// send WINDOW_UPDATE and never wait for one. So this end announces what its readers consumed only when a peer
// has used its window up, and never again to one that went beyond it: a peer that closes with announcements
// unread loses what it has not sent. It keeps to the peer's windows once the peer has shown that it manages
// them (its first WINDOW_UPDATE or SETTINGS with a window). Memory is bounded without the peer's help: while
// a stream holds 256 KiB unread, or the session 4 MiB, run() does not read the connection. That stops every
// stream of the session, so the rule for users is: each stream has its own reader, or is destroyed; what
// comes for a destroyed stream is dropped. Answers (replies, pongs, resets) are queued and never make run()
// wait for the peer's reading, so two ends cannot block each other by writing.
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
  // Sends GOAWAY and half-closes the connection behind what is queued. Writing and opening fail from now on;
  // run() goes on until the peer has closed too, which gives the last frames time to arrive.
  virtual void close() = 0;
  // Resumes when the connection has taken everything that was queued, or has failed.
  virtual io::Task<> flush() = 0;
};

}  // namespace aloft::http
