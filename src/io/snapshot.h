// A value that many loops read and one writer replaces (read-copy-update). A reader keeps the version it got
// for as long as it holds the pointer; the writer never waits for readers. Reader is the per-loop view: while
// nothing was published a read costs one relaxed load and touches no shared counter.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace aloft::io {

// read() and publish() from any thread; publishers are serialised.
template <class T>
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const T> first = std::make_shared<const T>())
      : value_(std::move(first)) {}

  std::shared_ptr<const T> read() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  void publish(std::shared_ptr<const T> next) {
    {
      const std::lock_guard lock(mutex_);
      value_.swap(next);
    }
    version_.fetch_add(1, std::memory_order_release);
    // The previous version, if nobody reads it any more, is destroyed here, outside the lock.
  }
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // One loop's view. Lives on that loop; the Snapshot outlives it.
  class Reader {
   public:
    explicit Reader(const Snapshot& source) : source_(source) {}
    // Valid until the next call of get() on this reader.
    const T& get() { return *share(); }
    const std::shared_ptr<const T>& share() {
      if (const std::uint64_t now = source_.version(); cached_ == nullptr || now != seen_) {
        seen_ = now;
        cached_ = source_.read();
      }
      return cached_;
    }

   private:
    const Snapshot& source_;
    std::uint64_t seen_ = 0;
    std::shared_ptr<const T> cached_;
  };

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace aloft::io
