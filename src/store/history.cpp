// Bounds, links and the sparse index of the chain of changes.
#include "store/history.h"

#include "base/ensure.h"

namespace aloft::store {
namespace {

// How many changes a walk may pass before it reaches the one it looks for.
constexpr std::size_t index_stride = 256;

std::size_t bytes_of(const std::vector<ChangePointer>& changes) {
  std::size_t sum = 0;
  for (const ChangePointer& change : changes) {
    sum += sizeof(Change) + 2 * change->entry.key.size();
    // Of the two values only the older one is history; the newer one stands in the current state too.
    if (change->previous) sum += change->previous->value.size();
  }
  return sum;
}

}  // namespace

HistoryBlock::HistoryBlock(Revision before_, Revision last_, std::vector<ChangePointer> changes_)
    : before(before_), last(last_), changes(std::move(changes_)), bytes(bytes_of(changes)) {}

HistoryBlock::~HistoryBlock() {
  std::shared_ptr<HistoryBlock> successor = std::move(next_);
  while (successor != nullptr && successor.use_count() == 1) {
    // The copy keeps the one after next alive while its owner goes, so that destructor finds nothing to do.
    std::shared_ptr<HistoryBlock> following = successor->next();
    successor = std::move(following);
  }
}

std::shared_ptr<HistoryBlock> HistoryBlock::next() const {
  return linked_.load(std::memory_order_acquire) ? next_ : nullptr;
}

void HistoryBlock::link(std::shared_ptr<HistoryBlock> successor) {
  next_ = std::move(successor);
  linked_.store(true, std::memory_order_release);
}

const ChangePointer* HistoryCursor::next(Revision until) {
  while (at == block->changes.size()) {
    if (block->last >= until) return nullptr;
    HistoryPointer following = block->next();
    ensure(following != nullptr, "history reaches up to the published revision");
    block = std::move(following);
    at = 0;
  }
  const ChangePointer& change = block->changes[at];
  if (change->entry.modified > until) return nullptr;
  ++at;
  return &change;
}

Revision HistoryCursor::passed() const {
  return at == block->changes.size() ? block->last : block->changes[at]->entry.modified - 1;
}

HistoryCursor HistoryView::after(Revision revision) const {
  const auto beyond =
      std::upper_bound(index->begin(), index->end(), revision,
                       [](Revision r, const HistoryPointer& block) { return r < block->before; });
  ensure(beyond != index->begin(), "history reaches back to a revision that is not compacted");
  HistoryCursor cursor{*std::prev(beyond), 0};
  while (cursor.block->last <= revision && cursor.block != newest) {
    HistoryPointer following = cursor.block->next();
    ensure(following != nullptr, "history reaches up to the published revision");
    cursor.block = std::move(following);
  }
  const auto& changes = cursor.block->changes;
  while (cursor.at < changes.size() && changes[cursor.at]->entry.modified <= revision) ++cursor.at;
  return cursor;
}

HistoryWriter::HistoryWriter(HistoryLimits limits, Revision start)
    : limits_(limits),
      newest_(std::make_shared<HistoryBlock>(start, start, std::vector<ChangePointer>())),
      compacted_(start) {
  oldest_ = newest_;
  view_.newest = newest_;
  renew_index(true);
}

void HistoryWriter::append(Revision last, std::vector<ChangePointer> changes) {
  auto block = std::make_shared<HistoryBlock>(newest_->last, last, std::move(changes));
  changes_ += block->changes.size();
  bytes_ += block->bytes;
  changes_since_indexed_ += block->changes.size();
  bytes_since_indexed_ += block->bytes;
  newest_->link(block);
  newest_ = std::move(block);
  view_.newest = newest_;
  while ((changes_ > limits_.changes || bytes_ > limits_.bytes) && oldest_ != newest_) drop_oldest();
  // The index keeps what it points at alive, so its steps are small in bytes too.
  if (changes_since_indexed_ >= index_stride || bytes_since_indexed_ > limits_.bytes / 32) renew_index(true);
}

void HistoryWriter::compact(Revision revision) {
  while (oldest_ != newest_ && oldest_->last <= revision) drop_oldest();
  compacted_ = std::max(compacted_, revision);
  renew_index(false);
}

void HistoryWriter::drop_oldest() {
  changes_ -= oldest_->changes.size();
  bytes_ -= oldest_->bytes;
  compacted_ = std::max(compacted_, oldest_->last);
  oldest_ = oldest_->next();
}

void HistoryWriter::renew_index(bool with_newest) {
  auto index = std::make_shared<std::vector<HistoryPointer>>();
  if (view_.index != nullptr) {
    // An older block than needed may stay first: it leads to the oldest one.
    const auto& old = *view_.index;
    const auto beyond =
        std::upper_bound(old.begin(), old.end(), compacted_,
                         [](Revision r, const HistoryPointer& block) { return r < block->before; });
    index->assign(std::prev(beyond), old.end());
  }
  if (with_newest) {
    index->push_back(newest_);
    changes_since_indexed_ = 0;
    bytes_since_indexed_ = 0;
  }
  view_.index = std::move(index);
}

}  // namespace aloft::store
