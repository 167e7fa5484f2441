// Which series carry a label: rising numbers, kept in blocks of distances, most of which are one byte. A list
// of plain numbers would be most of what a series costs in the index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "telemetry/metrics/head/series_table.h"

namespace aloft::telemetry::metrics {

// Reading from several threads at once is safe while nobody adds.
class PostingList {
 public:
  class Cursor;
  static constexpr std::size_t block_postings = 128;

  // The series is not in yet. Cheapest in rising order; anywhere else it costs the block of its neighbours.
  void add(SeriesRef ref);
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::size_t memory() const;

  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const Block& block : blocks_) {
      SeriesRef ref = block.first;
      visit(ref);
      const std::uint8_t* at = block.distances.get();
      for (std::uint32_t left = block.count - 1U; left > 0; --left) visit(ref += next_distance(at));
    }
  }

 private:
  struct Block {
    SeriesRef first = 0;
    std::uint16_t used = 0;  // bytes
    std::uint8_t count = 0;
    std::uint8_t room = 0;  // steps
    std::unique_ptr<std::uint8_t[]> distances;
  };
  static SeriesRef next_distance(const std::uint8_t*& at) {
    SeriesRef out = *at & 0x7f;
    for (int shift = 7; (*at++ & 0x80) != 0; shift += 7) out |= static_cast<SeriesRef>(*at & 0x7f) << shift;
    return out;
  }
  static void append(Block& block, SeriesRef distance);
  static Block encode(std::span<const SeriesRef> refs);
  void insert(std::size_t at, SeriesRef ref);

  std::vector<Block> blocks_;  // rising
  std::uint32_t count_ = 0;
  SeriesRef last_ = 0;
};

// Walks over a list that does not change meanwhile.
class PostingList::Cursor {
 public:
  explicit Cursor(const PostingList& list) : list_(list) { enter(0); }
  // Forward to the first posting that is not below `least`; false behind the last one.
  bool seek(SeriesRef least);
  SeriesRef value() const { return value_; }

 private:
  void enter(std::size_t block);

  const PostingList& list_;
  std::size_t block_ = 0;
  const std::uint8_t* at_ = nullptr;
  std::uint32_t left_ = 0;  // of the block, behind value_
  SeriesRef value_ = 0;
};

}  // namespace aloft::telemetry::metrics
