// Immutable files of log rows. A block holds groups of rows (columns, compressed, each with a CRC and a
// filter of its words), and at its end an index: its streams and where the rows of each stand, so that
// opening it reads the index alone and a query only the groups it needs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/disk_file.h"
#include "telemetry/core/labels.h"
#include "telemetry/logs/store/row_group.h"
#include "telemetry/logs/store/stream_index.h"
#include "telemetry/logs/store/token_filter.h"

namespace aloft::telemetry::logs {

// Rows of one stream inside a group.
struct BlockRun {
  std::uint32_t stream = 0;  // into Block::streams()
  std::uint32_t rows = 0;
  std::int64_t min_ns = 0;
  std::int64_t max_ns = 0;
};
struct BlockGroup {
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;
  std::uint32_t crc = 0;
  std::uint32_t filter_bytes = 0;  // the filter stands right behind the rows
  std::uint32_t filter_crc = 0;
  std::uint64_t raw_bytes = 0;
  std::vector<BlockRun> runs;
  std::uint64_t rows() const;
  std::int64_t min_ns() const;
  std::int64_t max_ns() const;
};

// Open for reading; every call from any thread.
class Block {
  struct Key {};

 public:
  Block(Key, std::shared_ptr<DiskFile> file) : file_(std::move(file)) {}
  // Error: invalid for a file that is no block or whose index is damaged, or what reading gave.
  static Result<std::shared_ptr<const Block>> open(const std::string& path, std::uint64_t id);

  std::uint64_t id() const { return id_; }
  const std::string& path() const { return file_->path(); }
  const std::vector<Labels>& streams() const { return streams_; }
  const StreamIndex& index() const { return index_; }
  const std::vector<BlockGroup>& groups() const { return groups_; }
  std::uint64_t file_bytes() const { return file_bytes_; }
  std::uint64_t raw_bytes() const { return raw_bytes_; }
  std::uint64_t rows() const { return rows_; }
  std::int64_t min_ns() const { return min_ns_; }
  std::int64_t max_ns() const { return max_ns_; }

  // Error: invalid, naming file and group, when its bytes are damaged.
  Result<std::unique_ptr<DecodedRows>> read(std::size_t group) const;
  // The bytes of a group as they are, checked.
  Result<std::string> read_encoded(std::size_t group) const;
  Result<std::string> read_filter(std::size_t group) const;
  // False when the group certainly does not match. A damaged filter excludes nothing.
  bool may_match(std::size_t group, const TokenQuery& query) const;

 private:
  Result<> read_index();
  Result<> parse_index(std::string_view index);
  Result<> parse_group(class Cursor& cursor);
  std::shared_ptr<DiskFile> file_;
  std::uint64_t id_ = 0;
  std::uint64_t file_bytes_ = 0, raw_bytes_ = 0, rows_ = 0, groups_end_ = 0;
  std::int64_t min_ns_ = 0, max_ns_ = 0;
  std::vector<Labels> streams_;
  StreamIndex index_;
  std::vector<BlockGroup> groups_;
};

// Writes one block. Not thread safe.
class BlockWriter {
  struct Key {};

 public:
  BlockWriter(Key, std::string path, int level, std::shared_ptr<DiskFile> file);
  // The file appears under `path` when finish() has succeeded; until then under another name.
  static Result<std::unique_ptr<BlockWriter>> create(std::string path, int level);
  ~BlockWriter();

  // The rows of one stream, sorted by time. Streams come in any order; the same one may come again. The rows
  // are used up before the call returns. Error: unavailable when the disk is full.
  Result<> add(LabelsView stream, const std::vector<Row>& rows);
  // A whole group of another block as it is; its streams are translated.
  Result<> copy_group(const Block& block, std::size_t group);
  // True when nothing was added.
  bool empty() const { return rows_ == 0 && pending_.empty(); }
  // Syncs and gives the block its name. Nothing was written when there are no rows; ensure there are.
  Result<> finish();

  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;

 private:
  std::uint32_t stream_number(LabelsView labels);
  Result<> flush_group();
  Result<> write_group(BlockGroup group, std::string_view rows, std::string_view filter);

  std::string path_;
  int level_;
  std::shared_ptr<DiskFile> file_;
  bool finished_ = false;
  std::uint64_t offset_ = 0, rows_ = 0;
  std::vector<Labels> streams_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<BlockGroup> groups_;
  // The group that is being gathered. Rows are copied: their source goes away with each call of add().
  std::vector<Row> pending_;
  std::vector<std::unique_ptr<std::string>> pending_bytes_;
  std::size_t pending_raw_ = 0;
  std::vector<BlockRun> pending_runs_;
  TokenFilterBuilder filter_;
};

}  // namespace aloft::telemetry::logs
