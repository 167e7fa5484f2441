// The outgoing side of a connection that many tasks share: whole frames leave in the order in which they were
// handed in, and a task that only reads can answer (a pong, a reset) without ever waiting for the peer.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "base/result.h"
#include "io/event.h"
#include "io/scope.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http {

// Lives on one loop; the transport outlives it or abort() is called first. Frames are never torn: one whose
// writer was dropped while it waited still goes out whole.
class FrameWriter {
 public:
  FrameWriter(io::Loop& loop, io::Stream& transport)
      : transport_(&transport), progress_(loop), scope_(loop) {}

  // Hands a frame in without waiting; dropped when the transport has failed or the writer is shut down.
  void post(std::string frame);
  // Hands a frame in and resumes when the transport has taken it: this is how writers feel a slow peer.
  io::Task<Result<>> write(std::string frame);
  // Resumes when all that was handed in has been taken, or the transport has failed.
  io::Task<> drain();
  // Half-closes the transport after what is queued; later frames are dropped.
  void shut_down();
  // Forgets what is queued, fails every writer, and never touches the transport again.
  void abort(Error why);

  // Of frames that were posted and still wait: how far the peer is behind with reading answers.
  std::size_t posted_bytes() const { return posted_bytes_; }
  bool failed() const { return error_.has_value(); }

 private:
  io::Task<> pump();
  void start();
  struct Frame {
    std::string bytes;
    bool posted = false;
  };
  void enqueue(std::string bytes, bool posted);
  void clear();

  io::Stream* transport_;
  std::deque<Frame> queue_;
  std::size_t posted_bytes_ = 0;
  std::uint64_t handed_in_ = 0;  // frames
  std::uint64_t taken_ = 0;
  bool pumping_ = false;
  bool closing_ = false;
  std::optional<Error> error_;
  io::WaitList progress_;
  io::Scope scope_;
};

}  // namespace aloft::http
