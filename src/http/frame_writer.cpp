// The queue of outgoing frames and the one task that empties it into the transport.
#include "http/frame_writer.h"

namespace aloft::http {

namespace {
// Small frames travel together up to this size, which saves system calls and TLS records.
constexpr std::size_t batch_bytes = 32 * 1024;
}  // namespace

void FrameWriter::enqueue(std::string bytes, bool posted) {
  if (posted) posted_bytes_ += bytes.size();
  Frame& frame = queue_.emplace_back();
  frame.bytes = std::move(bytes);
  frame.posted = posted;
  ++handed_in_;
}

void FrameWriter::clear() {
  queue_.clear();
  posted_bytes_ = 0;
}

void FrameWriter::post(std::string frame) {
  if (error_ || closing_) return;
  enqueue(std::move(frame), true);
  start();
}

io::Task<Result<>> FrameWriter::write(std::string frame) {
  if (error_) co_return fail(*error_);
  if (closing_) co_return fail(Code::unavailable, "the connection is closed for writing");
  enqueue(std::move(frame), false);
  const std::uint64_t mine = handed_in_;
  start();
  while (taken_ < mine && !error_) co_await progress_.wait();
  if (taken_ < mine) co_return fail(*error_);
  co_return Result<>{};
}

io::Task<> FrameWriter::drain() {
  while (taken_ < handed_in_ && !error_) co_await progress_.wait();
}

void FrameWriter::shut_down() {
  if (closing_ || error_) return;
  closing_ = true;
  start();
}

void FrameWriter::abort(Error why) {
  if (!error_) error_ = std::move(why);
  scope_.cancel();
  pumping_ = false;
  transport_ = nullptr;
  clear();
  progress_.notify_all();
}

void FrameWriter::start() {
  if (pumping_ || transport_ == nullptr) return;
  pumping_ = true;
  scope_.spawn(pump());
}

io::Task<> FrameWriter::pump() {
  while (!queue_.empty() && !error_) {
    std::string batch;
    std::uint64_t frames = 0;
    std::size_t posted = 0;
    do {
      Frame& next = queue_.front();
      if (next.posted) posted += next.bytes.size();
      if (batch.empty()) {
        batch = std::move(next.bytes);
      } else {
        batch += next.bytes;
      }
      queue_.pop_front();
      ++frames;
    } while (!queue_.empty() && batch.size() + queue_.front().bytes.size() <= batch_bytes);
    const auto sent = co_await transport_->write(std::string_view(batch));
    if (sent) {
      posted_bytes_ -= posted;
      taken_ += frames;
    } else {
      error_ = sent.error();
      clear();
    }
    progress_.notify_all();
  }
  if (closing_ && !error_) transport_->shutdown_write();
  pumping_ = false;
}

}  // namespace aloft::http
