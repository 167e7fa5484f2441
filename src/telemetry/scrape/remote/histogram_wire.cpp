// The wire form of native histograms and what must hold of their content.
#include "telemetry/scrape/remote/histogram_wire.h"

#include <cmath>

#include <fmt/format.h>

#include "telemetry/scrape/wire.h"

namespace aloft::telemetry::scrape {
namespace {

// Spans are 4 bytes of input at least, so what a message can hold is bounded by its size; this bounds what a
// single sample may cost everybody after that.
constexpr std::size_t bucket_limit = 100'000;

bool decode_span(std::string_view message, std::vector<NativeHistogram::Span>& out) {
  WireCursor in(message);
  NativeHistogram::Span span;
  std::uint64_t value = 0;
  while (!in.done()) {
    std::uint64_t field = 0;
    if (!in.varint(field)) return false;
    if (field == tag(1, Wire::varint)) {
      if (!in.varint(value)) return false;
      span.offset = static_cast<std::int32_t>(zigzag_decode(value));
    } else if (field == tag(2, Wire::varint)) {
      if (!in.varint(value)) return false;
      span.length = static_cast<std::uint32_t>(value);
    } else if (!in.skip(field)) {
      return false;
    }
  }
  out.push_back(span);
  return true;
}

// Repeated scalars stand packed or one by one; both are legal for either form.
bool decode_deltas(WireCursor& in, bool packed, std::vector<std::int64_t>& out) {
  std::uint64_t value = 0;
  if (!packed) {
    if (!in.varint(value)) return false;
    out.push_back(zigzag_decode(value));
    return true;
  }
  std::string_view run;
  if (!in.bytes(run)) return false;
  for (WireCursor inner(run); !inner.done();) {
    if (!inner.varint(value)) return false;
    out.push_back(zigzag_decode(value));
  }
  return true;
}

bool decode_reals(WireCursor& in, bool packed, std::vector<double>& out) {
  double value = 0;
  if (!packed) {
    if (!in.real(value)) return false;
    out.push_back(value);
    return true;
  }
  std::string_view run;
  if (!in.bytes(run) || run.size() % 8 != 0) return false;
  out.reserve(out.size() + run.size() / 8);
  for (WireCursor inner(run); !inner.done();) {
    if (!inner.real(value)) return false;
    out.push_back(value);
  }
  return true;
}

void add_up(const std::vector<std::int64_t>& deltas, std::vector<double>& buckets) {
  std::uint64_t running = 0;  // wraps instead of overflowing on hostile deltas
  for (const std::int64_t delta : deltas) {
    running += static_cast<std::uint64_t>(delta);
    buckets.push_back(static_cast<double>(static_cast<std::int64_t>(running)));
  }
}

struct Deltas {
  std::vector<std::int64_t> negative, positive;
};

bool decode_buckets(WireCursor& in, std::uint64_t field, NativeHistogram& h, Deltas& deltas, bool& known) {
  const bool packed = static_cast<Wire>(field & 7) == Wire::bytes;
  std::string_view message;
  known = true;
  switch (field) {
    case tag(8, Wire::bytes):
      return in.bytes(message) && decode_span(message, h.negative_spans);
    case tag(11, Wire::bytes):
      return in.bytes(message) && decode_span(message, h.positive_spans);
    case tag(9, Wire::bytes):
    case tag(9, Wire::varint):
      return decode_deltas(in, packed, deltas.negative);
    case tag(12, Wire::bytes):
    case tag(12, Wire::varint):
      return decode_deltas(in, packed, deltas.positive);
    case tag(10, Wire::bytes):
    case tag(10, Wire::fixed64):
      return decode_reals(in, packed, h.negative_buckets);
    case tag(13, Wire::bytes):
    case tag(13, Wire::fixed64):
      return decode_reals(in, packed, h.positive_buckets);
    case tag(16, Wire::bytes):
    case tag(16, Wire::fixed64):
      return decode_reals(in, packed, h.custom_bounds);
    default:
      known = false;
      return true;
  }
}

bool decode_scalar(WireCursor& in, std::uint64_t field, WireHistogram& out) {
  NativeHistogram& h = out.histogram;
  std::uint64_t value = 0;
  switch (field) {
    case tag(1, Wire::varint):
      out.integer = true;
      if (!in.varint(value)) return false;
      h.count = static_cast<double>(value);
      return true;
    case tag(2, Wire::fixed64):
      out.integer = false;
      return in.real(h.count);
    case tag(3, Wire::fixed64):
      return in.real(h.sum);
    case tag(4, Wire::varint):
      if (!in.varint(value)) return false;
      h.schema = static_cast<std::int32_t>(zigzag_decode(value));
      return true;
    case tag(5, Wire::fixed64):
      return in.real(h.zero_threshold);
    case tag(6, Wire::varint):
      if (!in.varint(value)) return false;
      h.zero_count = static_cast<double>(value);
      return true;
    case tag(7, Wire::fixed64):
      return in.real(h.zero_count);
    case tag(14, Wire::varint):
      if (!in.varint(value)) return false;
      h.reset_hint = static_cast<NativeHistogram::ResetHint>(value <= 3 ? value : 0);
      return true;
    case tag(15, Wire::varint):
      if (!in.varint(value)) return false;
      out.time = static_cast<Millis>(value);
      return true;
    case tag(17, Wire::varint):
      if (!in.varint(value)) return false;
      out.start_time = static_cast<Millis>(value);
      return true;
    default:
      return in.skip(field);
  }
}

Result<double> check_side(const std::vector<NativeHistogram::Span>& spans, const std::vector<double>& buckets,
                          const char* side) {
  std::uint64_t covered = 0;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0)
      return fail(Code::invalid,
                  fmt::format("the {} span {} has a negative offset {}", side, i + 1, spans[i].offset));
    covered += spans[i].length;
  }
  if (covered != buckets.size())
    return fail(Code::invalid,
                fmt::format("the {} spans need {} buckets, there are {}", side, covered, buckets.size()));
  if (buckets.size() > bucket_limit)
    return fail(Code::invalid,
                fmt::format("{} {} buckets, at most {} are taken", buckets.size(), side, bucket_limit));
  double total = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (!(buckets[i] >= 0))
      return fail(Code::invalid, fmt::format("the {} bucket {} has the count {}", side, i, buckets[i]));
    total += buckets[i];
  }
  return total;
}

