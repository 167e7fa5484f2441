// Appending to heads within the limits, and looking at them.
#include "telemetry/logs/store/head.h"

#include <algorithm>
#include <cstring>

namespace aloft::telemetry::logs {
namespace {

constexpr std::size_t least_chunk_bytes = 2 * 1024;
constexpr std::size_t most_chunk_bytes = 512 * 1024;

std::size_t varint_size(std::size_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

std::size_t packed_size(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::size_t size = 0;
  for (const auto& [name, value] : fields) {
    if (value.empty()) continue;
    size += varint_size(name.size()) + name.size() + varint_size(value.size()) + value.size();
  }
  return size;
}

void reject(WriteReport& report, std::size_t entries, bool permanent, std::string why) {
  report.rejected += entries;
  if (!report.first_rejection.empty()) return;
  report.first_rejection = std::move(why);
  report.permanent = permanent;
}

std::string time_text(std::int64_t ns) { return format_nanos(WallTime{Duration(ns)}); }

// Empty when the entry may stay.
std::string refusal(const LogEntry& entry, LabelsView labels, const StreamLimits& limits, std::int64_t now_ns,
                    std::int64_t newest_ns, bool first) {
  if (limits.line_bytes != 0 && entry.line.size() > limits.line_bytes && !limits.truncate_long_lines) {
    return fmt::format(
        "Max entry size '{}' bytes exceeded for stream '{}' while adding an entry with length '{}' "
        "bytes",
        limits.line_bytes, labels.to_string(), entry.line.size());
  }
  if (limits.oldest_age.count() != 0 && entry.time_ns < now_ns - limits.oldest_age.count()) {
    return fmt::format("entry for stream '{}' has timestamp too old: {}, oldest acceptable timestamp is: {}",
                       labels.to_string(), time_text(entry.time_ns),
                       time_text(now_ns - limits.oldest_age.count()));
  }
  if (limits.newest_ahead.count() != 0 && entry.time_ns > now_ns + limits.newest_ahead.count()) {
    return fmt::format("entry for stream '{}' has timestamp too new: {}", labels.to_string(),
                       time_text(entry.time_ns));
  }
  // Times are what senders made up; those far from each other have no difference.
  std::int64_t behind = 0;
  if (limits.out_of_order.count() != 0 && !first && entry.time_ns < newest_ns &&
      (__builtin_sub_overflow(newest_ns, entry.time_ns, &behind) || behind > limits.out_of_order.count())) {
    return fmt::format(
        "entry too far behind, entry timestamp is: {}, oldest acceptable timestamp is: {}, "
        "stream: {}",
        time_text(entry.time_ns), time_text(newest_ns - limits.out_of_order.count()), labels.to_string());
  }
  if (limits.fields_per_entry != 0 && entry.fields.size() > limits.fields_per_entry) {
    return fmt::format("stream '{}' has too many structured metadata labels: '{}', limit: '{}'",
                       labels.to_string(), entry.fields.size(), limits.fields_per_entry);
  }
  std::size_t field_bytes = 0;
  for (const auto& [name, value] : entry.fields) field_bytes += name.size() + value.size();
  if (limits.field_bytes_per_entry != 0 && field_bytes > limits.field_bytes_per_entry) {
    return fmt::format("stream '{}' has structured metadata of '{}' bytes, limit: '{}'", labels.to_string(),
                       field_bytes, limits.field_bytes_per_entry);
  }
  return {};
}

std::string label_refusal(LabelsView labels, const StreamLimits& limits) {
  if (labels.empty()) return "error at least one label pair is required per stream";
  if (const std::size_t count = labels.count(); count > limits.labels_per_stream) {
    return fmt::format("entry for stream '{}' has {} label names; limit {}", labels.to_string(), count,
                       limits.labels_per_stream);
  }
  for (const Label& label : labels) {
    if (limits.label_name_bytes != 0 && label.name.size() > limits.label_name_bytes) {
      return fmt::format("stream '{}' has label name too long: '{}'", labels.to_string(), label.name);
    }
    if (limits.label_value_bytes != 0 && label.value.size() > limits.label_value_bytes) {
      return fmt::format("stream '{}' has label value too long: '{}'", labels.to_string(), label.value);
    }
  }
  return {};
}

// Not in the middle of a character.
std::string_view truncate(std::string_view line, std::size_t limit) {
  if (line.size() <= limit) return line;
  while (limit > 0 && (static_cast<unsigned char>(line[limit]) & 0xc0) == 0x80) --limit;
  return line.substr(0, limit);
}

}  // namespace

HeadChunk::HeadChunk(std::size_t rows, std::size_t bytes)
    : rows_(std::make_unique_for_overwrite<Row[]>(rows)),
      bytes_(std::make_unique_for_overwrite<char[]>(bytes)),
      row_capacity_(rows),
      byte_capacity_(bytes) {}

bool HeadChunk::append(std::int64_t time_ns, std::string_view line,
                       const std::vector<std::pair<std::string, std::string>>& fields,
                       std::size_t packed_bytes) {
  if (count_ == row_capacity_ || byte_capacity_ - used_ < line.size() + packed_bytes) return false;
  char* const at = bytes_.get() + used_;
  if (!line.empty()) std::memcpy(at, line.data(), line.size());
  Row row{.time_ns = time_ns, .line = std::string_view(at, line.size()), .fields = {}};
  if (packed_bytes > 0) {
    std::string packed;
    packed.reserve(packed_bytes);
    pack_fields(packed, fields);
    std::copy(packed.begin(), packed.end(), at + line.size());
    row.fields = PackedFields(std::string_view(at + line.size(), packed.size()));
  }
  used_ += line.size() + packed_bytes;
  rows_[count_++] = row;
  return true;
}

std::size_t HeadStreamView::rows() const {
  std::size_t sum = 0;
  for (const Piece& piece : pieces) sum += piece.count;
  return sum;
}

std::vector<Row> HeadStreamView::sorted_rows() const {
  std::vector<Row> out;
  out.reserve(rows());
  for (const Piece& piece : pieces)
    for (std::size_t i = 0; i < piece.count; ++i) out.push_back(piece.chunk->row(i));
  sort_and_deduplicate(out);
  return out;
}

TenantHead::Stream& TenantHead::add_stream(Shard& shard, LabelsView labels) {
  auto stream = std::make_unique<Stream>();
  stream->labels = labels.encoded();
  Stream& added = *stream;
  shard.streams.emplace(std::string_view(added.labels), std::move(stream));
  streams_.fetch_add(1, std::memory_order_relaxed);
  return added;
}

void TenantHead::check(const LogStream& stream, const StreamLimits& limits, std::int64_t now_ns,
                       WriteReport& report, std::vector<bool>& refused) {
  const std::size_t count = stream.entries.size();
  refused.assign(count, false);
  const auto refuse_all = [&](bool permanent, std::string why) {
    refused.assign(count, true);
    reject(report, count, permanent, std::move(why));
  };
  shards_[hash_labels(stream.labels) % shard_count].with([&](Shard& shard) {
    const auto known = shard.streams.find(stream.labels.encoded());
    const Stream* into = known == shard.streams.end() ? nullptr : known->second.get();
    if (into == nullptr) {
      if (std::string why = label_refusal(stream.labels, limits); !why.empty())
        return refuse_all(true, std::move(why));
      if (streams_.load(std::memory_order_relaxed) >= limits.streams) {
        return refuse_all(false,
                          fmt::format("Maximum active stream limit of {} exceeded when trying to create "
                                      "stream {}; use fewer labels or fewer values of labels",
                                      limits.streams, stream.labels.view().to_string()));
      }
      into = &add_stream(shard, stream.labels);
    }
    const bool first = into->chunks.empty();
    for (std::size_t i = 0; i < count; ++i) {
      std::string why = refusal(stream.entries[i], stream.labels, limits, now_ns, into->max_ns, first);
      if (why.empty()) continue;
      refused[i] = true;
      reject(report, 1, true, std::move(why));
    }
  });
}

std::size_t TenantHead::append(const LogStream& stream, std::size_t line_bytes) {
  std::size_t stored = 0;
  shards_[hash_labels(stream.labels) % shard_count].with([&](Shard& shard) {
    const auto known = shard.streams.find(stream.labels.encoded());
    Stream& into = known != shard.streams.end() ? *known->second : add_stream(shard, stream.labels);
    for (const LogEntry& entry : stream.entries) {
      const bool first = into.chunks.empty();
      const std::string_view line =
          line_bytes == 0 ? std::string_view(entry.line) : truncate(entry.line, line_bytes);
      const std::size_t packed = entry.fields.empty() ? 0 : packed_size(entry.fields);
      if (first || !into.chunks.back()->append(entry.time_ns, line, entry.fields, packed)) {
        // Each piece is twice as large as the one before it, so a quiet stream costs little.
        const std::size_t doubled = std::clamp(into.raw_bytes, least_chunk_bytes, most_chunk_bytes);
        const std::size_t bytes = std::max(doubled, line.size() + packed);
        into.chunks.push_back(std::make_shared<HeadChunk>(std::max<std::size_t>(bytes / 64, 8), bytes));
        into.chunks.back()->append(entry.time_ns, line, entry.fields, packed);
      }
      into.min_ns = first ? entry.time_ns : std::min(into.min_ns, entry.time_ns);
      into.max_ns = first ? entry.time_ns : std::max(into.max_ns, entry.time_ns);
      into.raw_bytes += line.size() + packed;
      stored += line.size() + packed + sizeof(Row);
    }
  });
  return stored;
}

std::vector<HeadStreamView> TenantHead::streams() const {
  std::vector<HeadStreamView> out;
  for (io::Guarded<Shard>& shard : shards_) {
    shard.with([&](Shard& inside) {
      for (const auto& [key, stream] : inside.streams) {
        if (stream->chunks.empty()) continue;
        HeadStreamView view{.labels = Labels::from_encoded(stream->labels),
                            .min_ns = stream->min_ns,
                            .max_ns = stream->max_ns,
                            .raw_bytes = stream->raw_bytes,
                            .pieces = {}};
        view.pieces.reserve(stream->chunks.size());
        for (const auto& chunk : stream->chunks)
          view.pieces.push_back({.chunk = chunk, .count = chunk->count()});
        out.push_back(std::move(view));
      }
    });
  }
  return out;
}

std::shared_ptr<TenantHead> Generation::tenant(std::string_view name, std::size_t limit) {
  return tenants.with([&](Tenants& all) -> std::shared_ptr<TenantHead> {
    const auto known = all.find(name);
    if (known != all.end()) return known->second;
    if (all.size() >= limit) return nullptr;
    return all.emplace(std::string(name), std::make_shared<TenantHead>()).first->second;
  });
}

std::shared_ptr<TenantHead> Generation::find(std::string_view name) const {
  return tenants.with([&](Tenants& all) -> std::shared_ptr<TenantHead> {
    const auto known = all.find(name);
    return known == all.end() ? nullptr : known->second;
  });
}

}  // namespace aloft::telemetry::logs
