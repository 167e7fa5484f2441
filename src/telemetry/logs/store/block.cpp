// The layout of a block file: a mark; groups, each followed by its filter; the index, compressed; its offset,
// sizes and CRC; the mark again.
#include "telemetry/logs/store/block.h"

#include <algorithm>

#include <unistd.h>

#include "base/ensure.h"
#include "io/file.h"
#include "telemetry/core/compression.h"
#include "telemetry/logs/store/cursor.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::string_view mark = "ALOFLOG1";
constexpr std::size_t footer_bytes = 8 + 4 + 4 + 4 + 8;
constexpr std::size_t index_limit_bytes = 512 * 1024 * 1024;
constexpr std::size_t group_limit_bytes = 256 * 1024 * 1024;
// A group is closed at this size: large enough to compress well, small enough to read for one line.
constexpr std::size_t group_target_bytes = 2 * 1024 * 1024;
constexpr std::size_t group_target_rows = 64 * 1024;

std::vector<std::uint32_t> run_sizes(const BlockGroup& group) {
  std::vector<std::uint32_t> sizes;
  sizes.reserve(group.runs.size());
  for (const BlockRun& run : group.runs) sizes.push_back(run.rows);
  return sizes;
}

}  // namespace

std::uint64_t BlockGroup::rows() const {
  std::uint64_t sum = 0;
  for (const BlockRun& run : runs) sum += run.rows;
  return sum;
}
std::int64_t BlockGroup::min_ns() const {
  return std::min_element(runs.begin(), runs.end(),
                          [](const auto& a, const auto& b) { return a.min_ns < b.min_ns; })
      ->min_ns;
}
std::int64_t BlockGroup::max_ns() const {
  return std::max_element(runs.begin(), runs.end(),
                          [](const auto& a, const auto& b) { return a.max_ns < b.max_ns; })
      ->max_ns;
}

Result<std::shared_ptr<const Block>> Block::open(const std::string& path, std::uint64_t id) {
  TRY(file, DiskFile::open(path));
  const auto block = std::make_shared<Block>(Key{}, std::move(file));
  block->id_ = id;
  if (auto read = block->read_index(); !read) {
    Error error = std::move(read).error();
    return fail(error.at(path));
  }
  return std::shared_ptr<const Block>(block);
}

Result<> Block::read_index() {
  TRY(size, file_->size());
  file_bytes_ = size;
  if (size < mark.size() + footer_bytes) return fail(Code::invalid, "the file is too short for a block");
  std::string footer;
  TRY_DO(file_->read_exactly(size - footer_bytes, footer_bytes, footer));
  if (!footer.ends_with(mark)) return fail(Code::invalid, "the file does not end as a block does");
  Cursor cursor(footer);
  std::uint32_t low = 0, high = 0, packed = 0, plain = 0, crc = 0;
  cursor.fixed32(low);
  cursor.fixed32(high);
  cursor.fixed32(packed);
  cursor.fixed32(plain);
  cursor.fixed32(crc);
  groups_end_ = std::uint64_t{high} << 32 | low;
  if (groups_end_ > size || size - groups_end_ != packed + footer_bytes || plain > index_limit_bytes)
    return fail(Code::invalid, "the footer of the block is damaged");
  std::string bytes;
  TRY_DO(file_->read_exactly(groups_end_, packed, bytes));
  if (crc32c(bytes) != crc) return fail(Code::invalid, "the index of the block is damaged");
  TRY(index, zstd_decompress(bytes, plain));
  return parse_index(index);
}

Result<> Block::parse_index(std::string_view index) {
  Cursor cursor(index);
  std::size_t streams = 0, groups = 0;
  if (!cursor.count(streams, cursor.left())) return fail(Code::invalid, "the index has no streams");
  std::string scratch;
  for (std::size_t i = 0; i < streams; ++i) {
    std::string_view encoded;
    if (!cursor.text(encoded)) return fail(Code::invalid, "the index ends within its streams");
    TRY(labels, canonical_labels(encoded, scratch));
    streams_.emplace_back(labels);
  }
  index_ = StreamIndex(streams_);
  if (!cursor.count(groups, cursor.left())) return fail(Code::invalid, "the index has no groups");
  groups_.reserve(groups);
  for (std::size_t i = 0; i < groups; ++i) TRY_DO(parse_group(cursor));
  if (groups_.empty()) return fail(Code::invalid, "the block has no rows");
  min_ns_ = groups_.front().min_ns();
  max_ns_ = groups_.front().max_ns();
  for (const BlockGroup& group : groups_) {
    min_ns_ = std::min(min_ns_, group.min_ns());
    max_ns_ = std::max(max_ns_, group.max_ns());
    raw_bytes_ += group.raw_bytes;
    rows_ += group.rows();
  }
  return {};
}

