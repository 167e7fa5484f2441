// Tenant, then streams: labels, entries with the difference to the time before, line and fields.
#include "telemetry/logs/store/log_record.h"

#include "telemetry/logs/store/cursor.h"

namespace aloft::telemetry::logs {

void encode_batch(const LogBatch& batch, std::string& out) {
  std::size_t size = 64;
  for (const LogStream& stream : batch.streams)
    for (const LogEntry& entry : stream.entries) size += entry.line.size() + 16;
  out.reserve(size);
  append_text(out, batch.tenant);
  append_varint(out, batch.streams.size());
  for (const LogStream& stream : batch.streams) {
    append_text(out, stream.labels.encoded());
    append_varint(out, stream.entries.size());
    std::uint64_t before = 0;
    for (const LogEntry& entry : stream.entries) {
      const auto time = static_cast<std::uint64_t>(entry.time_ns);
      append_zigzag(out, static_cast<std::int64_t>(time - before));
      before = time;
      append_text(out, entry.line);
      append_varint(out, entry.fields.size());
      for (const auto& [name, value] : entry.fields) {
        append_text(out, name);
        append_text(out, value);
      }
    }
  }
}

Result<LogBatch> decode_batch(std::string_view record) {
  const auto damaged = [] { return fail(Code::invalid, "a log record does not hold a batch"); };
  LogBatch batch;
  Cursor cursor(record);
  std::string_view text;
  std::size_t streams = 0;
  if (!cursor.text(text) || !cursor.count(streams, cursor.left())) return damaged();
  batch.tenant = text;
  std::string scratch;
  for (std::size_t s = 0; s < streams; ++s) {
    LogStream& stream = batch.streams.emplace_back();
    std::size_t entries = 0;
    if (!cursor.text(text) || !cursor.count(entries, cursor.left())) return damaged();
    TRY(labels, canonical_labels(text, scratch));
    stream.labels = Labels(labels);
    std::uint64_t time = 0;
    for (std::size_t e = 0; e < entries; ++e) {
      LogEntry& entry = stream.entries.emplace_back();
      std::int64_t step = 0;
      std::size_t fields = 0;
      if (!cursor.zigzag(step) || !cursor.text(text) || !cursor.count(fields, cursor.left()))
        return damaged();
      time += static_cast<std::uint64_t>(step);
      entry.time_ns = static_cast<std::int64_t>(time);
      entry.line = text;
      for (std::size_t f = 0; f < fields; ++f) {
        std::string_view value;
        if (!cursor.text(text) || !cursor.text(value)) return damaged();
        entry.fields.emplace_back(text, value);
      }
    }
  }
  return batch;
}

}  // namespace aloft::telemetry::logs
