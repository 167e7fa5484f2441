// Groups are gathered in memory and written one after another.
#include "telemetry/metrics/block/chunk_writer.h"

#include <array>
#include <unordered_map>

#include "telemetry/metrics/block/group_file.h"
#include "telemetry/metrics/codec/bytes.h"
#include "telemetry/metrics/codec/histograms.h"
#include "telemetry/metrics/codec/values.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace aloft::telemetry::metrics {
namespace {

// A hash of a column stands for the column itself: 128 bits, and only within one file.
struct ColumnHash {
  XXH128_hash_t hash;
  bool operator==(const ColumnHash& other) const { return XXH128_isEqual(hash, other.hash) != 0; }
};
struct HashOfHash {
  std::size_t operator()(const ColumnHash& key) const { return static_cast<std::size_t>(key.hash.low64); }
};
constexpr std::size_t remembered_columns = 1 << 17;

// A chunk that later ones may be predicted from.
struct Neighbour {
  std::uint64_t column = 0;
  std::uint32_t depth = 0;
  std::vector<std::int64_t> numbers;
};
struct Neighbours {
  std::vector<Neighbour> chunks;  // of one series; `used` of them are valid
  std::size_t used = 0;
};

class FileWriter final : public ChunkWriter {
 public:
  FileWriter(std::unique_ptr<GroupWriter> file, Effort effort) : file_(std::move(file)), effort_(effort) {}

  Result<> add(const Column& column) override {
    const std::size_t begin = records_.bytes.size();
    if (records_.sizes.empty()) {
      records_.base = totals_.columns;
      group_series_ = 0;
    }
    Neighbours& mine = near_[group_series_ % near_.size()];
    mine.used = 0;
    TRY_DO(add_chunks(column, mine));
    records_.end_record(begin);
    ++totals_.series;
    ++group_series_;
    if (!column.times.empty()) {
      const bool first = totals_.samples == 0;
      totals_.min_time = first ? column.times.front() : std::min(totals_.min_time, column.times.front());
      totals_.max_time = first ? column.times.back() : std::max(totals_.max_time, column.times.back());
      totals_.samples += column.size();
    }
    if (records_.full()) return file_->write(records_);
    return {};
  }

  const ChunkFileTotals& totals() const override { return totals_; }

  Result<ChunkFileTotals> finish(std::string_view extra) override {
    TRY_DO(file_->write(records_));
    TRY_DO(file_->write(columns_));
    std::string footer;
    put_varint(footer, totals_.series);
    put_varint(footer, totals_.samples);
    put_varint(footer, totals_.chunks);
    put_varint(footer, totals_.columns);
    put_signed(footer, totals_.min_time);
    put_signed(footer, totals_.max_time);
    put_groups(footer, records_.written);
    put_groups(footer, columns_.written);
    put_text(footer, extra);
    TRY(bytes, file_->finish(footer));
    totals_.bytes = bytes;
    return totals_;
  }

 private:
  // Splits a series evenly, so that series with the same times are split at the same places.
  Result<> add_chunks(const Column& column, Neighbours& mine) {
    std::string& out = records_.bytes;
    ends_.clear();
    const std::size_t count = column.size();
    for (std::size_t from = 0; from < count;) {
      std::size_t same = from + 1;
      while (same < count && is_histogram(column, same) == is_histogram(column, from)) ++same;
      const std::size_t pieces = (same - from + chunk_samples - 1) / chunk_samples;
      for (std::size_t i = 1; i <= pieces; ++i) ends_.push_back(from + (same - from) * i / pieces);
      from = same;
    }
    put_varint(out, ends_.size());
    std::size_t from = 0;
    std::uint64_t previous_column = records_.base;
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      const std::size_t length = ends_[i] - from;
      TRY(times, time_column(std::span(column.times).subspan(from, length)));
      put_signed(out, static_cast<std::int64_t>(times - previous_column));
      previous_column = times;
      chunk_.clear();
      if (is_histogram(column, from)) {
        chunk_.push_back(static_cast<char>(histogram_chunk));
        encode_histograms(std::span(column.histograms).subspan(from, length), chunk_);
      } else {
        encode_floats(std::span(column.values).subspan(from, length), times, mine);
      }
      if (i + 1 < ends_.size()) put_varint(out, chunk_.size());
      out += chunk_;
      ++totals_.chunks;
      from = ends_[i];
    }
    return {};
  }

  static bool is_histogram(const Column& column, std::size_t at) {
    return !column.histograms.empty() && column.histograms[at] != nullptr;
  }

  void encode_floats(std::span<const double> values, std::uint64_t times, Neighbours& mine) {
    scale_values(values, scaled_);
    LikeReference like;
    std::uint32_t depth = 0;
    const bool worth =
        effort_ == Effort::small && values.size() >= 24 && scaled_.kind == ScaledValues::Kind::decimal;
    if (worth) like = find_like(times, depth);
    const bool alike = encode_values(scaled_, like, scratch_, chunk_);
    if (!worth) return;
    if (mine.used == mine.chunks.size()) mine.chunks.emplace_back();
    Neighbour& neighbour = mine.chunks[mine.used++];
    neighbour.column = times;
    neighbour.depth = alike ? depth + 1 : 0;
    neighbour.numbers.swap(scaled_.numbers);
  }

  // The neighbour whose steps predict these best, when one does.
  LikeReference find_like(std::uint64_t times, std::uint32_t& depth) const {
    LikeReference best;
    const std::uint64_t own = estimate_bits(scaled_.numbers);
    std::uint64_t best_bits = own - own / 8;
    for (std::uint32_t distance = 1; distance < near_.size() && distance <= group_series_; ++distance) {
      const Neighbours& slot = near_[(group_series_ - distance) % near_.size()];
      for (std::size_t i = 0; i < slot.used; ++i) {
        const Neighbour& chunk = slot.chunks[i];
        if (chunk.column != times || chunk.depth >= like_depth) continue;
        const std::uint64_t bits = estimate_like_bits(scaled_.numbers, chunk.numbers);
        if (bits >= best_bits) continue;
        best_bits = bits;
        best = {.distance = distance, .numbers = chunk.numbers};
        depth = chunk.depth;
      }
    }
    return best;
  }

  Result<std::uint64_t> time_column(std::span<const Millis> times) {
    const ColumnHash key{XXH3_128bits(times.data(), times.size_bytes())};
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
    if (known_.size() >= remembered_columns) known_.clear();
    const std::uint64_t number = totals_.columns++;
    known_.emplace(key, number);
    const std::size_t begin = columns_.bytes.size();
    put_varint(columns_.bytes, times.size());
    encode_integers(times, scratch_, columns_.bytes);
    columns_.end_record(begin);
    if (columns_.full()) TRY_DO(file_->write(columns_));
    return number;
  }

  std::unique_ptr<GroupWriter> file_;
  Effort effort_;
  ChunkFileTotals totals_;
  OpenGroup records_, columns_;
  std::uint32_t group_series_ = 0;  // in the open group
  std::array<Neighbours, like_distance + 1> near_;
  std::unordered_map<ColumnHash, std::uint64_t, HashOfHash> known_;
  std::vector<std::size_t> ends_;
  ScaledValues scaled_;
  IntegerScratch scratch_;
  std::string chunk_;
};

}  // namespace

Result<std::unique_ptr<ChunkWriter>> ChunkWriter::create(const std::string& path, Effort effort) {
  TRY(file, GroupWriter::create(path, effort == Effort::small ? 3 : 1));
  return std::make_unique<FileWriter>(std::move(file), effort);
}

}  // namespace aloft::telemetry::metrics