Result<> Block::parse_group(Cursor& cursor) {
  const auto damaged = [] { return fail(Code::invalid, "a group in the index is damaged"); };
  BlockGroup group;
  std::uint64_t offset = 0;
  std::size_t bytes = 0, filter = 0, raw = 0, runs = 0;
  if (!cursor.varint(offset) || !cursor.count(bytes, group_limit_bytes) || !cursor.fixed32(group.crc) ||
      !cursor.count(filter, group_limit_bytes) || !cursor.fixed32(group.filter_crc) ||
      !cursor.count(raw, group_limit_bytes) || !cursor.count(runs, cursor.left()) || runs == 0)
    return damaged();
  group.offset = offset;
  group.bytes = static_cast<std::uint32_t>(bytes);
  group.filter_bytes = static_cast<std::uint32_t>(filter);
  group.raw_bytes = raw;
  if (offset > groups_end_ || groups_end_ - offset < bytes + filter) return damaged();
  std::size_t rows = 0;
  for (std::size_t i = 0; i < runs; ++i) {
    BlockRun run;
    std::size_t stream = 0, count = 0;
    std::uint64_t span = 0;
    if (!cursor.count(stream, streams_.size() - 1) || !cursor.count(count, 1u << 24) ||
        !cursor.zigzag(run.min_ns) || !cursor.varint(span) || count == 0)
      return damaged();
    rows += count;
    if (rows > 1u << 24) return damaged();
    run.stream = static_cast<std::uint32_t>(stream);
    run.rows = static_cast<std::uint32_t>(count);
    run.max_ns = static_cast<std::int64_t>(static_cast<std::uint64_t>(run.min_ns) + span);
    group.runs.push_back(run);
  }
  groups_.push_back(std::move(group));
  return {};
}

Result<std::string> Block::read_encoded(std::size_t group) const {
  const BlockGroup& where = groups_[group];
  std::string bytes;
  TRY_DO(file_->read_exactly(where.offset, where.bytes, bytes));
  if (crc32c(bytes) != where.crc) {
    return fail(Code::invalid, fmt::format("{}: group {} at {} is damaged", path(), group, where.offset));
  }
  return bytes;
}

Result<std::unique_ptr<DecodedRows>> Block::read(std::size_t group) const {
  TRY(bytes, read_encoded(group));
  auto rows = decode_rows(bytes, run_sizes(groups_[group]), groups_[group].raw_bytes);
  if (!rows) {
    Error error = std::move(rows).error();
    return fail(error.at(fmt::format("{}: group {}", path(), group)));
  }
  return rows;
}

Result<std::string> Block::read_filter(std::size_t group) const {
  const BlockGroup& where = groups_[group];
  std::string bytes;
  TRY_DO(file_->read_exactly(where.offset + where.bytes, where.filter_bytes, bytes));
  if (crc32c(bytes) != where.filter_crc) {
    return fail(Code::invalid, fmt::format("{}: the filter of group {} is damaged", path(), group));
  }
  return bytes;
}

bool Block::may_match(std::size_t group, const TokenQuery& query) const {
  if (query.empty()) return true;
  const auto filter = read_filter(group);
  return !filter || query.may_match(*filter);
}

BlockWriter::BlockWriter(Key, std::string path, int level, std::shared_ptr<DiskFile> file)
    : path_(std::move(path)), level_(level), file_(std::move(file)) {}

BlockWriter::~BlockWriter() {
  if (!finished_) ::unlink(file_->path().c_str());
}

Result<std::unique_ptr<BlockWriter>> BlockWriter::create(std::string path, int level) {
  TRY(file, DiskFile::create(path + ".new"));
  auto writer = std::make_unique<BlockWriter>(Key{}, std::move(path), level, std::move(file));
  TRY_DO(writer->file_->write(0, {mark}));
  writer->offset_ = mark.size();
  return writer;
}

