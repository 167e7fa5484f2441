// Values of queries as JSON.
#include "telemetry/promql/api/result_json.h"

#include <array>
#include <charconv>
#include <cmath>

#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/promql/histogram/buckets.h"

namespace aloft::telemetry::promql::api {
namespace {

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), end.ptr);
}

void append_quoted(std::string& out, double value) {
  out += '"';
  append_number(out, value);
  out += '"';
}

int boundaries(const HistogramBucket& bucket) {
  if (bucket.lower_inclusive) return bucket.upper_inclusive ? 3 : 1;
  return bucket.upper_inclusive ? 0 : 2;
}

void append_histogram(std::string& out, const NativeHistogram& h) {
  out += R"({"count":)";
  append_quoted(out, h.count);
  out += R"(,"sum":)";
  append_quoted(out, h.sum);
  bool first = true;
  for (const HistogramBucket& bucket : all_buckets(h)) {
    if (bucket.count == 0) continue;
    out += first ? R"(,"buckets":[[)" : ",[";
    first = false;
    append_integer(out, boundaries(bucket));
    for (const double part : {bucket.lower, bucket.upper, bucket.count}) {
      out += ',';
      append_quoted(out, part);
    }
    out += ']';
  }
  if (!first) out += ']';
  out += '}';
}

// Times as text; the series of an answer mostly share them.
class TimeTexts {
 public:
  void begin_series() { at_ = 0; }
  void append(std::string& out, Millis time) {
    while (at_ < times_.size() && times_[at_].first < time) ++at_;
    if (at_ < times_.size() && times_[at_].first == time) {
      out += times_[at_++].second;
      return;
    }
    const std::size_t begin = out.size();
    append_time(out, time);
    if (at_ == times_.size()) {
      times_.emplace_back(time, out.substr(begin));
      ++at_;
    }
  }

 private:
  std::vector<std::pair<Millis, std::string>> times_;
  std::size_t at_ = 0;
};

void append_points(std::string& out, const Series& series, bool histograms, TimeTexts& times) {
  times.begin_series();
  bool first = true;
  for (const Point& point : series.points) {
    if ((point.histogram != nullptr) != histograms) continue;
    out += first ? "[" : ",[";
    first = false;
    times.append(out, point.time);
    out += ',';
    if (histograms)
      append_histogram(out, *point.histogram);
    else
      append_quoted(out, point.value);
    out += ']';
  }
}

void append_matrix(std::string& out, const std::vector<Series>& matrix) {
  TimeTexts times;
  out += '[';
  bool first = true;
  for (const Series& series : matrix) {
    out += first ? R"({"metric":)" : R"(,{"metric":)";
    first = false;
    series.labels.view().append_json(out);
    bool floats = false;
    bool histograms = false;
    for (const Point& point : series.points) (point.histogram ? histograms : floats) = true;
    if (floats) {
      out += R"(,"values":[)";
      append_points(out, series, false, times);
      out += ']';
    }
    if (histograms) {
      out += R"(,"histograms":[)";
      append_points(out, series, true, times);
      out += ']';
    }
    out += '}';
  }
  out += ']';
}

void append_vector(std::string& out, const std::vector<Sample>& vector) {
  out += '[';
  bool first = true;
  for (const Sample& sample : vector) {
    out += first ? R"({"metric":)" : R"(,{"metric":)";
    first = false;
    sample.labels.view().append_json(out);
    out += sample.histogram ? R"(,"histogram":[)" : R"(,"value":[)";
    append_time(out, sample.time);
    out += ',';
    if (sample.histogram)
      append_histogram(out, *sample.histogram);
    else
      append_quoted(out, sample.value);
    out += "]}";
  }
  out += ']';
}

}  // namespace

void append_time(std::string& out, Millis time) {
  if (time < 0) {
    out += '-';
    time = -time;
  }
  append_integer(out, time / 1000);
  const Millis rest = time % 1000;
  if (rest == 0) return;
  out += '.';
  out += static_cast<char>('0' + rest / 100);
  out += static_cast<char>('0' + rest / 10 % 10);
  out += static_cast<char>('0' + rest % 10);
}

void append_number(std::string& out, double value) {
  // Most samples are whole numbers, which are cheaper to print.
  if (std::abs(value) < 1e15) {
    const auto whole = static_cast<std::int64_t>(value);
    if (static_cast<double>(whole) == value && (whole != 0 || !std::signbit(value)))
      return append_integer(out, whole);
  }
  const double size = std::abs(value);
  if (size != 0 && std::isfinite(value) && (size < 1e-6 || size >= 1e21)) {
    std::array<char, 40> buffer;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
    out.append(buffer.data(), end.ptr);
    return;
  }
  append_float(out, value);
}

void append_result(std::string& out, const Value& value) {
  switch (value.type) {
    case ValueType::vector:
      return append_vector(out, value.vector);
    case ValueType::matrix:
      return append_matrix(out, value.matrix);
    case ValueType::scalar:
      // Never with an exponent, other than samples.
      out += '[';
      append_time(out, value.time);
      out += ",\"";
      append_float(out, value.scalar);
      out += "\"]";
      return;
    case ValueType::string: {
      out += '[';
      append_time(out, value.time);
      out += ',';
      JsonWriter json(out);
      json.string(value.string);
      out += ']';
      return;
    }
    case ValueType::none:
      out += "null";
  }
}

}  // namespace aloft::telemetry::promql::api
