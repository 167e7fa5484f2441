// Sums and differences of native histograms.
#include "telemetry/promql/histogram/arithmetic.h"

#include <algorithm>
#include <cmath>

#include "telemetry/promql/eval/kahan.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/histogram/side.h"
#include "telemetry/promql/histogram/zero_bucket.h"

namespace aloft::telemetry::promql {
namespace {

using ResetHint = NativeHistogram::ResetHint;

// True for a collision.
bool adjust_reset_hint(NativeHistogram& h, const NativeHistogram& other) {
  if (h.reset_hint == other.reset_hint || h.reset_hint == ResetHint::gauge) return false;
  if (other.reset_hint == ResetHint::gauge) {
    h.reset_hint = ResetHint::gauge;
    return false;
  }
  const bool collision = h.reset_hint != ResetHint::unknown && other.reset_hint != ResetHint::unknown;
  h.reset_hint = ResetHint::unknown;
  return collision;
}

// Adds `b` (times `sign`) to `a`. Buckets of `b` up to the zero threshold are in its zero count already.
Side merge(const NativeHistogram& h, const Side& a, const Side& b, double sign) {
  Side out;
  const bool carry = !a.error.empty() || !b.error.empty();
  std::size_t i = 0;
  std::size_t j = 0;
  if (!uses_custom_buckets(h))
    while (j < b.size() && exponential_bound(b.index[j], h.schema) <= h.zero_threshold) ++j;
  const auto error_of = [](const Side& side, std::size_t at) {
    return side.error.empty() ? 0 : side.error[at];
  };
  while (i < a.size() || j < b.size()) {
    const bool from_a = j == b.size() || (i < a.size() && a.index[i] <= b.index[j]);
    const bool from_b = i == a.size() || (j < b.size() && b.index[j] <= a.index[i]);
    KahanSum sum;
    if (from_a) sum = {a.count[i], error_of(a, i)};
    if (from_a && from_b) {
      sum.add(sign * b.count[j]);
      if (const double error = sign * error_of(b, j); error != 0) sum.add(error);
    } else if (from_b) {
      sum = {sign * b.count[j], sign * error_of(b, j)};
    }
    out.push(from_a ? a.index[i] : b.index[j], sum.sum);
    if (carry) out.error.push_back(sum.error);
    i += from_a;
    j += from_b;
  }
  return out;
}

std::vector<double> common_bounds(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

// Adds the buckets of a side to those between other bounds.
void map_to_bounds(const Side& side, const std::vector<double>& from, const std::vector<double>& to,
                   double sign, std::vector<KahanSum>& sums) {
  std::size_t target = 0;
  for (std::size_t i = 0; i < side.size(); ++i) {
    const auto at = static_cast<std::size_t>(side.index[i]);
    std::size_t found = to.size();
    if (at < from.size()) {
      while (target < to.size() && to[target] < from[at]) ++target;
      found = target;
    }
    sums[found].add(sign * side.count[i]);
    if (!side.error.empty()) sums[found].add(side.error[i]);
  }
}

Side merge_between_bounds(const Side& a, const std::vector<double>& a_bounds, const Side& b,
                          const std::vector<double>& b_bounds, const std::vector<double>& bounds,
                          double sign) {
  std::vector<KahanSum> sums(bounds.size() + 1);
  map_to_bounds(a, a_bounds, bounds, 1, sums);
  map_to_bounds(b, b_bounds, bounds, sign, sums);
  Side out;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].sum == 0 && sums[i].error == 0) continue;
    out.push(static_cast<std::int32_t>(i), sums[i].sum);
    out.error.push_back(sums[i].error);
  }
  return out;
}

// The same buckets on both sides, none of them inside the zero bucket: the usual case.
bool same_layout(const NativeHistogram& a, const NativeHistogram& b) {
  if (a.schema != b.schema || a.zero_threshold != b.zero_threshold || a.positive_spans != b.positive_spans ||
      a.negative_spans != b.negative_spans || a.custom_bounds != b.custom_bounds ||
      a.positive_buckets.size() != b.positive_buckets.size() ||
      a.negative_buckets.size() != b.negative_buckets.size())
    return false;
  if (uses_custom_buckets(a)) return true;
  const auto outside_zero = [&](const std::vector<NativeHistogram::Span>& spans) {
    return spans.empty() || exponential_bound(spans[0].offset, a.schema) > a.zero_threshold;
  };
  return outside_zero(a.positive_spans) && outside_zero(a.negative_spans);
}

