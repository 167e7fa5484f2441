// Appending writes one distance; anything else decodes a block and writes it anew.
#include "telemetry/metrics/head/posting_list.h"

#include <algorithm>
#include <array>

namespace aloft::telemetry::metrics {
namespace {

constexpr std::size_t most_distance_bytes = 5;
constexpr std::size_t room_step = 16;

}  // namespace

void PostingList::append(Block& block, SeriesRef distance) {
  if (block.used + most_distance_bytes > block.room * room_step) {
    const auto steps = static_cast<std::uint8_t>(block.room == 0 ? 1 : block.room + 2);
    auto more = std::make_unique_for_overwrite<std::uint8_t[]>(steps * room_step);
    std::copy_n(block.distances.get(), block.used, more.get());
    block.distances = std::move(more);
    block.room = steps;
  }
  for (; distance >= 0x80; distance >>= 7)
    block.distances[block.used++] = static_cast<std::uint8_t>(distance | 0x80);
  block.distances[block.used++] = static_cast<std::uint8_t>(distance);
  ++block.count;
}

PostingList::Block PostingList::encode(std::span<const SeriesRef> refs) {
  Block block{.first = refs.front(), .count = 1, .distances = nullptr};
  for (std::size_t i = 1; i < refs.size(); ++i) append(block, refs[i] - refs[i - 1]);
  return block;
}

void PostingList::add(SeriesRef ref) {
  ++count_;
  if (!blocks_.empty() && ref < last_) {
    // The last block that begins below it, or the first.
    const auto after = std::ranges::upper_bound(blocks_, ref, {}, &Block::first);
    return insert(static_cast<std::size_t>(after - blocks_.begin()) - (after == blocks_.begin() ? 0 : 1),
                  ref);
  }
  const SeriesRef distance = ref - last_;
  last_ = ref;
  if (!blocks_.empty() && blocks_.back().count < block_postings) return append(blocks_.back(), distance);
  // By a quarter: the room to spare would be a good part of a long list.
  if (blocks_.size() == blocks_.capacity()) blocks_.reserve(blocks_.size() + 1 + blocks_.size() / 4);
  blocks_.push_back({.first = ref, .count = 1, .distances = nullptr});
}

void PostingList::insert(std::size_t at, SeriesRef ref) {
  std::array<SeriesRef, block_postings + 1> refs;
  Block& block = blocks_[at];
  std::size_t count = 0;
  refs[count++] = block.first;
  const std::uint8_t* distance = block.distances.get();
  while (count < block.count) {
    refs[count] = refs[count - 1] + next_distance(distance);
    ++count;
  }
  const auto end = refs.begin() + static_cast<std::ptrdiff_t>(count);
  const auto place = std::lower_bound(refs.begin(), end, ref);
  std::move_backward(place, end, end + 1);
  *place = ref;
  const std::span<const SeriesRef> all(refs.data(), count + 1);
  if (all.size() <= block_postings) {
    block = encode(all);
    return;
  }
  block = encode(all.first(all.size() / 2));
  blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(at) + 1, encode(all.subspan(all.size() / 2)));
}

std::size_t PostingList::memory() const {
  std::size_t sum = blocks_.capacity() * sizeof(Block);
  for (const Block& block : blocks_) sum += block.room * room_step;
  return sum;
}

void PostingList::Cursor::enter(std::size_t block) {
  block_ = block;
  if (block == list_.blocks_.size()) return;
  const Block& entered = list_.blocks_[block];
  at_ = entered.distances.get();
  left_ = entered.count - 1U;
  value_ = entered.first;
}

bool PostingList::Cursor::seek(SeriesRef least) {
  const auto& blocks = list_.blocks_;
  if (block_ == blocks.size()) return false;
  if (block_ + 1 < blocks.size() && blocks[block_ + 1].first <= least) {
    const auto behind = std::ranges::upper_bound(blocks.begin() + static_cast<std::ptrdiff_t>(block_) + 1,
                                                 blocks.end(), least, {}, &Block::first);
    enter(static_cast<std::size_t>(behind - blocks.begin()) - 1);
  }
  while (value_ < least && left_ > 0) {
    value_ += next_distance(at_);
    --left_;
  }
  if (value_ >= least) return true;
  enter(block_ + 1);
  return block_ < blocks.size();
}

}  // namespace aloft::telemetry::metrics
