// A block is a folder named by its number with two files; what it is stands in the index.
#include "telemetry/metrics/block/block.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "io/file.h"
#include "telemetry/core/disk_file.h"

namespace aloft::telemetry::metrics {
namespace {

std::string encode_meta(const BlockMeta& meta) {
  std::string out;
  put_varint(out, meta.id);
  put_signed(out, meta.begin);
  put_signed(out, meta.end);
  put_varint(out, meta.sequence);
  put_signed(out, meta.resolution);
  put_varint(out, meta.replaces.size());
  for (const std::uint64_t id : meta.replaces) put_varint(out, id);
  put_varint(out, meta.from_runs ? 1 : 0);
  return out;
}

bool decode_meta(ByteReader in, BlockMeta& meta) {
  meta.id = in.varint();
  meta.begin = in.signed_varint();
  meta.end = in.signed_varint();
  meta.sequence = in.varint();
  meta.resolution = in.signed_varint();
  const std::uint64_t replaces = in.varint();
  if (replaces > in.left()) return false;
  for (std::uint64_t i = 0; i < replaces; ++i) meta.replaces.push_back(in.varint());
  meta.from_runs = in.varint() == 1;
  return in.ok();
}

}  // namespace

std::string Block::folder_name(std::uint64_t id) { return fmt::format("{:016x}", id); }

Result<std::shared_ptr<const Block>> Block::open(const std::string& folder,
                                                 std::shared_ptr<ChunkCache> cache) {
  TRY(data, ChunkFile::open(folder + "/data", cache));
  TRY(index, BlockIndex::open(folder + "/index", cache));
  BlockMeta meta;
  const bool decoded = decode_meta(ByteReader(index->extra()), meta);
  const std::size_t rows = meta.resolution == 0 ? 1 : row_count;
  if (!decoded || index->series() * rows != data->totals().series) {
    return fail(Code::internal, folder + ": damaged: index and data do not fit together");
  }
  return std::make_shared<const Block>(folder, std::move(meta), std::move(data), std::move(index));
}

Result<std::unique_ptr<BlockWriter>> BlockWriter::create(const std::string& blocks_folder, BlockMeta meta) {
  struct Made : BlockWriter {
    Made(std::string folder, BlockMeta m) : BlockWriter(std::move(folder), std::move(m)) {}
  };
  const std::string folder = blocks_folder + "/" + Block::folder_name(meta.id);
  std::unique_ptr<BlockWriter> writer = std::make_unique<Made>(folder, std::move(meta));
  const std::string temporary = folder + ".tmp";
  TRY_DO(io::remove_tree(temporary));
  if (auto made = io::make_directories(temporary); !made) {
    return fail(Code::unavailable, made.error().message());
  }
  TRY(data, ChunkWriter::create(temporary + "/data", ChunkWriter::Effort::small));
  writer->data_ = std::move(data);
  writer->index_ = std::make_unique<BlockIndexWriter>(temporary + "/index");
  return writer;
}

BlockWriter::~BlockWriter() {
  data_.reset();
  if (!finished_) (void)io::remove_tree(folder_ + ".tmp");
}

Result<> BlockWriter::add(LabelsView labels, std::span<const Column> columns) {
  if (std::ranges::all_of(columns, [](const Column& column) { return column.times.empty(); })) return {};
  index_->add(labels);
  for (const Column& column : columns) TRY_DO(data_->add(column));
  return {};
}

Result<BlockPtr> BlockWriter::finish(std::shared_ptr<ChunkCache> cache) {
  if (data_->totals().series == 0) return BlockPtr();
  TRY_DO(data_->finish({}));
  TRY_DO(index_->finish(encode_meta(meta_)));
  const std::string temporary = folder_ + ".tmp";
  TRY_DO(sync_folder(temporary));
  if (::rename(temporary.c_str(), folder_.c_str()) != 0) {
    return fail(Code::unavailable, system_error("rename " + temporary, errno).message());
  }
  finished_ = true;
  return Block::open(folder_, std::move(cache));
}

}  // namespace aloft::telemetry::metrics