void combine_exponential(NativeHistogram& h, const NativeHistogram& other, double sign,
                         NativeHistogram* errors) {
  const std::int32_t schema = std::min(h.schema, other.schema);
  const auto side_of = [&](const NativeHistogram& from, bool positive,
                           const std::vector<double>* with_errors) {
    const auto& spans = positive ? from.positive_spans : from.negative_spans;
    const auto& buckets = positive ? from.positive_buckets : from.negative_buckets;
    Side side = with_errors == nullptr ? Side(spans, buckets) : Side(spans, buckets, *with_errors);
    // What the zero bucket took is not to count again in a coarser bucket that reaches out of it.
    for (std::size_t i = 0; from.zero_threshold < h.zero_threshold && i < side.size() &&
                            exponential_bound(side.index[i], from.schema) <= h.zero_threshold;
         ++i)
      side.count[i] = 0;
    return from.schema == schema ? side : side.reduced(from.schema, schema);
  };
  // Reducing rounds too, so it starts with no errors rather than without.
  const std::vector<double> no_error;
  for (const bool positive : {true, false}) {
    const std::vector<double>* my_errors = nullptr;
    if (errors != nullptr) my_errors = positive ? &errors->positive_buckets : &errors->negative_buckets;
    const Side mine = side_of(h, positive, my_errors);
    const Side theirs =
        side_of(other, positive, errors != nullptr && other.schema != schema ? &no_error : nullptr);
    NativeHistogram layout;
    layout.schema = schema;
    layout.zero_threshold = h.zero_threshold;
    Side both = merge(layout, mine, theirs, sign);
    both.store(positive ? h.positive_spans : h.negative_spans,
               positive ? h.positive_buckets : h.negative_buckets);
    if (errors != nullptr) {
      both.error.resize(both.size(), 0);
      (positive ? errors->positive_spans : errors->negative_spans) =
          positive ? h.positive_spans : h.negative_spans;
      (positive ? errors->positive_buckets : errors->negative_buckets) = std::move(both.error);
    }
  }
  h.schema = schema;
}

// True when the bounds differed.
bool combine_custom(NativeHistogram& h, const NativeHistogram& other, double sign, NativeHistogram* errors) {
  const Side mine = errors != nullptr ? Side(h.positive_spans, h.positive_buckets, errors->positive_buckets)
                                      : Side(h.positive_spans, h.positive_buckets);
  const Side theirs(other.positive_spans, other.positive_buckets);
  const bool differ = h.custom_bounds != other.custom_bounds;
  Side both;
  if (differ) {
    std::vector<double> bounds = common_bounds(h.custom_bounds, other.custom_bounds);
    both = merge_between_bounds(mine, h.custom_bounds, theirs, other.custom_bounds, bounds, sign);
    h.custom_bounds = std::move(bounds);
  } else {
    both = merge(h, mine, theirs, sign);
  }
  both.store(h.positive_spans, h.positive_buckets);
  if (errors != nullptr) {
    both.error.resize(both.size(), 0);
    errors->custom_bounds = h.custom_bounds;
    errors->positive_spans = h.positive_spans;
    errors->positive_buckets = std::move(both.error);
  }
  return differ;
}

HistogramOutcome combine(NativeHistogram& h, const NativeHistogram& other, double sign) {
  HistogramOutcome outcome;
  if (uses_custom_buckets(h) != uses_custom_buckets(other)) {
    outcome.incompatible = true;
    return outcome;
  }
  outcome.reset_collision = adjust_reset_hint(h, other);
  const bool same = same_layout(h, other);
  if (!uses_custom_buckets(h))
    h.zero_count += sign * (same ? other.zero_count : reconcile_zero_buckets(h, other, nullptr));
  h.count += sign * other.count;
  h.sum += sign * other.sum;
  if (same) {
    for (std::size_t i = 0; i < h.positive_buckets.size(); ++i)
      h.positive_buckets[i] += sign * other.positive_buckets[i];
    for (std::size_t i = 0; i < h.negative_buckets.size(); ++i)
      h.negative_buckets[i] += sign * other.negative_buckets[i];
  } else if (uses_custom_buckets(h)) {
    outcome.bounds_reconciled = combine_custom(h, other, sign, nullptr);
  } else {
    combine_exponential(h, other, sign, nullptr);
  }
  return outcome;
}

