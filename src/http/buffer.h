// Bytes that came from a stream and were not understood yet. Holds no memory while it is empty and released,
// so that an idle connection costs nothing here.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace aloft::http {

class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }

  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  // Where at least `least` further bytes may be written; commit() says how many were. Moves what view()
  // points at.
  std::span<std::byte> room(std::size_t least) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (capacity_ - end_ < least && capacity_ - size() >= least) {
      std::memmove(data_.get(), data_.get() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    } else if (capacity_ - end_ < least) {
      const std::size_t grown = std::max(size() + least, 2 * size());
      auto bigger = std::make_unique_for_overwrite<char[]>(grown);
      if (!empty()) std::memcpy(bigger.get(), data_.get() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
      data_ = std::move(bigger);
      capacity_ = grown;
    }
    return std::as_writable_bytes(std::span(data_.get() + end_, capacity_ - end_));
  }
  void commit(std::size_t count) { end_ += count; }
  void consume(std::size_t count) { begin_ += count; }
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
    commit(bytes.size());
  }
  // Gives the memory back when nothing is held.
  void release() {
    if (!empty()) return;
    data_.reset();
    begin_ = end_ = capacity_ = 0;
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(capacity_, other.capacity_);
  }

  std::unique_ptr<char[]> data_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace aloft::http
