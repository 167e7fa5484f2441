// The header with the buckets, and the samples as differences.
#include "telemetry/scrape/chunks/histogram_chunk.h"

#include <cmath>

#include "telemetry/scrape/chunks/bits.h"

namespace aloft::telemetry::scrape {
namespace {

using ResetHint = NativeHistogram::ResetHint;

// A chunk is small; what claims to have more is damaged.
constexpr std::uint64_t most_buckets = 100'000;
constexpr double bound_scale = 1000;
constexpr double largest_short_bound = 33554430;
constexpr int threshold_bias = 243;

void put_threshold(BitWriter& out, double threshold) {
  int exponent = 0;
  if (threshold == 0) return out.bits(0, 8);
  if (std::frexp(threshold, &exponent) == 0.5 && exponent >= 1 - threshold_bias && exponent <= 11) {
    const int biased = exponent + threshold_bias;
    return out.bits(static_cast<std::uint64_t>(biased), 8);
  }
  out.bits(255, 8);
  out.real(threshold);
}

bool read_threshold(BitReader& in, double& threshold) {
  std::uint64_t byte = 0;
  if (!in.bits(byte, 8)) return false;
  if (byte == 255) return in.real(threshold);
  threshold = byte == 0 ? 0 : std::ldexp(0.5, static_cast<int>(byte) - threshold_bias);
  return true;
}

void put_bound(BitWriter& out, double bound) {
  const double scaled = bound * bound_scale;
  const double whole = std::round(scaled);
  if (scaled < 0 || !(scaled <= largest_short_bound) || whole / bound_scale != bound) {
    out.bit(false);
    return out.real(bound);
  }
  put_varbit_uint(out, static_cast<std::uint64_t>(whole) + 1);
}

// A number that is not zero begins with a one, so the first bit tells the two forms apart.
bool read_bound(BitReader& in, double& bound) {
  unsigned ones = 0;
  if (!in.ones(ones, varbit_lengths.size())) return false;
  if (ones == 0) return in.real(bound);
  std::uint64_t number = 0;
  if (!in.bits(number, varbit_lengths[ones - 1]) || number == 0) return false;
  bound = static_cast<double>(number - 1) / bound_scale;
  return true;
}

void put_spans(BitWriter& out, const std::vector<NativeHistogram::Span>& spans) {
  put_varbit_uint(out, spans.size());
  for (const auto& span : spans) {
    put_varbit_uint(out, span.length);
    put_varbit_int(out, span.offset);
  }
}

bool read_spans(BitReader& in, std::vector<NativeHistogram::Span>& spans, std::size_t& buckets) {
  std::uint64_t count = 0;
  if (!read_varbit_uint(in, count) || count > most_buckets) return false;
  buckets = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t length = 0;
    std::int64_t offset = 0;
    if (!read_varbit_uint(in, length) || !read_varbit_int(in, offset)) return false;
    buckets += length;
    if (length > most_buckets || buckets > most_buckets) return false;
    spans.push_back({static_cast<std::int32_t>(offset), static_cast<std::uint32_t>(length)});
  }
  return true;
}

bool custom(std::int64_t schema) { return schema == NativeHistogram::custom_schema; }

// The header names the buckets; the rest of `form` stays empty.
struct Layout {
  NativeHistogram form;
  std::size_t positive = 0, negative = 0;
  bool begins_with_reset = false;

