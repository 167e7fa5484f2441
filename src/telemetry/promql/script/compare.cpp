// Compares results with what a test script expects.
#include <algorithm>

#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/histogram/quantile.h"
#include "telemetry/promql/histogram/side.h"
#include "telemetry/promql/script/script.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql::script {
namespace {

constexpr double tolerance = 0.000001;

bool same_side(const Side& a, const Side& b) {
  const Side left = a.without_zeros();
  const Side right = b.without_zeros();
  return left.index == right.index &&
         std::equal(left.count.begin(), left.count.end(), right.count.begin(), right.count.end(),
                    [](double x, double y) { return almost_equal(x, y, tolerance); });
}

bool same(const SequenceValue& expected, const NativeHistogram& actual) {
  const NativeHistogram& h = *expected.histogram;
  if (h.schema != actual.schema || !almost_equal(h.count, actual.count, tolerance) ||
      !almost_equal(h.sum, actual.sum, tolerance) || h.zero_threshold != actual.zero_threshold ||
      !almost_equal(h.zero_count, actual.zero_count, tolerance))
    return false;
  if (uses_custom_buckets(h) && h.custom_bounds != actual.custom_bounds) return false;
  if (expected.reset_hint_given && h.reset_hint != actual.reset_hint) return false;
  return same_side(Side(h.positive_spans, h.positive_buckets),
                   Side(actual.positive_spans, actual.positive_buckets)) &&
         same_side(Side(h.negative_spans, h.negative_buckets),
                   Side(actual.negative_spans, actual.negative_buckets));
}

std::string text_of(double value, const HistogramPtr& histogram) {
  return histogram ? test_expression(*histogram) : format_g(value);
}

// Empty when they are the same.
std::string compare_sample(const SequenceValue& expected, double value, const HistogramPtr& histogram) {
  const bool fits = expected.histogram ? histogram && same(expected, *histogram)
                                       : !histogram && almost_equal(expected.value, value, tolerance);
  if (fits) return "";
  return fmt::format("expected {} but got {}", text_of(expected.value, expected.histogram),
                     text_of(value, histogram));
}

const SeriesDescription* find(const Eval& eval, const Labels& labels) {
  // The last of several descriptions of one series counts.
  const auto found = std::find_if(eval.series.rbegin(), eval.series.rend(),
                                  [&](const SeriesDescription& series) { return series.labels == labels; });
  return found == eval.series.rend() ? nullptr : &*found;
}

template <class T>
std::string missing(const Eval& eval, const std::vector<T>& results) {
  for (const SeriesDescription& series : eval.series) {
    const bool found =
        std::any_of(results.begin(), results.end(), [&](const T& r) { return r.labels == series.labels; });
    if (!found) return fmt::format("expected metric {} not found", series.labels.to_string());
  }
  return "";
}

std::string compare_vector(const Eval& eval, const std::vector<Sample>& vector) {
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const Sample& sample = vector[i];
    const std::string name = sample.labels.to_string();
    const SeriesDescription* expected = find(eval, sample.labels);
    if (expected == nullptr)
      return fmt::format("unexpected metric {} in result, has value {}", name,
                         text_of(sample.value, sample.histogram));
    if (eval.expects(Expected::ordered) && expected != &eval.series[std::min(i, eval.series.size() - 1)])
      return fmt::format("metric {} is at another position than expected: {}", name, i + 1);
    if (expected->values.empty()) return fmt::format("no value is expected for {}", name);
    const std::string why = compare_sample(expected->values[0], sample.value, sample.histogram);
    if (!why.empty()) return fmt::format("{} for {}", why, name);
  }
  return missing(eval, vector);
}

std::string compare_points(const Eval& eval, const SeriesDescription& expected, const Series& series) {
  std::size_t point = 0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const Millis time = eval.start + static_cast<Millis>(i) * eval.step;
    if (time > eval.end) return "more points are expected than the time range can have";
    if (expected.values[i].omitted) continue;
    if (point == series.points.size()) return fmt::format("no sample at {}", format_millis(time));
    const Point& actual = series.points[point++];
    if (actual.time != time)
      return fmt::format("a sample is expected at {}, there is one at {}", format_millis(time),
                         format_millis(actual.time));
    const std::string why = compare_sample(expected.values[i], actual.value, actual.histogram);
    if (!why.empty()) return fmt::format("{} at {}", why, format_millis(time));
  }
  if (point == series.points.size()) return "";
  return fmt::format("unexpected sample {} at {}",
                     text_of(series.points[point].value, series.points[point].histogram),
                     format_millis(series.points[point].time));
}

std::string compare_matrix(const Eval& eval, const std::vector<Series>& matrix) {
  if (eval.expects(Expected::ordered)) return "expected ordered result, but query returned a matrix";
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    const Series& series = matrix[i];
    const std::string name = series.labels.to_string();
    if (i > 0 && series.labels < matrix[i - 1].labels)
      return fmt::format("{} is not in the order of labels", name);
    const SeriesDescription* expected = find(eval, series.labels);
    if (expected == nullptr)
      return fmt::format("unexpected metric {} in result, first value {}", name,
                         text_of(series.points[0].value, series.points[0].histogram));
    const std::string why = compare_points(eval, *expected, series);
    if (!why.empty()) return fmt::format("{} for {}", why, name);
  }
  return missing(eval, matrix);
}

}  // namespace

std::string compare(const Eval& eval, const Value& value) {
  switch (value.type) {
    case ValueType::scalar:
      if (!eval.scalar)
        return fmt::format("expected vector or matrix result, but got scalar {}", format_g(value.scalar));
      if (almost_equal(*eval.scalar, value.scalar, tolerance)) return "";
      return fmt::format("expected scalar {} but got {}", format_g(*eval.scalar), format_g(value.scalar));
    case ValueType::string:
      if (eval.string && *eval.string == value.string) return "";
      return fmt::format("expected string {} but got {}", quote(eval.string.value_or("")),
                         quote(value.string));
    case ValueType::vector:
      if (eval.scalar) return "expected scalar result, but got a vector";
      return compare_vector(eval, value.vector);
    default:
      if (eval.scalar) return "expected scalar result, but got a matrix";
      return compare_matrix(eval, value.matrix);
  }
}

}  // namespace aloft::telemetry::promql::script