Result<> check_custom(const NativeHistogram& h) {
  if (!h.negative_spans.empty() || !h.negative_buckets.empty() || h.zero_count != 0 || h.zero_threshold != 0)
    return fail(Code::invalid, "a histogram with custom bounds has only positive buckets");
  for (std::size_t i = 0; i < h.custom_bounds.size(); ++i) {
    const double bound = h.custom_bounds[i];
    if (!std::isfinite(bound) || (i > 0 && bound <= h.custom_bounds[i - 1]))
      return fail(Code::invalid, fmt::format("the custom bound {} ({}) does not rise", i, bound));
  }
  std::int64_t last = -1;
  for (const auto& span : h.positive_spans) last += std::int64_t{span.offset} + span.length;
  if (last > static_cast<std::int64_t>(h.custom_bounds.size()) ||
      (!h.positive_spans.empty() && h.positive_spans.front().offset < 0))
    return fail(Code::invalid, "a bucket lies beyond the custom bounds");
  return {};
}

bool whole(const std::vector<double>& counts) {
  for (const double count : counts) {
    if (count != std::floor(count) || std::abs(count) > 9e15) return false;
  }
  return true;
}

void encode_side(std::string& out, const std::vector<NativeHistogram::Span>& spans,
                 const std::vector<double>& buckets, std::uint32_t first_number, bool integer) {
  std::string inner;
  for (const auto& span : spans) {
    inner.clear();
    add_varint_field(inner, 1, zigzag_encode(span.offset));
    add_varint_field(inner, 2, span.length);
    add_bytes_field(out, first_number, inner);
  }
  if (buckets.empty()) return;
  inner.clear();
  std::int64_t before = 0;
  for (const double count : buckets) {
    if (!integer) {
      add_real(inner, count);
      continue;
    }
    const auto now = static_cast<std::int64_t>(count);
    add_varint(inner, zigzag_encode(now - before));
    before = now;
  }
  add_bytes_field(out, first_number + (integer ? 1 : 2), inner);
}

}  // namespace

