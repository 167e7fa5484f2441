// What both ends of an HTTP/2 connection share: frames through nghttp2, bodies with flow control both ways,
// one task that reads and one that writes. nghttp2 never touches the transport; its frames are gathered and
// written together, and the bytes of bodies go out from where they stand.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "base/bytes.h"
#include "base/result.h"
#include "http/buffer.h"
#include "http/message.h"
#include "http/watchdog.h"
#include "io/event.h"
#include "io/stream.h"
#include "io/task.h"

namespace aloft::http::detail {

// One request and its answer. Shared by the connection, while the stream is open, and by whoever uses it.
struct Http2Stream {
  explicit Http2Stream(io::Loop& loop) : came(loop), left(loop) {}
  virtual ~Http2Stream() = default;

  std::int32_t id = 0;

  // What the peer sends.
  std::string method, path, scheme, authority;
  int status = 0;
  Headers headers;
  Headers trailers;
  std::size_t head_bytes = 0;
  bool head_complete = false;
  bool head_too_large = false;
  std::string in;
  std::size_t in_taken = 0;  // given to the reader, its window not yet given back
  bool in_ended = false;
  bool in_unwanted = false;  // nobody reads any more
  std::size_t in_discarded = 0;
  bool answered = false;  // a server has sent its whole answer

  // What we send.
  struct Slice {
    SharedBytes bytes;
    std::size_t offset = 0;
  };
  std::deque<Slice> out;
  std::size_t out_bytes = 0;
  bool out_ended = false;
  Headers out_trailers;

  bool closed = false;
  std::uint32_t error = 0;  // NGHTTP2_*; meaningful once closed
  bool connection_lost = false;
  io::WaitList came;  // waits for what the peer sends
  io::WaitList left;  // waits for room in what we send
};

// Header fields in nghttp2's form. Points into what it was made from.
class FieldBlock {
 public:
  void add_pseudo(std::string_view name, std::string_view value);
  // Lower-cases names and leaves out what belongs to HTTP/1.1 connections (RFC 9113 section 8.2.2).
  void add(const Headers& headers);
  void add(std::string_view name, std::string value);
  const nghttp2_nv* data() const { return fields_.data(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::string_view keep(std::string text);
  std::vector<nghttp2_nv> fields_;
  std::deque<std::string> kept_;
};

struct Http2Limits {
  std::size_t header_bytes = 64 * 1024;
  std::uint32_t streams = 250;
  std::uint32_t stream_window = 256 * 1024;
  std::int32_t connection_window = 1024 * 1024;
  Duration write_timeout = 60s;
  Duration body_timeout = 60s;
};

// Lives on one loop.
class Http2Connection {
 public:
  enum class Side { server, client };
  Http2Connection(io::Loop& loop, std::unique_ptr<io::Stream> transport, Side side,
                  const Http2Limits& limits);
  virtual ~Http2Connection();
  Http2Connection(const Http2Connection&) = delete;
  Http2Connection& operator=(const Http2Connection&) = delete;

  // Reads and writes until the connection has ended; `start` was read already. Streams that are open then
  // fail.
  io::Task<> run(Buffer start);

  // The next piece of what the peer sends; empty at its end. Valid until the next call.
  io::Task<Result<std::string_view>> read_body(Http2Stream& stream, std::string& piece);
  // Queues the bytes and waits while much is queued.
  io::Task<Result<>> write_body(Http2Stream& stream, SharedBytes bytes);
  void finish_body(Http2Stream& stream, Headers trailers);
  void reset(Http2Stream& stream, std::uint32_t error);
  // What still comes for the stream is thrown away.
  void discard_input(Http2Stream& stream);

 protected:
  // Called after the frames of one read were taken; the stream is in the table.
  virtual std::shared_ptr<Http2Stream> make_stream() = 0;
  virtual void on_head(const std::shared_ptr<Http2Stream>& stream) = 0;
  virtual void on_close(const std::shared_ptr<Http2Stream>& stream) = 0;
  virtual void on_goaway() {}
  // Between reads: a safe point to start and drop handlers.
  virtual void after_read() {}
  virtual void before_write() {}
  virtual bool finished() const { return false; }

  void wake_writer() { output_wanted_.set(); }
  void end() { over_.set(); }
  nghttp2_data_provider provider(Http2Stream& stream);
  Error failure(const Http2Stream& stream) const;

  io::Loop& loop_;
  Side side_;
  Http2Limits limits_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<std::int32_t, std::shared_ptr<Http2Stream>> streams_;
  Watchdog watchdog_;
  bool lost_ = false;
  bool received_anything_ = false;

 private:
  struct Batch;
  friend struct Http2Callbacks;

  void configure();
  io::Task<> until_over(io::Task<> task);
  io::Task<> read_loop(Buffer start);
  io::Task<> write_loop();
  bool take(std::string_view bytes);
  bool collect(Batch& batch);
  bool allow_reset();

  std::unique_ptr<io::Stream> transport_;
  io::Event output_wanted_;
  io::Event over_;
  Batch* batch_ = nullptr;  // what send_data adds to, while frames are collected
  double reset_tokens_;
  Time reset_checked_;
};

}  // namespace aloft::http::detail
