// The one shape of byte transport above the loop: TCP, unix sockets, TLS, pipes, an HTTP body, a WebSocket
// tunnel and the in-memory pair of tests all look like this.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "io/loop.h"
#include "io/task.h"

namespace aloft::io {

// Lives on one loop. At most one read and one write at a time; the two may overlap. Destroying a Stream
// closes it; no task may then be waiting in it.
class Stream {
 public:
  virtual ~Stream() = default;
  // At least one byte, or 0 when the peer has finished sending.
  virtual Task<Result<std::size_t>> read(std::span<std::byte> into) = 0;
  // Resumes when read() may make progress, so that a connection that idles for hours needs no buffer
  // meanwhile. A stream that cannot tell resumes at once.
  virtual Task<Result<>> wait_readable();
  // All of it, or an error.
  virtual Task<Result<>> write(std::span<const std::byte> bytes) = 0;
  // All pieces in order, gathered into as few system calls or records as the stream can; the pieces and the
  // span stay valid until it is done.
  virtual Task<Result<>> write_pieces(std::span<const std::string_view> pieces);
  // Half-close: tells the peer that nothing more will come; reading goes on.
  virtual void shutdown_write() = 0;

  Task<Result<>> write(std::string_view text) {
    return write(std::as_bytes(std::span(text.data(), text.size())));
  }
};

// Two connected in-memory streams with a bounded buffer each way; what one side writes the other reads. For
// tests and for joining two halves inside the process.
std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_stream_pair(Loop& loop,
                                                                             std::size_t buffer_bytes = 64 *
                                                                                                        1024);

// Reads until the peer has finished; an error when more than `limit_bytes` come.
Task<Result<std::string>> read_all(Stream& stream, std::size_t limit_bytes);

// Copies from one stream to another until the source has finished, then half-closes the target.
Task<Result<>> copy(Stream& from, Stream& to);

}  // namespace aloft::io
