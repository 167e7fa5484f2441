// One message with samples, or frames with chunks.
#include "telemetry/scrape/remote/read_answer.h"

#include <algorithm>

#include <fmt/format.h>

#include "telemetry/core/compression.h"
#include "telemetry/metrics/column_merge.h"
#include "telemetry/scrape/chunks/chunk.h"
#include "telemetry/scrape/remote/remote_write.h"
#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

constexpr std::string_view chunked_type = "application/x-streamed-protobuf";

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Code::bad_request, fmt::format("the answer to a remote read is damaged: {}", what));
}

// Gathers series; parts of one may come one after another.
class Gathered {
 public:
  explicit Gathered(const ReadAnswerLimits& limits) : limits_(limits) {}

  Result<metrics::Column*> series(std::string_view label_fields) {
    std::string scratch;
    TRY(labels, canonical_labels(label_fields, scratch));
    if (all_.empty() || !(all_.back().labels.view() == labels)) all_.push_back({Labels(labels), {}});
    return &all_.back().column;
  }
  Result<> count(std::size_t samples) {
    samples_ += samples;
    if (samples_ > limits_.samples)
      return fail(Code::too_large, fmt::format("the answer has more than {} samples", limits_.samples));
    return {};
  }
  std::vector<ReadSeries> take() {
    sort_series(all_);
    std::vector<ReadSeries> out;
    for (ReadSeries& one : all_) {
      if (out.empty() || !(out.back().labels == one.labels)) {
        out.push_back(std::move(one));
      } else {
        metrics::append_range(out.back().column, one.column, 0, one.column.size());
      }
    }
    for (ReadSeries& one : out) metrics::put_in_order(one.column);
    return out;
  }

 private:
  const ReadAnswerLimits& limits_;
  std::vector<ReadSeries> all_;
  std::size_t samples_ = 0;
};

void append_sample(metrics::Column& column, Millis time, double value, HistogramPtr histogram) {
  if (histogram != nullptr && column.histograms.empty()) column.histograms.resize(column.times.size());
  column.times.push_back(time);
  column.values.push_back(value);
  if (histogram != nullptr || !column.histograms.empty()) column.histograms.push_back(std::move(histogram));
}

// A result has the form of a write request.
Result<> read_samples(std::string_view message, Gathered& out) {
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    std::string_view result;
    if (!in.varint(field)) return damaged("it is no prometheus.ReadResponse");
    if (field != tag(1, Wire::bytes)) {
      if (!in.skip(field)) return damaged("it is no prometheus.ReadResponse");
      continue;
    }
    if (!in.bytes(result)) return damaged("it is no prometheus.ReadResponse");
    Rejections rejections;
    TRY(batch, decode_write_request(std::string(result), rejections));
    if (rejections.count > 0) return damaged(rejections.first);
    TRY_DO(out.count(batch.samples.size() + batch.histograms.size()));
    for (const SampleRef& sample : batch.samples) {
      TRY(column, out.series(sample.labels));
      append_sample(*column, sample.time, sample.value, nullptr);
    }
    for (const HistogramRef& sample : batch.histograms) {
      TRY(column, out.series(sample.labels));
      append_sample(*column, sample.time, 0, sample.histogram);
    }
  }
  return {};
}

Result<> read_chunk(std::string_view message, metrics::Column& column) {
  std::uint64_t encoding = 0;
  std::string_view data;
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    bool fine = in.varint(field);
    if (fine && field == tag(3, Wire::varint)) {
      fine = in.varint(encoding);
    } else if (fine && field == tag(4, Wire::bytes)) {
      fine = in.bytes(data);
    } else if (fine) {
      fine = in.skip(field);
    }
    if (!fine) return damaged("a chunk");
  }
  return decode_chunk(encoding <= 3 ? static_cast<ChunkEncoding>(encoding) : ChunkEncoding::unknown, data,
                      column);
}

Result<> read_chunked_series(std::string_view message, Gathered& out) {
  std::string labels;
  std::vector<std::string_view> chunks;
  WireCursor in(message);
  while (!in.done()) {
    const char* const begin = in.at;
    std::uint64_t field = 0;
    std::string_view inner;
    if (!in.varint(field)) return damaged("a series");
    if (field == tag(1, Wire::bytes) || field == tag(2, Wire::bytes)) {
      if (!in.bytes(inner)) return damaged("a series");
      if (field >> 3 == 1) {
        labels.append(begin, in.at);
      } else {
        chunks.push_back(inner);
      }
    } else if (!in.skip(field)) {
      return damaged("a series");
    }
  }
  TRY(column, out.series(labels));
  for (const std::string_view chunk : chunks) {
    const std::size_t before = column->size();
    TRY_DO(read_chunk(chunk, *column));
    TRY_DO(out.count(column->size() - before));
  }
  return {};
}

Result<> read_frame(std::string_view message, Gathered& out) {
  WireCursor in(message);
  while (!in.done()) {
    std::uint64_t field = 0;
    std::string_view inner;
    if (!in.varint(field)) return damaged("a frame is no prometheus.ChunkedReadResponse");
    if (field == tag(1, Wire::bytes)) {
      if (!in.bytes(inner)) return damaged("a frame is no prometheus.ChunkedReadResponse");
      TRY_DO(read_chunked_series(inner, out));
    } else if (!in.skip(field)) {
      return damaged("a frame is no prometheus.ChunkedReadResponse");
    }
  }
  return {};
}

Result<> read_frames(std::string_view body, Gathered& out) {
  while (!body.empty()) {
    WireCursor in(body);
    std::uint64_t length = 0;
    if (!in.varint(length)) return damaged("a frame has no length");
    const std::string_view rest(in.at, static_cast<std::size_t>(in.end - in.at));
    if (rest.size() < 4 || length > rest.size() - 4) return damaged("a frame ends early");
    std::uint32_t sum = 0;
    for (int i = 0; i < 4; ++i)
      sum = sum << 8 | static_cast<unsigned char>(rest[static_cast<std::size_t>(i)]);
    const std::string_view message = rest.substr(4, length);
    if (crc32c(message) != sum) return damaged("the checksum of a frame is wrong");
    TRY_DO(read_frame(message, out));
    body = rest.substr(4 + length);
  }
  return {};
}

}  // namespace

void sort_series(std::vector<ReadSeries>& series) {
  std::ranges::sort(
      series, [](const ReadSeries& a, const ReadSeries& b) { return a.labels.view() < b.labels.view(); });
}

Result<std::vector<ReadSeries>> decode_read_answer(std::string_view body, std::string_view content_type,
                                                   const ReadAnswerLimits& limits) {
  Gathered out(limits);
  if (content_type.starts_with(chunked_type)) {
    if (body.size() > limits.bytes)
      return fail(Code::too_large, fmt::format("the answer has more than {} bytes", limits.bytes));
    TRY_DO(read_frames(body, out));
  } else {
    TRY(message, snappy_decompress(body, limits.bytes));
    TRY_DO(read_samples(message, out));
  }
  return out.take();
}

}  // namespace aloft::telemetry::scrape
