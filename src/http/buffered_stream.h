// A connection that was read ahead: first what was read already, then the stream. What an upgrade hands over.
#pragma once

#include <algorithm>
#include <memory>

#include "http/buffer.h"
#include "io/stream.h"

namespace aloft::http::detail {

class BufferedStream final : public io::Stream {
 public:
  BufferedStream(std::unique_ptr<io::Stream> stream, Buffer buffer)
      : stream_(std::move(stream)), buffer_(std::move(buffer)) {}

  io::Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    if (buffer_.empty()) co_return co_await stream_->read(into);
    const std::size_t count = std::min(into.size(), buffer_.size());
    std::memcpy(into.data(), buffer_.view().data(), count);
    buffer_.consume(count);
    buffer_.release();
    co_return count;
  }
  io::Task<Result<>> wait_readable() override {
    if (!buffer_.empty()) co_return Result<>();
    co_return co_await stream_->wait_readable();
  }
  using io::Stream::write;
  io::Task<Result<>> write(std::span<const std::byte> bytes) override { return stream_->write(bytes); }
  io::Task<Result<>> write_pieces(std::span<const std::string_view> pieces) override {
    return stream_->write_pieces(pieces);
  }
  void shutdown_write() override { stream_->shutdown_write(); }

 private:
  std::unique_ptr<io::Stream> stream_;
  Buffer buffer_;
};

}  // namespace aloft::http::detail
