// A least-recently-used list in each of a few shards.
#include "telemetry/metrics/block/chunk_cache.h"

namespace aloft::telemetry::metrics {

CachedPartPtr ChunkCache::find(std::uint64_t file, std::uint64_t part) const {
  const Key key{file, part};
  return shard(key).with([&](Shard& shard) -> CachedPartPtr {
    const auto found = shard.by_key.find(key);
    if (found == shard.by_key.end()) return nullptr;
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
    return found->second->value;
  });
}

void ChunkCache::put(std::uint64_t file, std::uint64_t part, CachedPartPtr value) {
  const Key key{file, part};
  const std::size_t bytes = value->memory();
  std::list<Entry> dropped;  // freed outside the lock
  shard(key).with([&](Shard& shard) {
    if (shard.by_key.contains(key)) return;
    shard.entries.push_front({.key = key, .value = std::move(value), .bytes = bytes});
    shard.by_key[key] = shard.entries.begin();
    shard.bytes += bytes;
    while (shard.bytes > limit_ && !shard.entries.empty()) {
      const auto last = std::prev(shard.entries.end());
      shard.bytes -= last->bytes;
      shard.by_key.erase(last->key);
      dropped.splice(dropped.end(), shard.entries, last);
    }
  });
}

std::size_t ChunkCache::bytes() const {
  std::size_t sum = 0;
  for (auto& shard : shards_) sum += shard.with([](Shard& one) { return one.bytes; });
  return sum;
}

}  // namespace aloft::telemetry::metrics
