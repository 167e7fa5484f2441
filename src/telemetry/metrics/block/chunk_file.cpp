// Every number that comes from the file is checked before it is used as a place or a size.
#include "telemetry/metrics/block/chunk_file.h"

#include <algorithm>

#include "telemetry/metrics/codec/bytes.h"
#include "telemetry/metrics/codec/histograms.h"
#include "telemetry/metrics/codec/values.h"

namespace aloft::telemetry::metrics {
namespace {

constexpr std::uint64_t column_group_part = std::uint64_t{1} << 62;
constexpr std::uint64_t column_part = std::uint64_t{1} << 63;
constexpr std::size_t scan_column_bytes = 2 * 1024 * 1024;

// Walks over the chunks of a record.
class ChunkWalk {
 public:
  ChunkWalk(std::string_view record, std::uint64_t base) : in_(record), left_(in_.varint()), column_(base) {
    if (left_ > in_.left()) in_.fail();
  }
  bool next() {
    if (left_ == 0 || !in_.ok()) return false;
    column_ += static_cast<std::uint64_t>(in_.signed_varint());
    --left_;
    payload_ = left_ > 0 ? in_.text() : in_.rest();
    return in_.ok();
  }
  bool ok() const { return in_.ok(); }
  std::uint64_t column() const { return column_; }
  std::string_view payload() const { return payload_; }