  bool read(BitReader& in) {
    std::uint64_t flags = 0;
    std::int64_t schema = 0;
    if (!in.bits(flags, 8) || !read_threshold(in, form.zero_threshold) || !read_varbit_int(in, schema) ||
        !read_spans(in, form.positive_spans, positive) || !read_spans(in, form.negative_spans, negative))
      return false;
    form.schema = static_cast<std::int32_t>(schema);
    if (flags >> 6 == 3) form.reset_hint = ResetHint::gauge;
    begins_with_reset = flags >> 6 == 2;
    if (!custom(schema)) return true;
    std::uint64_t bounds = 0;
    if (!read_varbit_uint(in, bounds) || bounds > most_buckets) return false;
    for (std::uint64_t i = 0; i < bounds; ++i) {
      if (!read_bound(in, form.custom_bounds.emplace_back())) return false;
    }
    return true;
  }
  // The histogram that the samples of one time fill.
  NativeHistogram at(std::size_t sample) const {
    NativeHistogram h = form;
    if (sample == 0 && begins_with_reset) h.reset_hint = ResetHint::yes;
    return h;
  }
};

void put_layout(BitWriter& out, const NativeHistogram& form) {
  const std::uint64_t flags = form.reset_hint == ResetHint::gauge ? 3
                              : form.reset_hint == ResetHint::yes ? 2
                                                                  : 0;
  out.bits(flags << 6, 8);
  put_threshold(out, form.zero_threshold);
  put_varbit_int(out, form.schema);
  put_spans(out, form.positive_spans);
  put_spans(out, form.negative_spans);
  if (!custom(form.schema)) return;
  put_varbit_uint(out, form.custom_bounds.size());
  for (const double bound : form.custom_bounds) put_bound(out, bound);
}

void append(metrics::Column& out, Millis time, NativeHistogram histogram) {
  out.histograms.resize(out.times.size());
  out.times.push_back(time);
  out.values.push_back(0);
  out.histograms.push_back(std::make_shared<const NativeHistogram>(std::move(histogram)));
}

// A stale marker has a sum and no buckets.
NativeHistogram stale(double sum) {
  NativeHistogram marker;
  marker.sum = sum;
  return marker;
}

// Times as differences of differences, with the same code as all else here.
class Times {
 public:
  void write(BitWriter& out, Millis time) {
    const std::int64_t delta = count_ == 0 ? 0 : time - time_;
    put_varbit_int(out, count_ == 0 ? time : count_ == 1 ? delta : delta - delta_);
    ++count_;
    delta_ = delta;
    time_ = time;
  }
  bool read(BitReader& in) {
    std::int64_t step = 0;
    if (!read_varbit_int(in, step)) return false;
    if (count_ == 0) {
      time_ = step;
    } else {
      delta_ = count_ == 1 ? step : add(delta_, step);
      time_ = add(time_, delta_);
    }
    ++count_;
    return true;
  }
  Millis time() const { return time_; }
  static std::int64_t add(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }

 private:
  std::size_t count_ = 0;
  Millis time_ = 0;
  std::int64_t delta_ = 0;
};

// A whole number: itself, then its difference, then the differences of that.
struct Whole {
  std::int64_t value = 0, delta = 0;
  bool read(BitReader& in, std::size_t sample, bool first_unsigned) {
    std::int64_t step = 0;
    if (sample == 0 && first_unsigned) {
      std::uint64_t first = 0;
      if (!read_varbit_uint(in, first)) return false;
      value = static_cast<std::int64_t>(first);
      return true;
    }
    if (!read_varbit_int(in, step)) return false;
    if (sample == 0) {
      value = step;
      return true;
    }
    delta = sample == 1 ? step : Times::add(delta, step);
    value = Times::add(value, delta);
    return true;
  }
};

}  // namespace

bool share_chunk(const NativeHistogram& before, const NativeHistogram& after) {
  if (after.reset_hint == ResetHint::yes) return false;
  const bool gauges = before.reset_hint == ResetHint::gauge && after.reset_hint == ResetHint::gauge;
  if (!gauges && (before.reset_hint == ResetHint::gauge || after.reset_hint == ResetHint::gauge))
    return false;
  if (before.schema != after.schema || before.zero_threshold != after.zero_threshold ||
      before.positive_spans != after.positive_spans || before.negative_spans != after.negative_spans ||
      before.custom_bounds != after.custom_bounds || is_stale(before.sum) || is_stale(after.sum))
    return false;
  if (gauges) return true;
  // Within a chunk of counters nothing falls.
  if (after.count < before.count || after.zero_count < before.zero_count) return false;
  for (const auto member : {&NativeHistogram::positive_buckets, &NativeHistogram::negative_buckets}) {
    const auto& old = before.*member;
    const auto& now = after.*member;
    if (old.size() != now.size()) return false;
    for (std::size_t i = 0; i < old.size(); ++i) {
      if (now[i] < old[i]) return false;
    }
  }
  return true;
}

