// One histogram is a byte of flags, its layout unless it is the previous one's, its sum, and its counts:
// whole numbers as differences where all are whole, bits otherwise.
#include "telemetry/metrics/codec/histograms.h"

#include <cmath>

namespace aloft::telemetry::metrics {
namespace {

constexpr std::uint8_t flag_same_layout = 1;
constexpr std::uint8_t flag_whole = 2;
constexpr unsigned hint_shift = 4;
constexpr std::size_t most_buckets = 1 << 20;

using Span = NativeHistogram::Span;

bool same_layout(const NativeHistogram& a, const NativeHistogram& b) {
  return a.schema == b.schema && a.zero_threshold == b.zero_threshold &&
         a.positive_spans == b.positive_spans && a.negative_spans == b.negative_spans &&
         a.positive_buckets.size() == b.positive_buckets.size() &&
         a.negative_buckets.size() == b.negative_buckets.size() && a.custom_bounds == b.custom_bounds;
}

template <class F>
void for_counts(const NativeHistogram& histogram, F&& f) {
  f(histogram.count);
  f(histogram.zero_count);
  for (const double bucket : histogram.positive_buckets) f(bucket);
  for (const double bucket : histogram.negative_buckets) f(bucket);
}

bool is_whole(double count) {
  constexpr double most = 4503599627370496.0;  // 2^52
  if (!(count >= 0 && count <= most)) return false;
  return static_cast<double>(static_cast<std::int64_t>(count)) == count && !std::signbit(count);
}

bool all_whole(const NativeHistogram& histogram) {
  bool whole = true;
  for_counts(histogram, [&](double count) { whole = whole && is_whole(count); });
  return whole;
}

void put_spans(const std::vector<Span>& spans, std::string& out) {
  put_varint(out, spans.size());
  for (const Span& span : spans) {
    put_signed(out, span.offset);
    put_varint(out, span.length);
  }
}

bool get_spans(ByteReader& in, std::vector<Span>& spans) {
  const std::uint64_t count = in.varint();
  if (count > in.left()) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto offset = static_cast<std::int32_t>(in.signed_varint());
    spans.push_back({.offset = offset, .length = static_cast<std::uint32_t>(in.varint())});
  }
  return in.ok();
}

void put_layout(const NativeHistogram& histogram, std::string& out) {
  put_signed(out, histogram.schema);
  put_double(out, histogram.zero_threshold);
  put_spans(histogram.positive_spans, out);
  put_spans(histogram.negative_spans, out);
  put_varint(out, histogram.positive_buckets.size());
  put_varint(out, histogram.negative_buckets.size());
  put_varint(out, histogram.custom_bounds.size());
  for (const double bound : histogram.custom_bounds) put_double(out, bound);
}

bool get_layout(ByteReader& in, NativeHistogram& histogram) {
  histogram.schema = static_cast<std::int32_t>(in.signed_varint());
  histogram.zero_threshold = in.number();
  if (!get_spans(in, histogram.positive_spans) || !get_spans(in, histogram.negative_spans)) return false;
  const std::uint64_t positive = in.varint();
  const std::uint64_t negative = in.varint();
  // Each count takes at least a byte, so the size of what is left bounds them.
  if (positive > in.left() || negative > in.left() || positive + negative > most_buckets) return false;
  histogram.positive_buckets.resize(static_cast<std::size_t>(positive));
  histogram.negative_buckets.resize(static_cast<std::size_t>(negative));
  const std::uint64_t bounds = in.varint();
  if (bounds > in.left() / 8) return false;
  for (std::uint64_t i = 0; i < bounds; ++i) histogram.custom_bounds.push_back(in.number());
  return in.ok();
}

void put_counts(const NativeHistogram& histogram, const NativeHistogram* previous, bool whole,
                std::string& out) {
  std::vector<double> before;
  if (previous != nullptr) for_counts(*previous, [&](double count) { before.push_back(count); });
  std::size_t at = 0;
  for_counts(histogram, [&](double count) {
    const double base = at < before.size() ? before[at] : 0;
    ++at;
    if (whole) {
      put_signed(out, static_cast<std::int64_t>(count) - static_cast<std::int64_t>(base));
    } else {
      put_varint(out, std::bit_cast<std::uint64_t>(count) ^ std::bit_cast<std::uint64_t>(base));
    }
  });
}

void get_counts(ByteReader& in, const NativeHistogram* previous, bool whole, NativeHistogram& histogram) {
  std::vector<double> before;
  if (previous != nullptr) for_counts(*previous, [&](double count) { before.push_back(count); });
  std::size_t at = 0;
  const auto next = [&] {
    const double base = at < before.size() ? before[at] : 0;
    ++at;
    if (!whole) return std::bit_cast<double>(in.varint() ^ std::bit_cast<std::uint64_t>(base));
    const std::int64_t from = is_whole(base) ? static_cast<std::int64_t>(base) : 0;
    return static_cast<double>(static_cast<std::int64_t>(static_cast<std::uint64_t>(from) +
                                                         static_cast<std::uint64_t>(in.signed_varint())));
  };
  histogram.count = next();
  histogram.zero_count = next();
  for (double& bucket : histogram.positive_buckets) bucket = next();
  for (double& bucket : histogram.negative_buckets) bucket = next();
}

}  // namespace

void encode_histograms(std::span<const HistogramPtr> histograms, std::string& out) {
  const NativeHistogram* previous = nullptr;
  bool previous_whole = false;
  for (const HistogramPtr& entry : histograms) {
    const NativeHistogram& histogram = *entry;
    const bool same = previous != nullptr && same_layout(*previous, histogram);
    const bool whole = all_whole(histogram);
    const auto flags = static_cast<std::uint8_t>((same ? flag_same_layout : 0) | (whole ? flag_whole : 0) |
                                                 static_cast<unsigned>(histogram.reset_hint) << hint_shift);
    out.push_back(static_cast<char>(flags));
    if (!same) put_layout(histogram, out);
    put_double(out, histogram.sum);
    put_counts(histogram, same && (!whole || previous_whole) ? previous : nullptr, whole, out);
    previous = &histogram;
    previous_whole = whole;
  }
}

bool decode_histograms(ByteReader in, std::size_t count, std::vector<HistogramPtr>& out) {
  const NativeHistogram* previous = nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    auto histogram = std::make_shared<NativeHistogram>();
    const std::uint8_t flags = in.byte();
    const bool same = (flags & flag_same_layout) != 0;
    if (same) {
      if (previous == nullptr) return false;
      *histogram = *previous;
    } else if (!get_layout(in, *histogram)) {
      return false;
    }
    histogram->reset_hint = static_cast<NativeHistogram::ResetHint>(flags >> hint_shift & 3);
    histogram->sum = in.number();
    const bool whole = (flags & flag_whole) != 0;
    const bool based = same && (!whole || all_whole(*previous));
    get_counts(in, based ? previous : nullptr, whole, *histogram);
    if (!in.ok()) return false;
    previous = histogram.get();
    out.push_back(std::move(histogram));
  }
  return true;
}

}  // namespace aloft::telemetry::metrics