 private:
  ByteReader in_;
  std::uint64_t left_;
  std::uint64_t column_;
  std::string_view payload_;
};

}  // namespace

ChunkFile::ChunkFile(Access, GroupFile file, std::shared_ptr<ChunkCache> cache)
    : file_(std::move(file)), cache_(std::move(cache)), number_(cache_->new_file()) {}

Result<std::shared_ptr<ChunkFile>> ChunkFile::open(const std::string& path,
                                                   std::shared_ptr<ChunkCache> cache) {
  TRY(file, GroupFile::open(path));
  auto chunks = std::make_shared<ChunkFile>(Access(), std::move(file), std::move(cache));
  TRY_DO(chunks->read_footer());
  return chunks;
}

Result<> ChunkFile::read_footer() {
  totals_.bytes = file_.bytes();
  const std::string footer = std::exchange(file_.footer(), {});
  ByteReader in(footer);
  totals_.series = in.varint();
  totals_.samples = in.varint();
  totals_.chunks = in.varint();
  totals_.columns = in.varint();
  totals_.min_time = in.signed_varint();
  totals_.max_time = in.signed_varint();
  if (!get_groups(in, records_) || !get_groups(in, columns_)) return fail(damaged("the list of groups"));
  extra_ = in.text();
  const bool complete =
      (totals_.series == 0 || !records_.empty()) && (totals_.columns == 0 || !columns_.empty());
  if (!in.ok() || !complete) return fail(damaged("the footer"));
  return {};
}

Result<CachedPartPtr> ChunkFile::cached_group(std::size_t number) const {
  if (auto found = cache_->find(number_, number)) return found;
  TRY(loaded, file_.load(records_[number]));
  cache_->put(number_, number, loaded);
  return loaded;
}

Result<CachedPartPtr> ChunkFile::decode_column(const CachedPart& group, std::size_t group_number,
                                               std::uint64_t column) const {
  const std::uint64_t index = column - columns_[group_number].first;
  const auto broken = [&] { return fail(damaged(fmt::format("the column of times {}", column))); };
  if (index + 1 >= group.offsets.size()) return broken();
  ByteReader in(record_of(group, static_cast<std::size_t>(index)));
  const std::uint64_t count = in.varint();
  if (!in.ok() || count == 0 || count > chunk_samples) return broken();
  auto part = std::make_shared<CachedPart>();
  if (!decode_integers(in, static_cast<std::size_t>(count), part->times)) return broken();
  return part;
}

Result<CachedPartPtr> ChunkFile::cached_column(std::uint64_t column) const {
  if (auto found = cache_->find(number_, column_part | column)) return found;
  if (column >= totals_.columns) return fail(damaged(fmt::format("a reference to column {}", column)));
  const std::size_t number = group_of(columns_, column);
  CachedPartPtr group = cache_->find(number_, column_group_part | number);
  if (group == nullptr) {
    TRY(loaded, file_.load(columns_[number]));
    cache_->put(number_, column_group_part | number, loaded);
    group = std::move(loaded);
  }
  TRY(decoded, decode_column(*group, number, column));
  cache_->put(number_, column_part | column, decoded);
  return decoded;
}

// The first `count` numbers of the chunk that has the given column of times; null when damaged.
const std::vector<std::int64_t>* ChunkFile::numbers_of(Group group, std::size_t index, std::uint64_t column,
                                                       std::size_t count, std::size_t depth,
                                                       ReadScratch& scratch) const {
  const std::uint64_t series = group.first + index;
  const ReadScratch::Chunk& known = scratch.place(series, column);
  if (known.file == number_ && known.series == series && known.column == column &&
      known.numbers.size() >= count)
    return &known.numbers;
  ChunkWalk walk(record_of(group.part, index), group.part.base);
  while (walk.next()) {
    if (walk.column() != column) continue;
    ValuesHead head;
    return decode_chunk(group, index, column, walk.payload(), count, depth, scratch, head);
  }
  return nullptr;
}

// What lies behind the first `count` numbers need not be decoded, of this chunk nor of those it is predicted
// from.
const std::vector<std::int64_t>* ChunkFile::decode_chunk(Group group, std::size_t index, std::uint64_t column,
                                                         std::string_view payload, std::size_t count,
                                                         std::size_t depth, ReadScratch& scratch,
                                                         ValuesHead& head) const {
  ByteReader in(payload);
  head = read_values_head(in);
  if (!head.ok || head.like > index || head.like > like_distance || depth > like_depth + 1) return nullptr;
  std::span<const std::int64_t> reference;
  if (head.like > 0) {
    const auto* found = numbers_of(group, index - head.like, column, count, depth + 1, scratch);
    if (found == nullptr || found->size() < count) return nullptr;
    reference = std::span(*found).first(count);
  }
  ReadScratch::Chunk& chunk = scratch.place(group.first + index, column);
  chunk.file = 0;
  if (!decode_numbers(head, in, count, reference, chunk.numbers)) return nullptr;
  chunk.file = number_;
  chunk.series = group.first + index;
  chunk.column = column;
  return &chunk.numbers;
}

Result<> ChunkFile::decode(Group group, std::size_t index, Millis from, Millis to, const Columns& columns,
                           ReadScratch& scratch, Column& out) const {
  ChunkWalk walk(record_of(group.part, index), group.part.base);
  while (walk.next()) {
    TRY(column, columns(walk.column()));
    const auto& times = column->times;
    if (times.back() < from) continue;
    if (times.front() > to) break;
    const auto first = std::lower_bound(times.begin(), times.end(), from);
    const auto last = std::upper_bound(first, times.end(), to);
    const auto skipped = static_cast<std::size_t>(first - times.begin());
    const auto wanted = static_cast<std::size_t>(last - times.begin());
    if (skipped == wanted) continue;
    const std::size_t before = out.values.size();
    const bool histograms =
        !walk.payload().empty() && static_cast<std::uint8_t>(walk.payload()[0]) == histogram_chunk;
    bool decoded = false;
    if (histograms) {
      out.histograms.resize(before);
      ByteReader in(walk.payload().substr(1));
      decoded = decode_histograms(in, times.size(), out.histograms);
      out.values.resize(before + times.size());
    } else {
      ValuesHead head;
      const auto* numbers =
          decode_chunk(group, index, walk.column(), walk.payload(), wanted, 0, scratch, head);
      decoded = numbers != nullptr && numbers_to_values(head, *numbers, wanted, out.values);
    }
    if (!decoded) return fail(damaged(fmt::format("a chunk with the times {}", walk.column())));
    const auto cut = static_cast<std::ptrdiff_t>(before);
    out.values.erase(out.values.begin() + cut,
                     out.values.begin() + cut + static_cast<std::ptrdiff_t>(skipped));
    out.values.resize(before + wanted - skipped);
    if (histograms) {
      out.histograms.erase(out.histograms.begin() + cut,
                           out.histograms.begin() + cut + static_cast<std::ptrdiff_t>(skipped));
    }
    if (!out.histograms.empty()) out.histograms.resize(out.values.size());
    out.times.insert(out.times.end(), first, last);
  }
  if (!walk.ok()) return fail(damaged("a record"));
  return {};
}

Result<> ChunkFile::read(std::uint64_t series, Millis from, Millis to, ReadScratch& scratch,
                         Column& out) const {
  const std::size_t number = group_of(records_, series);
  TRY(group, cached_group(number));
  const auto index = static_cast<std::size_t>(series - records_[number].first);
  if (index + 1 >= group->offsets.size()) return fail(damaged(fmt::format("no record {}", series)));
  return decode(
      {*group, records_[number].first}, index, from, to,
      [this](std::uint64_t column) { return cached_column(column); }, scratch, out);
}

Result<CachedPartPtr> ChunkFile::Scan::column(std::uint64_t column) {
  if (const auto found = columns_.find(column); found != columns_.end()) return found->second;
  if (column >= file_->totals_.columns) {
    return fail(file_->damaged(fmt::format("a reference to column {}", column)));
  }
  const std::size_t number = group_of(file_->columns_, column);
  if (number != column_group_number_) {
    TRY(loaded, file_->file_.load(file_->columns_[number]));
    column_group_ = std::move(loaded);
    column_group_number_ = number;
  }
  TRY(decoded, file_->decode_column(*column_group_, number, column));
  if (column_bytes_ > scan_column_bytes) {
    columns_.clear();
    column_bytes_ = 0;
  }
  column_bytes_ += decoded->memory();
  columns_.emplace(column, decoded);
  return decoded;
}

Result<> ChunkFile::Scan::next(Column& out) {
  out.clear();
  const std::uint64_t series = next_++;
  const std::size_t number = group_of(file_->records_, series);
  if (number != group_number_) {
    group_ = nullptr;
    group_number_ = number;
    TRY(loaded, file_->file_.load(file_->records_[number]));
    group_ = std::move(loaded);
  }
  const auto index = static_cast<std::size_t>(series - file_->records_[number].first);
  if (group_ == nullptr || index + 1 >= group_->offsets.size()) {
    return fail(file_->damaged(fmt::format("no record {}", series)));
  }
  return file_->decode(
      {*group_, file_->records_[number].first}, index, INT64_MIN, INT64_MAX,
      [this](std::uint64_t wanted) { return column(wanted); }, scratch_, out);
}

}  // namespace aloft::telemetry::metrics
