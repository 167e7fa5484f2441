// What was decided about traces, for their spans that come later. Two generations, of which the older is
// forgotten when the newer is full, bound the memory.
#pragma once

#include <cstring>
#include <optional>
#include <unordered_map>

#include "telemetry/core/span_batch.h"
#include "telemetry/traces/store/string_pool.h"

namespace aloft::telemetry::traces {

struct TraceIdHash {
  std::size_t operator()(const TraceId& id) const {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::memcpy(&high, id.data(), 8);
    std::memcpy(&low, id.data() + 8, 8);
    return mix64(low ^ mix64(high));
  }
};

// Not synchronised.
class TraceDecisions {
 public:
  // Between half of `most` and `most` of the newest decisions are known.
  explicit TraceDecisions(std::size_t most) : generation_(std::max<std::size_t>(most / 2, 1)) {}
  std::optional<bool> find(const TraceId& id) const {
    for (const Map* map : {&newer_, &older_}) {
      if (const auto known = map->find(id); known != map->end()) return known->second;
    }
    return std::nullopt;
  }
  void add(const TraceId& id, bool kept) {
    if (newer_.size() >= generation_) {
      older_ = std::move(newer_);
      newer_.clear();
    }
    newer_.insert_or_assign(id, kept);
  }

 private:
  using Map = std::unordered_map<TraceId, bool, TraceIdHash>;
  std::size_t generation_;
  Map newer_;
  Map older_;
};

}  // namespace aloft::telemetry::traces
