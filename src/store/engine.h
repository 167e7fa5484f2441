// Where commits become durable. An engine keeps the current items and the revision; everything else (order,
// reads, history, watches) is the same above all engines.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/tree.h"

namespace aloft::store {

// What happened to one key: made (no `before`), replaced, or removed (no `after`). Both sides have the same
// id.
struct Effect {
  ItemPointer before;
  ItemPointer after;
};

// Used by the writer alone, one call at a time.
class Engine {
 public:
  virtual ~Engine() = default;
  // All effects, in order, or none; returns when they are durable. Error: unavailable.
  virtual Result<> write(std::span<const Effect> effects, Revision revision) = 0;
};

// What an engine found when it was opened.
struct Recovered {
  std::vector<ItemPointer> items;  // by key
  Revision revision = 0;
  std::int64_t last_id = 0;
};

// A store over an engine; null keeps nothing. `batch_writes` commits at most share one write of the engine.
std::unique_ptr<Store> make_store(std::unique_ptr<Engine> engine, Recovered recovered, HistoryLimits limits,
                                  std::size_t batch_writes);

}  // namespace aloft::store
