// Reads a chunk file: the samples of one series by its number, or all series in turn.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "telemetry/metrics/block/chunk_cache.h"
#include "telemetry/metrics/block/chunk_format.h"
#include "telemetry/metrics/block/group_file.h"
#include "telemetry/metrics/codec/values.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::metrics {

// Buffers that reading uses again and again; one a thread, for files that share a cache. They hold the
// numbers of the chunks decoded last, since the next series is mostly predicted from one of them.
class ReadScratch {
 public:
  struct Chunk {
    std::uint64_t file = 0;  // its number in the cache; 0: none
    std::uint64_t series = 0;
    std::uint64_t column = 0;
    std::vector<std::int64_t> numbers;  // from the first one on
  };
  // Where the numbers of a chunk are or go. Chunks that one may be predicted from have other places.
  Chunk& place(std::uint64_t series, std::uint64_t column) {
    return chunks_[(series % series_kept) * columns_kept + column % columns_kept];
  }

 private:
  static constexpr std::size_t series_kept = 2 * like_distance;
  static constexpr std::size_t columns_kept = 2;
  std::array<Chunk, series_kept * columns_kept> chunks_;
};

// Immutable; any thread. Damage is found where it is read and named; the rest of the file stays readable.
class ChunkFile {
 public:
  // Checks the footer only. Error: not_found, internal (damaged).
  static Result<std::shared_ptr<ChunkFile>> open(const std::string& path, std::shared_ptr<ChunkCache> cache);

  const ChunkFileTotals& totals() const { return totals_; }
  const std::string& path() const { return file_.path(); }
  // What the writer put into the footer.
  std::string_view extra() const { return extra_; }
  std::size_t memory() const {
    return extra_.capacity() + (records_.capacity() + columns_.capacity()) * sizeof(GroupEntry);
  }
  // For what the caller needs no more.
  void forget_extra() { extra_ = {}; }

  // Appends the samples of from <= time <= to. Error: internal, naming the place.
  Result<> read(std::uint64_t series, Millis from, Millis to, ReadScratch& scratch, Column& out) const;

  // All series in order, past the cache; keeps one group of each kind in memory.
  class Scan {
   public:
    explicit Scan(std::shared_ptr<const ChunkFile> file) : file_(std::move(file)) {}
    bool at_end() const { return next_ == file_->totals_.series; }
    // Replaces `out` with the next series. Error: internal; the next call goes on behind it.
    Result<> next(Column& out);

   private:
    friend class ChunkFile;
    Result<CachedPartPtr> column(std::uint64_t column);
    std::shared_ptr<const ChunkFile> file_;
    std::uint64_t next_ = 0;
    std::size_t group_number_ = SIZE_MAX;
    CachedPartPtr group_;
    std::size_t column_group_number_ = SIZE_MAX;
    CachedPartPtr column_group_;
    std::unordered_map<std::uint64_t, CachedPartPtr> columns_;
    std::size_t column_bytes_ = 0;
    ReadScratch scratch_;
  };

 private:
  struct Access {
    explicit Access() = default;
  };
  // Gives a column of times by its number.
  using Columns = std::function<Result<CachedPartPtr>(std::uint64_t)>;
  // A group of records and the number of its first series.
  struct Group {
    const CachedPart& part;
    std::uint64_t first = 0;
  };

 public:
  ChunkFile(Access, GroupFile file, std::shared_ptr<ChunkCache> cache);

 private:
  Result<> read_footer();
  Result<CachedPartPtr> cached_group(std::size_t number) const;
  Result<CachedPartPtr> cached_column(std::uint64_t column) const;
  Result<CachedPartPtr> decode_column(const CachedPart& group, std::size_t group_number,
                                      std::uint64_t column) const;
  Result<> decode(Group group, std::size_t index, Millis from, Millis to, const Columns& columns,
                  ReadScratch& scratch, Column& out) const;
  const std::vector<std::int64_t>* numbers_of(Group group, std::size_t index, std::uint64_t column,
                                              std::size_t count, std::size_t depth,
                                              ReadScratch& scratch) const;
  const std::vector<std::int64_t>* decode_chunk(Group group, std::size_t index, std::uint64_t column,
                                                std::string_view payload, std::size_t count,
                                                std::size_t depth, ReadScratch& scratch,
                                                ValuesHead& head) const;
  Error damaged(std::string_view what) const { return file_.damaged(what); }

  GroupFile file_;
  std::shared_ptr<ChunkCache> cache_;
  std::uint64_t number_;  // in the cache
  ChunkFileTotals totals_;
  GroupList records_, columns_;
  std::string extra_;
};

}  // namespace aloft::telemetry::metrics
