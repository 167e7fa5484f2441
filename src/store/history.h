// The latest changes in revision order, bounded in number and bytes: what watches replay and what lists at an
// older revision undo. A chain of blocks, one for each group of commits; the writer links new blocks at its
// end and lets go of the oldest, readers walk forward from wherever they stand.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "store/store.h"

namespace aloft::store {

using ChangePointer = std::shared_ptr<const Change>;

// The changes of the revisions in (before, last]. Immutable but for the link to its successor, which is set
// once.
class HistoryBlock {
 public:
  HistoryBlock(Revision before_, Revision last_, std::vector<ChangePointer> changes_);
  HistoryBlock(const HistoryBlock&) = delete;
  HistoryBlock& operator=(const HistoryBlock&) = delete;
  // Long chains are let go block by block, not by recursion.
  ~HistoryBlock();

  // Null while this is the newest. Any thread.
  std::shared_ptr<HistoryBlock> next() const;

  const Revision before;
  const Revision last;
  const std::vector<ChangePointer> changes;
  const std::size_t bytes;

 private:
  friend class HistoryWriter;
  void link(std::shared_ptr<HistoryBlock> successor);

  std::shared_ptr<HistoryBlock> next_;
  std::atomic<bool> linked_{false};
};

using HistoryPointer = std::shared_ptr<const HistoryBlock>;

// A place in the chain: every change before `at` of `block`, and every earlier block, is behind it. A cursor
// keeps what lies ahead of it in memory.
struct HistoryCursor {
  HistoryPointer block;
  std::size_t at = 0;

  // The next change up to the revision `until`, or null; steps over it.
  const ChangePointer* next(Revision until);
  // Every change up to this revision is behind.
  Revision passed() const;
};

// The history as of one state. A value; any thread.
struct HistoryView {
  HistoryPointer newest;
  // Some blocks of the chain in order, to start near a revision. The first reaches back to the compacted
  // revision.
  std::shared_ptr<const std::vector<HistoryPointer>> index;

  // Before the first change that is newer than `revision`, which is not compacted.
  HistoryCursor after(Revision revision) const;
};

// Owned by the store's writer and used by it alone.
class HistoryWriter {
 public:
  HistoryWriter(HistoryLimits limits, Revision start);

  // Links a block at the end and drops what exceeds the limits.
  void append(Revision last, std::vector<ChangePointer> changes);
  // Forgets what is not newer than `revision`.
  void compact(Revision revision);

  Revision compacted() const { return compacted_; }
  const HistoryView& view() const { return view_; }

 private:
  void drop_oldest();
  void renew_index(bool with_newest);

  HistoryLimits limits_;
  std::shared_ptr<const HistoryBlock> oldest_;
  std::shared_ptr<HistoryBlock> newest_;
  HistoryView view_;
  Revision compacted_;
  std::size_t changes_ = 0;
  std::size_t bytes_ = 0;
  std::size_t changes_since_indexed_ = 0;
  std::size_t bytes_since_indexed_ = 0;
};

}  // namespace aloft::store
