// Layout: magic, groups, the footer (zstd), and a trailer of fixed size that says where the footer is. Every
// number that comes from the file is checked before it is used as a place or a size.
#include "telemetry/metrics/block/group_file.h"

#include <algorithm>

#include <unistd.h>

#include "telemetry/core/compression.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr std::string_view magic = "AlftTsd1";
constexpr std::size_t trailer_bytes = 8 + 4 + 4 + 4 + magic.size();  // offset, stored, raw, CRC
constexpr std::size_t footer_limit_bytes = 1024 * 1024 * 1024;

}  // namespace

void put_groups(std::string& out, const GroupList& groups) {
  put_varint(out, groups.size());
  GroupEntry last;
  for (const GroupEntry& group : groups) {
    put_varint(out, group.first - last.first);
    put_varint(out, group.offset - last.offset);
    put_varint(out, group.stored);
    put_varint(out, group.raw);
    put_u32(out, group.crc);
    last = group;
  }
}

bool get_groups(ByteReader& in, GroupList& groups) {
  const std::uint64_t count = in.varint();
  if (count > in.left()) return false;
  groups.reserve(static_cast<std::size_t>(count));
  GroupEntry last;
  for (std::uint64_t i = 0; i < count; ++i) {
    GroupEntry entry;
    entry.first = last.first + in.varint();
    entry.offset = last.offset + in.varint();
    const std::uint64_t stored = in.varint();
    const std::uint64_t raw = in.varint();
    entry.crc = in.u32();
    if (raw > group_limit_bytes || stored > group_limit_bytes) return false;
    if (i == 0 ? entry.first != 0 : entry.first <= last.first) return false;
    entry.stored = static_cast<std::uint32_t>(stored);
    entry.raw = static_cast<std::uint32_t>(raw);
    groups.push_back(entry);
    last = entry;
  }
  return in.ok();
}

std::size_t group_of(const GroupList& groups, std::uint64_t number) {
  const auto behind =
      std::upper_bound(groups.begin(), groups.end(), number,
                       [](std::uint64_t wanted, const GroupEntry& entry) { return wanted < entry.first; });
  return static_cast<std::size_t>(behind - groups.begin()) - 1;
}

GroupWriter::GroupWriter(std::shared_ptr<DiskFile> file, int level)
    : file_(std::move(file)), level_(level), offset_(magic.size()) {}

Result<std::unique_ptr<GroupWriter>> GroupWriter::create(const std::string& path, int level) {
  TRY(file, DiskFile::create(path));
  struct Made : GroupWriter {
    Made(std::shared_ptr<DiskFile> f, int l) : GroupWriter(std::move(f), l) {}
  };
  std::unique_ptr<GroupWriter> writer = std::make_unique<Made>(std::move(file), level);
  TRY_DO(writer->file_->write(0, {magic}));
  return writer;
}

GroupWriter::~GroupWriter() {
  if (!finished_) ::unlink(file_->path().c_str());
}

Result<> GroupWriter::write(OpenGroup& group) {
  if (group.sizes.empty()) return {};
  std::string raw;
  raw.reserve(group.bytes.size() + 2 * group.sizes.size() + 16);
  put_varint(raw, group.base);
  put_varint(raw, group.sizes.size());
  for (const std::uint32_t size : group.sizes) put_varint(raw, size);
  raw += group.bytes;
  if (raw.size() > group_limit_bytes) {
    return fail(Code::too_large, fmt::format("{}: a group of {} bytes", file_->path(), raw.size()));
  }
  const std::string packed = zstd_compress(raw, level_);
  // Compression that saves next to nothing costs more at reading than it gives.
  const std::string& stored = packed.size() < raw.size() - raw.size() / 32 ? packed : raw;
  TRY_DO(file_->write(offset_, {stored}));
  group.written.push_back({.first = group.count - group.sizes.size(),
                           .offset = offset_,
                           .stored = static_cast<std::uint32_t>(stored.size()),
                           .raw = static_cast<std::uint32_t>(raw.size()),
                           .crc = crc32c(stored)});
  offset_ += stored.size();
  group.sizes.clear();
  group.bytes.clear();
  return {};
}

Result<std::uint64_t> GroupWriter::finish(std::string_view footer) {
  // Quickly: what a thorough search of a long footer needs in memory would stay with the thread.
  const std::string packed = zstd_compress(footer, 1);
  std::string trailer;
  put_u64(trailer, offset_);
  put_u32(trailer, static_cast<std::uint32_t>(packed.size()));
  put_u32(trailer, static_cast<std::uint32_t>(footer.size()));
  put_u32(trailer, crc32c(packed));
  trailer += magic;
  TRY_DO(file_->write(offset_, {packed, trailer}));
  TRY_DO(file_->sync());
  finished_ = true;
  return offset_ + packed.size() + trailer.size();
}

Result<GroupFile> GroupFile::open(const std::string& path) {
  GroupFile out;
  TRY(file, DiskFile::open(path));
  out.file_ = std::move(file);
  TRY(size, out.file_->size());
  out.bytes_ = size;
  if (size < magic.size() + trailer_bytes) return fail(out.damaged("too short"));
  std::string bytes;
  TRY_DO(out.file_->read_exactly(size - trailer_bytes, trailer_bytes, bytes));
  ByteReader trailer(bytes);
  const std::uint64_t offset = trailer.u64();
  const std::uint32_t stored = trailer.u32();
  const std::uint32_t raw = trailer.u32();
  const std::uint32_t crc = trailer.u32();
  if (trailer.rest() != magic) return fail(out.damaged("it does not end as it should"));
  if (offset > size || offset + stored + trailer_bytes != size || raw > footer_limit_bytes) {
    return fail(out.damaged("the sizes in the trailer"));
  }
  std::string packed;
  TRY_DO(out.file_->read_exactly(offset, stored, packed));
  if (crc32c(packed) != crc) return fail(out.damaged("the checksum of the footer"));
  auto footer = zstd_decompress(packed, raw);
  if (!footer) return fail(out.damaged("the footer"));
  out.footer_ = std::move(*footer);
  return out;
}

Error GroupFile::damaged(std::string_view what) const {
  return {Code::internal, fmt::format("{}: damaged: {}", file_->path(), what)};
}

Result<CachedPartPtr> GroupFile::load(const GroupEntry& entry) const {
  auto part = std::make_shared<CachedPart>();
  TRY_DO(file_->read_exactly(entry.offset, entry.stored, part->bytes));
  const auto broken = [&] { return fail(damaged(fmt::format("the group at {}", entry.offset))); };
  if (crc32c(part->bytes) != entry.crc) return broken();
  if (entry.raw > entry.stored) {
    auto raw = zstd_decompress(part->bytes, entry.raw);
    if (!raw) return broken();
    part->bytes = std::move(*raw);
  }
  ByteReader in(part->bytes);
  part->base = in.varint();
  const std::uint64_t count = in.varint();
  if (count > in.left()) return broken();
  std::uint64_t sum = 0;
  part->offsets.reserve(static_cast<std::size_t>(count) + 1);
  for (std::uint64_t i = 0; i < count; ++i) {
    part->offsets.push_back(static_cast<std::uint32_t>(sum));
    sum += in.varint();
    if (sum > group_limit_bytes) return broken();
  }
  part->offsets.push_back(static_cast<std::uint32_t>(sum));
  if (!in.ok() || in.left() != sum) return broken();
  const auto begin = static_cast<std::uint32_t>(part->bytes.size() - in.left());
  for (std::uint32_t& offset : part->offsets) offset += begin;
  return part;
}

}  // namespace aloft::telemetry::metrics
