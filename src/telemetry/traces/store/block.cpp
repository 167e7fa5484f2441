// The file: "ATraces1", the groups' tables, the footer (zstd), and a trailer of 24 bytes: where the footer
// begins, its length, its CRC, "ATraces1".
#include "telemetry/traces/store/block.h"

#include "telemetry/core/compression.h"
#include "telemetry/core/disk_file.h"
#include "telemetry/traces/store/block_footer.h"
#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::size_t trailer_bytes = 24;
constexpr std::size_t footer_limit_bytes = 256 * 1024 * 1024;

class FileBlock final : public Block {
 public:
  FileBlock(std::string name, std::shared_ptr<DiskFile> file, BlockFooter footer, std::uint64_t bytes)
      : name_(std::move(name)), file_(std::move(file)), footer_(std::move(footer)), bytes_(bytes) {
    for (const GroupPlace& place : footer_.places) groups_.push_back(place.info);
    sum_up(groups_);
    summary_ = std::make_shared<const PartSummary>(std::move(footer_.summary));
  }
  const std::string& name() const override { return name_; }
  const std::vector<GroupInfo>& groups() const override { return groups_; }
  bool may_hold(const TraceId& id) const override { return footer_.bloom.may_hold(id); }
  Result<std::shared_ptr<const SpanTable>> load(std::size_t group,
                                                const ColumnChoice& choice) const override {
    TRY(bytes, read(group));
    return decode(group, bytes, choice);
  }
  Result<std::shared_ptr<const SpanTable>> load_for(std::size_t group, const TraceId& id,
                                                    const ColumnChoice& choice) const override {
    TRY(bytes, read(group));
    const auto held = table_holds(bytes, id);
    if (!held) return damaged(group, held.error());
    if (!*held) return nullptr;
    return decode(group, bytes, choice);
  }
  std::shared_ptr<const PartSummary> summary() const override { return summary_; }
  bool has_summary() const override { return true; }
  const BlockFacts& facts() const override { return footer_.facts; }
  std::uint64_t bytes() const override { return bytes_; }

 private:
  Result<std::string> read(std::size_t group) const {
    const GroupPlace& place = footer_.places[group];
    std::string bytes;
    TRY_DO(file_->read_exactly(place.offset, place.size, bytes));
    return bytes;
  }
  std::unexpected<Error> damaged(std::size_t group, Error error) const {
    return fail(std::move(error.at(fmt::format("{}: group {}", file_->path(), group))));
  }
  Result<std::shared_ptr<const SpanTable>> decode(std::size_t group, std::string_view bytes,
                                                  const ColumnChoice& choice) const {
    auto table = decode_table(bytes, choice);
    if (!table) return damaged(group, std::move(table).error());
    const std::uint32_t rows = footer_.places[group].info.rows;
    if (table->rows() != rows) {
      return fail(Code::invalid, fmt::format("{}: group {} has {} spans instead of {}", file_->path(), group,
                                             table->rows(), rows));
    }
    return std::make_shared<const SpanTable>(std::move(*table));
  }

  std::string name_;
  std::shared_ptr<DiskFile> file_;
  BlockFooter footer_;
  std::vector<GroupInfo> groups_;
  std::shared_ptr<const PartSummary> summary_;
  std::uint64_t bytes_;
};

}  // namespace

Result<std::shared_ptr<const Block>> Block::open(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  TRY(file, DiskFile::open(path));
  TRY(size, file->size());
  const auto bad = [&path](std::string_view what) {
    return fail(Code::invalid, fmt::format("{}: {}", path, what));
  };
  if (size < block_magic.size() + trailer_bytes) return bad("too short for a block of spans");
  std::string trailer;
  TRY_DO(file->read_exactly(size - trailer_bytes, trailer_bytes, trailer));
  ByteReader in(trailer);
  const auto offset = in.fixed<std::uint64_t>();
  const auto length = in.fixed<std::uint32_t>();
  const auto crc = in.fixed<std::uint32_t>();
  if (in.take(8) != block_magic) return bad("does not end like a block of spans");
  if (offset > size || length > size - offset) return bad("the footer is out of bounds");
  std::string stored;
  TRY_DO(file->read_exactly(offset, length, stored));
  if (crc32c(stored) != crc) return bad("the footer is damaged");
  auto plain = zstd_decompress(stored, footer_limit_bytes);
  if (!plain) return bad("the footer is damaged");
  auto footer = decode_footer(*plain, offset);
  if (!footer) return bad(footer.error().message());
  return std::make_shared<const FileBlock>(name, std::move(file), std::move(*footer), size);
}

}  // namespace aloft::telemetry::traces
