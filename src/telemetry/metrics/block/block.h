// Blocks: immutable folders with the samples of one range of time and an index of their own, so that they
// need nothing else: data (a chunk file) and index (label sets and posting lists).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/matcher.h"
#include "telemetry/metrics/block/block_index.h"
#include "telemetry/metrics/block/chunk_file.h"
#include "telemetry/metrics/block/chunk_writer.h"

namespace aloft::telemetry::metrics {

struct BlockMeta {
  std::uint64_t id = 0;                 // of the folder; rises
  Millis begin = 0, end = 0;            // its range of time, the end excluded
  std::uint64_t sequence = 0;           // the highest in it
  Millis resolution = 0;                // 0: samples as they came
  std::vector<std::uint64_t> replaces;  // blocks that were merged into it
  bool from_runs = false;               // replaces the runs of its range up to its sequence
};

// Immutable; any thread.
class Block {
 public:
  // Error: internal (damaged), naming the file.
  static Result<std::shared_ptr<const Block>> open(const std::string& folder,
                                                   std::shared_ptr<ChunkCache> cache);
  static std::string folder_name(std::uint64_t id);

  Block(std::string folder, BlockMeta meta, std::shared_ptr<ChunkFile> data,
        std::unique_ptr<BlockIndex> index)
      : folder_(std::move(folder)),
        meta_(std::move(meta)),
        data_(std::move(data)),
        index_(std::move(index)) {}
  const std::string& folder() const { return folder_; }
  const BlockMeta& meta() const { return meta_; }
  const ChunkFile& data() const { return *data_; }
  const std::shared_ptr<ChunkFile>& shared_data() const { return data_; }
  const BlockIndex& index() const { return *index_; }
  // Records of a series in the data.
  std::size_t rows() const { return meta_.resolution == 0 ? 1 : row_count; }
  std::uint64_t bytes() const { return data_->totals().bytes + index_->bytes(); }

 private:
  std::string folder_;
  BlockMeta meta_;
  std::shared_ptr<ChunkFile> data_;
  std::unique_ptr<BlockIndex> index_;
};
using BlockPtr = std::shared_ptr<const Block>;

// Writes a block into a temporary folder and puts it in its place when it is whole.
class BlockWriter {
 public:
  static Result<std::unique_ptr<BlockWriter>> create(const std::string& blocks_folder, BlockMeta meta);
  ~BlockWriter();
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;
  // In the order of labels: the samples of a series, or its rows. Nothing happens when all are empty.
  Result<> add(LabelsView labels, std::span<const Column> columns);
  // Null when nothing was added.
  Result<BlockPtr> finish(std::shared_ptr<ChunkCache> cache);

 private:
  BlockWriter(std::string folder, BlockMeta meta) : folder_(std::move(folder)), meta_(std::move(meta)) {}
  std::string folder_;
  BlockMeta meta_;
  std::unique_ptr<ChunkWriter> data_;
  std::unique_ptr<BlockIndexWriter> index_;
  bool finished_ = false;
};

}  // namespace aloft::telemetry::metrics
