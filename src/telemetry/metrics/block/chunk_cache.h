// Decoded parts of files that were read lately, shared by all queries and bounded in bytes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/guarded.h"
#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::metrics {

// One part: a group of records, or a column of times.
struct CachedPart {
  std::string bytes;
  std::vector<std::uint32_t> offsets;  // where the records of a group begin, and the end of the last
  std::uint64_t base = 0;              // of a group: what its columns are counted from
  std::vector<Millis> times;
  std::size_t memory() const {
    return sizeof(CachedPart) + bytes.capacity() + offsets.capacity() * sizeof(std::uint32_t) +
           times.capacity() * sizeof(Millis) + 128;
  }
};
using CachedPartPtr = std::shared_ptr<const CachedPart>;

// Any thread. Drops what was used longest ago.
class ChunkCache {
 public:
  explicit ChunkCache(std::size_t limit_bytes) : limit_(limit_bytes / shard_count) {}
  // A number for a file that nobody else has.
  std::uint64_t new_file() { return next_file_.fetch_add(1); }
  CachedPartPtr find(std::uint64_t file, std::uint64_t part) const;
  void put(std::uint64_t file, std::uint64_t part, CachedPartPtr value);
  std::size_t bytes() const;

 private:
  static constexpr std::size_t shard_count = 8;
  struct Key {
    std::uint64_t file;
    std::uint64_t part;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return static_cast<std::size_t>((key.file * 0x9e3779b97f4a7c15 ^ key.part) * 0xff51afd7ed558ccd >> 16);
    }
  };
  struct Entry {
    Key key;
    CachedPartPtr value;
    std::size_t bytes;
  };
  struct Shard {
    std::list<Entry> entries;  // latest use first
    std::unordered_map<Key, std::list<Entry>::iterator, Hash> by_key;
    std::size_t bytes = 0;
  };
  io::Guarded<Shard>& shard(const Key& key) const { return shards_[Hash()(key) % shard_count]; }

  std::size_t limit_;
  mutable std::array<io::Guarded<Shard>, shard_count> shards_;
  std::atomic<std::uint64_t> next_file_{1};
};

}  // namespace aloft::telemetry::metrics
