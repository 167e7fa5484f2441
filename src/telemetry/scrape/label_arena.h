// Where label sets that had to be written anew live as long as their batch: large blocks, filled one label
// set after another, so that a request of many series allocates a few times and moves nothing.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "telemetry/core/metric_batch.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {

// Writes into `batch.keep`; the views stay valid when the batch is moved.
class LabelArena {
 public:
  explicit LabelArena(MetricBatch& batch, std::size_t block_bytes = 256 * 1024)
      : batch_(batch), block_bytes_(block_bytes) {}

  // Room for exactly `size` bytes, to be filled by the caller.
  char* take(std::size_t size) {
    if (size > left_) {
      const std::size_t block = std::max(size, block_bytes_);
      std::string& fresh = batch_.keep.emplace_back();
      fresh.resize(block);
      at_ = fresh.data();
      left_ = block;
    }
    char* given = at_;
    at_ += size;
    left_ -= size;
    return given;
  }
  std::string_view copy(std::string_view bytes) {
    if (bytes.empty()) return {};
    char* to = take(bytes.size());
    std::memcpy(to, bytes.data(), bytes.size());
    return {to, bytes.size()};
  }

 private:
  MetricBatch& batch_;
  std::size_t block_bytes_;
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

// The size of one label in the encoded form, and the label written; see telemetry/core/labels.h.
inline std::size_t encoded_size(std::string_view name, std::string_view value) {
  const std::size_t inside =
      2 + varint_size(name.size()) + name.size() + varint_size(value.size()) + value.size();
  return 1 + varint_size(inside) + inside;
}
inline char* put_label(char* at, std::string_view name, std::string_view value) {
  const std::size_t inside =
      2 + varint_size(name.size()) + name.size() + varint_size(value.size()) + value.size();
  *at++ = 0x0A;
  at = put_varint(at, inside);
  *at++ = 0x0A;
  at = put_varint(at, name.size());
  at = std::copy(name.begin(), name.end(), at);
  *at++ = 0x12;
  at = put_varint(at, value.size());
  return std::copy(value.begin(), value.end(), at);
}

}  // namespace aloft::telemetry::scrape