std::uint32_t BlockWriter::stream_number(LabelsView labels) {
  const auto known = numbers_.find(labels.encoded());
  if (known != numbers_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(streams_.size());
  streams_.emplace_back(labels);
  numbers_.emplace(std::string(labels.encoded()), number);
  return number;
}

Result<> BlockWriter::add(LabelsView stream, const std::vector<Row>& rows) {
  if (rows.empty()) return {};
  const std::uint32_t number = stream_number(stream);
  std::size_t at = 0;
  while (at < rows.size()) {
    const std::size_t first = at;
    std::size_t raw = 0;
    while (at < rows.size() && pending_raw_ + raw < group_target_bytes &&
           pending_.size() + (at - first) < group_target_rows)
      raw += raw_size(rows[at++]);
    auto bytes = std::make_unique<std::string>();
    bytes->reserve(raw);
    for (std::size_t i = first; i < at; ++i) {
      const std::size_t line = bytes->size();
      *bytes += rows[i].line;
      const std::size_t fields = bytes->size();
      *bytes += rows[i].fields.packed();
      const std::string_view all(bytes->data(), bytes->size());
      pending_.push_back({.time_ns = rows[i].time_ns,
                          .line = all.substr(line, fields - line),
                          .fields = PackedFields(all.substr(fields))});
    }
    pending_bytes_.push_back(std::move(bytes));
    pending_raw_ += raw;
    pending_runs_.push_back({.stream = number,
                             .rows = static_cast<std::uint32_t>(at - first),
                             .min_ns = rows[first].time_ns,
                             .max_ns = rows[at - 1].time_ns});
    if (pending_raw_ >= group_target_bytes || pending_.size() >= group_target_rows) TRY_DO(flush_group());
  }
  return {};
}

Result<> BlockWriter::flush_group() {
  if (pending_.empty()) return {};
  BlockGroup group{.raw_bytes = pending_raw_, .runs = std::move(pending_runs_)};
  for (const Row& row : pending_) {
    filter_.add_line(row.line);
    row.fields.for_each(
        [this](std::string_view name, std::string_view value) { filter_.add_field(name, value); });
  }
  const std::string rows = encode_rows(pending_, run_sizes(group), level_);
  const std::string filter = filter_.finish();
  pending_.clear();
  pending_bytes_.clear();
  pending_runs_.clear();
  pending_raw_ = 0;
  return write_group(std::move(group), rows, filter);
}

Result<> BlockWriter::write_group(BlockGroup group, std::string_view rows, std::string_view filter) {
  group.offset = offset_;
  group.bytes = static_cast<std::uint32_t>(rows.size());
  group.crc = crc32c(rows);
  group.filter_bytes = static_cast<std::uint32_t>(filter.size());
  group.filter_crc = crc32c(filter);
  TRY_DO(file_->write(offset_, {rows, filter}));
  offset_ += rows.size() + filter.size();
  rows_ += group.rows();
  groups_.push_back(std::move(group));
  return {};
}

Result<> BlockWriter::copy_group(const Block& block, std::size_t group) {
  TRY(rows, block.read_encoded(group));
  TRY(filter, block.read_filter(group));
  BlockGroup copied{.raw_bytes = block.groups()[group].raw_bytes, .runs = block.groups()[group].runs};
  for (BlockRun& run : copied.runs) run.stream = stream_number(block.streams()[run.stream]);
  return write_group(std::move(copied), rows, filter);
}

Result<> BlockWriter::finish() {
  TRY_DO(flush_group());
  ensure(rows_ > 0, "a block has rows");
  std::string index;
  append_varint(index, streams_.size());
  for (const Labels& labels : streams_) append_text(index, labels.encoded());
  append_varint(index, groups_.size());
  for (const BlockGroup& group : groups_) {
    append_varint(index, group.offset);
    append_varint(index, group.bytes);
    append_fixed32(index, group.crc);
    append_varint(index, group.filter_bytes);
    append_fixed32(index, group.filter_crc);
    append_varint(index, group.raw_bytes);
    append_varint(index, group.runs.size());
    for (const BlockRun& run : group.runs) {
      append_varint(index, run.stream);
      append_varint(index, run.rows);
      append_zigzag(index, run.min_ns);
      append_varint(index, static_cast<std::uint64_t>(run.max_ns) - static_cast<std::uint64_t>(run.min_ns));
    }
  }
  const std::string packed = zstd_compress(index, 3);
  std::string footer;
  append_fixed32(footer, static_cast<std::uint32_t>(offset_));
  append_fixed32(footer, static_cast<std::uint32_t>(offset_ >> 32));
  append_fixed32(footer, static_cast<std::uint32_t>(packed.size()));
  append_fixed32(footer, static_cast<std::uint32_t>(index.size()));
  append_fixed32(footer, crc32c(packed));
  footer += mark;
  TRY_DO(file_->write(offset_, {packed, footer}));
  TRY_DO(file_->sync());
  if (::rename(file_->path().c_str(), path_.c_str()) != 0)
    return fail(system_error("rename " + path_, errno));
  finished_ = true;
  return sync_folder(path_.substr(0, path_.rfind('/')));
}

}  // namespace aloft::telemetry::logs
