// One side of a native histogram as index and count.
#include "telemetry/promql/histogram/side.h"

#include "telemetry/promql/eval/kahan.h"

namespace aloft::telemetry::promql {

Side::Side(const std::vector<NativeHistogram::Span>& spans, const std::vector<double>& buckets) {
  index.reserve(buckets.size());
  std::int32_t at = 0;
  for (const NativeHistogram::Span& span : spans) {
    at += span.offset;
    for (std::uint32_t i = 0; i < span.length && index.size() < buckets.size(); ++i) index.push_back(at++);
  }
  count.assign(buckets.begin(), buckets.begin() + static_cast<std::ptrdiff_t>(index.size()));
}

Side::Side(const std::vector<NativeHistogram::Span>& spans, const std::vector<double>& buckets,
           const std::vector<double>& errors)
    : Side(spans, buckets) {
  error = errors;
  error.resize(count.size(), 0);
}

Side Side::without_zeros() const {
  Side out;
  for (std::size_t i = 0; i < size(); ++i) {
    if (count[i] == 0 && (error.empty() || error[i] == 0)) continue;
    out.push(index[i], count[i]);
    if (!error.empty()) out.error.push_back(error[i]);
  }
  return out;
}

Side Side::reduced(std::int32_t from_schema, std::int32_t to_schema) const {
  Side out;
  for (std::size_t i = 0; i < size(); ++i) {
    const std::int32_t at = ((index[i] - 1) >> (from_schema - to_schema)) + 1;
    if (out.size() == 0 || out.index.back() != at) {
      out.push(at, count[i]);
      if (!error.empty()) out.error.push_back(error[i]);
    } else if (error.empty()) {
      out.count.back() += count[i];
    } else {
      KahanSum sum{out.count.back(), out.error.back()};
      sum.add(count[i]);
      sum.add(error[i]);
      out.count.back() = sum.sum;
      out.error.back() = sum.error;
    }
  }
  return out;
}

void Side::store(std::vector<NativeHistogram::Span>& spans, std::vector<double>& buckets) const {
  spans.clear();
  std::int32_t next = 0;
  for (const std::int32_t at : index) {
    if (spans.empty() || at != next) spans.push_back({at - next, 0});
    ++spans.back().length;
    next = at + 1;
  }
  buckets = count;
}

}  // namespace aloft::telemetry::promql