NativeHistogram no_errors(const NativeHistogram& h) {
  NativeHistogram errors = h;
  errors.count = errors.sum = errors.zero_count = 0;
  std::fill(errors.positive_buckets.begin(), errors.positive_buckets.end(), 0);
  std::fill(errors.negative_buckets.begin(), errors.negative_buckets.end(), 0);
  return errors;
}

void carry(double& sum, double& error, double value) {
  KahanSum kahan{sum, error};
  kahan.add(value);
  sum = kahan.sum;
  error = kahan.error;
}

void carry_all(std::vector<double>& sums, std::vector<double>& errors, const std::vector<double>& values) {
  for (std::size_t i = 0; i < sums.size(); ++i) carry(sums[i], errors[i], values[i]);
}

}  // namespace

HistogramOutcome add(NativeHistogram& into, const NativeHistogram& other) { return combine(into, other, 1); }
HistogramOutcome subtract(NativeHistogram& from, const NativeHistogram& other) {
  return combine(from, other, -1);
}

HistogramOutcome kahan_add(NativeHistogram& into, const NativeHistogram& other,
                           std::optional<NativeHistogram>& errors) {
  HistogramOutcome outcome;
  if (uses_custom_buckets(into) != uses_custom_buckets(other)) {
    outcome.incompatible = true;
    return outcome;
  }
  outcome.reset_collision = adjust_reset_hint(into, other);
  if (!errors) errors = no_errors(into);
  const bool same = same_layout(into, other);
  if (!uses_custom_buckets(into)) {
    const double zero = same ? other.zero_count : reconcile_zero_buckets(into, other, &*errors);
    carry(into.zero_count, errors->zero_count, zero);
  }
  carry(into.count, errors->count, other.count);
  carry(into.sum, errors->sum, other.sum);
  if (same) {
    carry_all(into.positive_buckets, errors->positive_buckets, other.positive_buckets);
    carry_all(into.negative_buckets, errors->negative_buckets, other.negative_buckets);
  } else if (uses_custom_buckets(into)) {
    outcome.bounds_reconciled = combine_custom(into, other, 1, &*errors);
  } else {
    combine_exponential(into, other, 1, &*errors);
  }
  errors->schema = into.schema;
  errors->zero_threshold = into.zero_threshold;
  return outcome;
}

void multiply(NativeHistogram& h, double factor) {
  h.zero_count *= factor;
  h.count *= factor;
  h.sum *= factor;
  for (double& bucket : h.positive_buckets) bucket *= factor;
  for (double& bucket : h.negative_buckets) bucket *= factor;
  if (factor < 0) h.reset_hint = ResetHint::gauge;
}

void divide(NativeHistogram& h, double divisor) {
  h.zero_count /= divisor;
  h.count /= divisor;
  h.sum /= divisor;
  if (divisor == 0) {
    h.positive_buckets.clear();
    h.negative_buckets.clear();
    h.positive_spans.clear();
    h.negative_spans.clear();
    return;
  }
  for (double& bucket : h.positive_buckets) bucket /= divisor;
  for (double& bucket : h.negative_buckets) bucket /= divisor;
  if (divisor < 0) h.reset_hint = ResetHint::gauge;
}

void compact(NativeHistogram& h) {
  const auto has_zero = [](const std::vector<double>& buckets) {
    return std::find(buckets.begin(), buckets.end(), 0.0) != buckets.end();
  };
  if (has_zero(h.positive_buckets))
    Side(h.positive_spans, h.positive_buckets).without_zeros().store(h.positive_spans, h.positive_buckets);
  if (has_zero(h.negative_buckets))
    Side(h.negative_spans, h.negative_buckets).without_zeros().store(h.negative_spans, h.negative_buckets);
}

void reduce_resolution(NativeHistogram& h, std::int32_t schema) {
  if (schema >= h.schema || uses_custom_buckets(h)) return;
  Side(h.positive_spans, h.positive_buckets)
      .reduced(h.schema, schema)
      .store(h.positive_spans, h.positive_buckets);
  Side(h.negative_spans, h.negative_buckets)
      .reduced(h.schema, schema)
      .store(h.negative_spans, h.negative_buckets);
  h.schema = schema;
}

bool has_overflow(const NativeHistogram& h) {
  const auto infinite = [](double value) { return std::isinf(value); };
  return std::isinf(h.zero_count) || std::isinf(h.count) || std::isinf(h.sum) ||
         std::any_of(h.positive_buckets.begin(), h.positive_buckets.end(), infinite) ||
         std::any_of(h.negative_buckets.begin(), h.negative_buckets.end(), infinite);
}

}  // namespace aloft::telemetry::promql