std::string encode_histogram_chunk(std::span<const Millis> times, std::span<const HistogramPtr> histograms) {
  std::string out;
  out += static_cast<char>(times.size() >> 8);
  out += static_cast<char>(times.size());
  BitWriter bits(out);
  const NativeHistogram& form = *histograms[0];
  const bool marker = is_stale(form.sum);
  put_layout(bits, marker ? NativeHistogram() : form);
  Times clock;
  std::vector<XorFloat> floats(3 + form.positive_buckets.size() + form.negative_buckets.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    const NativeHistogram& h = *histograms[i];
    clock.write(bits, times[i]);
    std::size_t next = 0;
    const auto put = [&](double value) {
      XorFloat& field = floats[next++];
      if (i > 0) return field.write(bits, value);
      bits.real(value);
      field.value = value;
    };
    put(marker ? 0 : h.count);
    put(marker ? 0 : h.zero_count);
    put(h.sum);
    if (marker) continue;
    for (const double value : h.positive_buckets) put(value);
    for (const double value : h.negative_buckets) put(value);
  }
  return out;
}

bool decode_float_histograms(std::string_view data, std::size_t count, metrics::Column& out) {
  BitReader in(data);
  Layout layout;
  if (!layout.read(in)) return false;
  Times clock;
  std::vector<XorFloat> floats(3 + layout.positive + layout.negative);
  for (std::size_t i = 0; i < count; ++i) {
    if (!clock.read(in)) return false;
    for (std::size_t k = 0; k < floats.size(); ++k) {
      if (k == 3 && is_stale(floats[2].value)) break;
      if (!(i == 0 ? in.real(floats[k].value) : floats[k].read(in))) return false;
    }
    if (is_stale(floats[2].value)) {
      append(out, clock.time(), stale(floats[2].value));
      continue;
    }
    NativeHistogram h = layout.at(i);
    h.count = floats[0].value;
    h.zero_count = floats[1].value;
    h.sum = floats[2].value;
    for (std::size_t k = 0; k < layout.positive; ++k) h.positive_buckets.push_back(floats[3 + k].value);
    for (std::size_t k = 0; k < layout.negative; ++k)
      h.negative_buckets.push_back(floats[3 + layout.positive + k].value);
    append(out, clock.time(), std::move(h));
  }
  return true;
}

// Buckets hold the difference to the bucket before them.
bool decode_integer_histograms(std::string_view data, std::size_t count, metrics::Column& out) {
  BitReader in(data);
  Layout layout;
  if (!layout.read(in)) return false;
  Times clock;
  Whole total, zero;
  XorFloat sum;
  std::vector<Whole> positive(layout.positive), negative(layout.negative);
  const auto spread = [](const std::vector<Whole>& from, std::vector<double>& to) {
    std::int64_t absolute = 0;
    for (const Whole& one : from) {
      absolute = Times::add(absolute, one.value);
      to.push_back(static_cast<double>(absolute));
    }
  };
  for (std::size_t i = 0; i < count; ++i) {
    if (!clock.read(in) || !total.read(in, i, true) || !zero.read(in, i, true) ||
        !(i == 0 ? in.real(sum.value) : sum.read(in)))
      return false;
    if (is_stale(sum.value)) {
      append(out, clock.time(), stale(sum.value));
      continue;
    }
    for (Whole& one : positive) {
      if (!one.read(in, i, false)) return false;
    }
    for (Whole& one : negative) {
      if (!one.read(in, i, false)) return false;
    }
    NativeHistogram h = layout.at(i);
    h.count = static_cast<double>(total.value);
    h.zero_count = static_cast<double>(zero.value);
    h.sum = sum.value;
    spread(positive, h.positive_buckets);
    spread(negative, h.negative_buckets);
    append(out, clock.time(), std::move(h));
  }
  return true;
}

}  // namespace aloft::telemetry::scrape