bool decode_histogram(std::string_view message, WireHistogram& out) {
  WireCursor in(message);
  Deltas deltas;
  while (!in.done()) {
    std::uint64_t field = 0;
    bool known = false;
    if (!in.varint(field) || !decode_buckets(in, field, out.histogram, deltas, known)) return false;
    if (!known && !decode_scalar(in, field, out)) return false;
  }
  if (out.integer) {
    out.histogram.negative_buckets.clear();
    out.histogram.positive_buckets.clear();
    add_up(deltas.negative, out.histogram.negative_buckets);
    add_up(deltas.positive, out.histogram.positive_buckets);
  }
  return true;
}

Result<> check_histogram(const NativeHistogram& h, bool integer) {
  if (is_stale(h.sum)) return {};
  if (h.schema != NativeHistogram::custom_schema && (h.schema < -4 || h.schema > 8))
    return fail(Code::invalid, fmt::format("the histogram schema {} is not known", h.schema));
  if (h.schema == NativeHistogram::custom_schema) {
    TRY_DO(check_custom(h));
  } else if (!h.custom_bounds.empty()) {
    return fail(Code::invalid, fmt::format("custom bounds with the schema {}", h.schema));
  }
  TRY(negative, check_side(h.negative_spans, h.negative_buckets, "negative"));
  TRY(positive, check_side(h.positive_spans, h.positive_buckets, "positive"));
  if (!(h.zero_count >= 0) || !(h.count >= 0))
    return fail(Code::invalid,
                fmt::format("the counts {} and {} must not be negative", h.count, h.zero_count));
  if (!integer) return {};
  const double found = negative + positive + h.zero_count;
  // Observations of NaN stand in no bucket.
  if (std::isnan(h.sum) ? found > h.count : found != h.count)
    return fail(Code::invalid,
                fmt::format("the buckets hold {} observations, the count is {}", found, h.count));
  return {};
}

void encode_histogram(std::string& out, const NativeHistogram& h, Millis time, Millis start_time) {
  // Whole counts that do not add up are legal for floats only.
  const bool integer = h.count >= 0 && h.zero_count >= 0 && whole({h.count, h.zero_count}) &&
                       whole(h.positive_buckets) && whole(h.negative_buckets) && check_histogram(h, true);
  if (integer) {
    add_varint_field(out, 1, static_cast<std::uint64_t>(h.count));
  } else {
    add_real_field(out, 2, h.count);
  }
  add_real_field(out, 3, h.sum);
  add_varint_field(out, 4, zigzag_encode(h.schema));
  add_real_field(out, 5, h.zero_threshold);
  if (integer) {
    add_varint_field(out, 6, static_cast<std::uint64_t>(h.zero_count));
  } else {
    add_real_field(out, 7, h.zero_count);
  }
  encode_side(out, h.negative_spans, h.negative_buckets, 8, integer);
  encode_side(out, h.positive_spans, h.positive_buckets, 11, integer);
  if (h.reset_hint != NativeHistogram::ResetHint::unknown)
    add_varint_field(out, 14, static_cast<std::uint64_t>(h.reset_hint));
  add_varint_field(out, 15, static_cast<std::uint64_t>(time));
  if (!h.custom_bounds.empty()) {
    std::string inner;
    for (const double bound : h.custom_bounds) add_real(inner, bound);
    add_bytes_field(out, 16, inner);
  }
  if (start_time != 0) add_varint_field(out, 17, static_cast<std::uint64_t>(start_time));
}

}  // namespace aloft::telemetry::scrape
