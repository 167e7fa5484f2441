// The in-memory stream pair, and what can be said about any stream.
#include "io/stream.h"

#include <algorithm>
#include <cstring>

#include "io/event.h"

namespace aloft::io {
namespace {

// One direction of a pair: what was written and not yet read.
struct Half {
  Half(Loop& loop, std::size_t limit_bytes) : limit(limit_bytes), readers(loop), writers(loop) {}
  std::size_t waiting() const { return bytes.size() - start; }

  std::size_t limit;
  std::string bytes;
  std::size_t start = 0;
  bool finished = false;   // the writer sends no more
  bool abandoned = false;  // the reader has gone
  WaitList readers;
  WaitList writers;
};

class PairEnd final : public Stream {
 public:
  PairEnd(std::shared_ptr<Half> in, std::shared_ptr<Half> out) : in_(std::move(in)), out_(std::move(out)) {}
  ~PairEnd() override {
    PairEnd::shutdown_write();
    in_->abandoned = true;
    in_->bytes.clear();
    in_->start = 0;
    in_->writers.notify_all();
  }

  Task<Result<std::size_t>> read(std::span<std::byte> into) override {
    while (in_->waiting() == 0 && !in_->finished) co_await in_->readers.wait();
    const std::size_t count = std::min(into.size(), in_->waiting());
    if (count > 0) std::memcpy(into.data(), in_->bytes.data() + in_->start, count);
    in_->start += count;
    if (in_->start == in_->bytes.size()) {
      in_->bytes.clear();
      in_->start = 0;
    }
    if (count > 0) in_->writers.notify_one();
    co_return count;
  }

  Task<Result<>> wait_readable() override {
    while (in_->waiting() == 0 && !in_->finished) co_await in_->readers.wait();
    co_return Result<>();
  }

  using Stream::write;
  Task<Result<>> write(std::span<const std::byte> bytes) override {
    std::string_view left = as_text(bytes);
    while (!left.empty()) {
      while (out_->waiting() >= out_->limit && !out_->abandoned && !out_->finished)
        co_await out_->writers.wait();
      if (out_->finished) co_return fail(Code::internal, "write: the stream was shut down for writing");
      if (out_->abandoned) co_return fail(Code::unavailable, "write: the peer has closed the stream");
      if (out_->start > 0) {
        out_->bytes.erase(0, out_->start);
        out_->start = 0;
      }
      const std::size_t count = std::min(left.size(), out_->limit - out_->bytes.size());
      out_->bytes.append(left.substr(0, count));
      left.remove_prefix(count);
      out_->readers.notify_one();
    }
    co_return Result<>();
  }

  void shutdown_write() override {
    out_->finished = true;
    out_->readers.notify_all();
    out_->writers.notify_all();
  }

 private:
  std::shared_ptr<Half> in_;
  std::shared_ptr<Half> out_;
};

constexpr std::size_t copy_buffer_bytes = 16 * 1024;

}  // namespace

Task<Result<>> Stream::wait_readable() { co_return Result<>(); }

Task<Result<>> Stream::write_pieces(std::span<const std::string_view> pieces) {
  for (const std::string_view piece : pieces) {
    if (piece.empty()) continue;
    TRY_CO_DO(co_await write(piece));
  }
  co_return Result<>();
}

std::pair<std::unique_ptr<Stream>, std::unique_ptr<Stream>> make_stream_pair(Loop& loop,
                                                                             std::size_t buffer_bytes) {
  ensure(buffer_bytes > 0, "a stream pair holds at least one byte");
  auto there = std::make_shared<Half>(loop, buffer_bytes);
  auto back = std::make_shared<Half>(loop, buffer_bytes);
  auto first = std::make_unique<PairEnd>(back, there);
  auto second = std::make_unique<PairEnd>(there, back);
  return {std::move(first), std::move(second)};
}

Task<Result<std::string>> read_all(Stream& stream, std::size_t limit_bytes) {
  std::string all;
  std::vector<std::byte> buffer(copy_buffer_bytes);
  for (;;) {
    TRY_CO(count, co_await stream.read(buffer));
    if (count == 0) co_return all;
    if (all.size() + count > limit_bytes) {
      co_return fail(Code::too_large, fmt::format("read: more than {} bytes came", limit_bytes));
    }
    all.append(as_text(std::span(buffer).first(count)));
  }
}

Task<Result<>> copy(Stream& from, Stream& to) {
  for (;;) {
    TRY_CO_DO(co_await from.wait_readable());
    std::vector<std::byte> buffer(copy_buffer_bytes);
    TRY_CO(count, co_await from.read(buffer));
    if (count == 0) break;
    TRY_CO_DO(co_await to.write(std::span<const std::byte>(buffer).first(count)));
  }
  to.shutdown_write();
  co_return Result<>();
}

}  // namespace aloft::io
