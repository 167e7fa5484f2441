// Dense buckets to spans, and arithmetic on dense buckets.
#include "telemetry/otlp/translate/native.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::otlp {
namespace {

constexpr std::int32_t finest_schema = 8;
constexpr std::int32_t coarsest_schema = -4;
// Where OpenTelemetry's message names no width of the zero bucket.
constexpr double default_zero_threshold = 1e-128;
// Up to so many empty buckets are cheaper kept than a new span.
constexpr std::int64_t gap_limit = 2;

struct Sparse {
  std::vector<NativeHistogram::Span> spans;
  std::vector<double> counts;
};

// `first` is the index of counts[0] in the native numbering.
Sparse make_sparse(const std::vector<std::uint64_t>& counts, std::int64_t first) {
  Sparse out;
  std::int64_t next = 0;  // the index behind what is covered
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const std::int64_t index = first + static_cast<std::int64_t>(i);
    const std::int64_t gap = index - next;
    if (out.spans.empty() || gap > gap_limit) {
      out.spans.push_back({static_cast<std::int32_t>(gap), 0});
    } else {
      out.counts.resize(out.counts.size() + static_cast<std::size_t>(gap));
      out.spans.back().length += static_cast<std::uint32_t>(gap);
    }
    out.counts.push_back(static_cast<double>(counts[i]));
    out.spans.back().length += 1;
    next = index + 1;
  }
  return out;
}

void set_totals(NativeHistogram& out, std::uint64_t count, const std::optional<double>& sum,
                std::uint32_t flags) {
  if ((flags & no_recorded_value) != 0) {
    out.sum = stale_nan();
    out.count = stale_nan();
    return;
  }
  out.sum = sum.value_or(0);
  out.count = static_cast<double>(count);
}

// The lowest and the highest index of a bucket with content, as one native bucket has it.
bool fits(const Buckets& buckets) {
  const std::int64_t last = std::int64_t{buckets.offset} + static_cast<std::int64_t>(buckets.counts.size());
  return buckets.counts.size() <= native_bucket_limit && last < std::numeric_limits<std::int32_t>::max() - 1;
}

}  // namespace

void downscale(Buckets& buckets, std::int32_t from_scale, std::int32_t to_scale) {
  if (to_scale >= from_scale || buckets.counts.empty()) return;
  const std::int64_t steps = std::int64_t{from_scale} - to_scale;
  const int shift = static_cast<int>(std::min<std::int64_t>(steps, 40));
  const std::int64_t first = std::int64_t{buckets.offset} >> shift;
  const std::int64_t last =
      (std::int64_t{buckets.offset} + static_cast<std::int64_t>(buckets.counts.size()) - 1) >> shift;
  std::vector<std::uint64_t> merged(static_cast<std::size_t>(last - first + 1));
  for (std::size_t i = 0; i < buckets.counts.size(); ++i) {
    const std::int64_t index = (std::int64_t{buckets.offset} + static_cast<std::int64_t>(i)) >> shift;
    merged[static_cast<std::size_t>(index - first)] += buckets.counts[i];
  }
  buckets.offset = static_cast<std::int32_t>(first);
  buckets.counts = std::move(merged);
}

void add_buckets(Buckets& total, const Buckets& part) {
  if (part.counts.empty()) return;
  if (total.counts.empty()) {
    total = part;
    return;
  }
  const std::int64_t first = std::min<std::int64_t>(total.offset, part.offset);
  const std::int64_t end =
      std::max(std::int64_t{total.offset} + static_cast<std::int64_t>(total.counts.size()),
               std::int64_t{part.offset} + static_cast<std::int64_t>(part.counts.size()));
  // Two series of buckets that lie too far apart to be held densely: the newer one counts.
  if (end - first > static_cast<std::int64_t>(native_bucket_limit)) {
    total = part;
    return;
  }
  std::vector<std::uint64_t> sum(static_cast<std::size_t>(end - first));
  for (const Buckets* buckets : {static_cast<const Buckets*>(&total), &part}) {
    for (std::size_t i = 0; i < buckets->counts.size(); ++i)
      sum[static_cast<std::size_t>(buckets->offset - first) + i] += buckets->counts[i];
  }
  total.offset = static_cast<std::int32_t>(first);
  total.counts = std::move(sum);
}

Result<NativeHistogram> to_native(const ExponentialPoint& point) {
  if (point.scale < coarsest_schema)
    return fail(Code::invalid, fmt::format("scale {} is coarser than {}", point.scale, coarsest_schema));
  if (!fits(point.positive) || !fits(point.negative))
    return fail(Code::invalid, "an exponential histogram has more buckets than can be kept");
  NativeHistogram out;
  out.schema = std::min(point.scale, finest_schema);
  Buckets positive = point.positive;
  Buckets negative = point.negative;
  downscale(positive, point.scale, out.schema);
  downscale(negative, point.scale, out.schema);
  // Bucket i here is (base^i, base^(i+1)]; there it is (base^(i-1), base^i].
  Sparse above = make_sparse(positive.counts, std::int64_t{positive.offset} + 1);
  Sparse below = make_sparse(negative.counts, std::int64_t{negative.offset} + 1);
  out.positive_spans = std::move(above.spans);
  out.positive_buckets = std::move(above.counts);
  out.negative_spans = std::move(below.spans);
  out.negative_buckets = std::move(below.counts);
  out.zero_threshold = point.zero_threshold > 0 ? point.zero_threshold : default_zero_threshold;
  out.zero_count = static_cast<double>(point.zero_count);
  set_totals(out, point.count, point.sum, point.flags);
  return out;
}

Result<NativeHistogram> to_native(const HistogramPoint& point) {
  NativeHistogram out;
  out.schema = NativeHistogram::custom_schema;
  out.custom_bounds = point.bounds;
  while (!out.custom_bounds.empty() && out.custom_bounds.back() == std::numeric_limits<double>::infinity())
    out.custom_bounds.pop_back();
  for (std::size_t i = 0; i < out.custom_bounds.size(); ++i) {
    const bool rises = i == 0 || out.custom_bounds[i] > out.custom_bounds[i - 1];
    if (!std::isfinite(out.custom_bounds[i]) || !rises)
      return fail(Code::invalid, "the explicit bounds of a histogram do not rise");
  }
  if (!point.bucket_counts.empty() && point.bucket_counts.size() > point.bounds.size() + 1)
    return fail(Code::invalid, fmt::format("a histogram has {} buckets for {} bounds",
                                           point.bucket_counts.size(), point.bounds.size()));
  std::vector<std::uint64_t> counts = point.bucket_counts;
  // What stood above an explicit +Inf joins the bucket that is +Inf anyway.
  while (counts.size() > out.custom_bounds.size() + 1) {
    counts[counts.size() - 2] += counts.back();
    counts.pop_back();
  }
  Sparse sparse = make_sparse(counts, 0);
  out.positive_spans = std::move(sparse.spans);
  out.positive_buckets = std::move(sparse.counts);
  set_totals(out, point.count, point.sum, point.flags);
  return out;
}

}  // namespace aloft::telemetry::otlp
