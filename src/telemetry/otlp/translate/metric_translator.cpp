// Points to samples.
#include "telemetry/otlp/translate/metric_translator.h"

#include <algorithm>

#include "telemetry/core/durations.h"
#include "telemetry/otlp/translate/native.h"
#include "telemetry/otlp/translate/series_labels.h"

namespace aloft::telemetry::otlp {
namespace {

// OpenMetrics' limit for the labels of an exemplar, in characters.
constexpr std::size_t exemplar_characters = 128;
// A resource whose points are spread over more than this many intervals tells about itself in the last ones.
constexpr std::int64_t target_info_samples = 600;

NameKind kind_of(const Metric& metric) {
  if (std::holds_alternative<GaugeData>(metric.data)) return NameKind::gauge;
  const SumData* sum = std::get_if<SumData>(&metric.data);
  return sum != nullptr && sum->monotonic ? NameKind::counter : NameKind::other;
}

MetricType type_of(const Metric& metric) {
  if (const SumData* sum = std::get_if<SumData>(&metric.data))
    return sum->monotonic ? MetricType::counter : MetricType::gauge;
  if (std::holds_alternative<GaugeData>(metric.data)) return MetricType::gauge;
  if (std::holds_alternative<SummaryData>(metric.data)) return MetricType::summary;
  return std::holds_alternative<std::monostate>(metric.data) ? MetricType::unknown : MetricType::histogram;
}

bool number_of(const Number& number, double& out) {
  if (const double* real = std::get_if<double>(&number)) out = *real;
  if (const auto* whole = std::get_if<std::int64_t>(&number)) out = static_cast<double>(*whole);
  return !std::holds_alternative<std::monostate>(number);
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Labels exemplar_labels(const Exemplar& exemplar) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::size_t length = 0;
  const auto add = [&](std::string name, std::string value) {
    length += characters(name) + characters(value);
    pairs.emplace_back(std::move(name), std::move(value));
  };
  if (exemplar.trace_id != TraceId{}) add("trace_id", to_hex(exemplar.trace_id));
  if (exemplar.span_id != SpanId{}) add("span_id", to_hex(exemplar.span_id));
  const std::size_t identity = pairs.size();
  for (const auto& [key, value] : exemplar.attributes) {
    std::string name = label_name(key, NameStrategy::underscores);
    if (!name.empty()) add(std::move(name), value.to_text());
  }
  if (length > exemplar_characters) pairs.resize(identity);
  return Labels(pairs);
}

// The work on one request.
class Translation {
 public:
  Translation(const MetricSettings& settings, DeltaState& delta, WallTime now, Refusals& refusals)
      : settings_(settings),
        delta_(delta),
        now_(now),
        refusals_(refusals),
        arena_(batch_),
        labels_(settings, arena_) {}

  MetricBatch run(MetricsData& metrics) {
    for (ResourceMetrics& resource : metrics.resources) {
      labels_.resource(resource.resource);
      earliest_ = std::numeric_limits<Millis>::max();
      latest_ = std::numeric_limits<Millis>::min();
      for (ScopeMetrics& scope : resource.scopes) {
        labels_.scope(scope.scope, scope.schema_url);
        for (Metric& metric : scope.metrics) translate(metric);
      }
      if (earliest_ <= latest_) add_target_info();
    }
    return std::move(batch_);
  }

 private:
  void translate(Metric& metric) {
    name_ = metric_name(metric.name, metric.unit, kind_of(metric), settings_.strategy);
    title_ = &metric.name;
    std::visit([this](auto& data) { take(data); }, metric.data);
    if (name_.empty() || std::holds_alternative<std::monostate>(metric.data)) return;
    MetricMetadata metadata;
    metadata.family = name_;
    metadata.type = type_of(metric);
    metadata.help = metric.description;
    metadata.unit = unit_name(metric.unit);
    batch_.metadata.push_back(std::move(metadata));
  }

  void refuse(std::string_view why, std::uint64_t points = 1) {
    refusals_.add(points, fmt::format("metric \"{}\": {}", *title_, why));
  }

  void take(std::monostate) { refuse("it has no data of a known type"); }
  void take(GaugeData& data) {
    counts_ = false;
    for (NumberPoint& point : data.points) take(point, Temporality::cumulative);
  }
  void take(SummaryData& data) {
    counts_ = true;
    for (SummaryPoint& point : data.points) {
      if (begin(point)) take(point);
    }
  }
  void take(SumData& data) { take_all(data, data.monotonic); }
  void take(HistogramData& data) { take_all(data, true); }
  void take(ExponentialData& data) { take_all(data, true); }

  template <class Data>
  void take_all(Data& data, bool counts) {
    // Of deltas the sum begins when the first one comes, whatever each of them says.
    counts_ = counts && data.temporality == Temporality::cumulative;
    if (data.temporality == Temporality::unspecified) {
      refuse("its aggregation temporality is unspecified", data.points.size());
      return;
    }
    for (auto& point : data.points) take(point, data.temporality);
  }

  // What all points have in common. False when the point cannot be translated.
  template <class Point>
  bool begin(Point& point) {
    if (name_.empty()) {
      refuse("its name has no character that can stand in a name");
      return false;
    }
    if (point.time_ns == 0) point.time_ns = static_cast<std::uint64_t>(now_.since_epoch.count());
    time_ = static_cast<Millis>(point.time_ns / 1'000'000);
    gone_ = (point.flags & no_recorded_value) != 0;
    start_ = settings_.zero_at_start && counts_ ? static_cast<Millis>(point.start_ns / 1'000'000) : 0;
    labels_.point(point.attributes);
    return true;
  }
  // After the first sample of the point has been made.
  void note_time() {
    earliest_ = std::min(earliest_, time_);
    latest_ = std::max(latest_, time_);
  }
  bool cumulate(Result<> added) {
    if (!added) refuse(added.error().message());
    return added.has_value();
  }

  void count(std::string_view series, double value) {
    if (start_ > 0 && !gone_) batch_.starts.push_back({series, start_, time_, nullptr});
    sample(series, value);
  }
  void sample(std::string_view series, double value) {
    batch_.samples.push_back({series, time_, gone_ ? stale_nan() : value});
  }
  void add_exemplar(std::string_view series, const Exemplar& exemplar) {
    ExemplarRef ref;
    if (!number_of(exemplar.value, ref.value)) return;
    ref.series = series;
    ref.labels = exemplar_labels(exemplar);
    ref.time = static_cast<Millis>(exemplar.time_ns / 1'000'000);
    batch_.exemplars.push_back(std::move(ref));
  }

  void take(NumberPoint& point, Temporality temporality) {
    if (!begin(point)) return;
    double value = 0;
    if (!number_of(point.value, value) && !gone_) return refuse("a point has no value");
    const std::string_view series = labels_.series(name_);
    if (temporality == Temporality::delta && !gone_ &&
        !cumulate(delta_.accumulate(series, now_, value, point.time_ns)))
      return;
    note_time();
    count(series, value);
    for (const Exemplar& exemplar : point.exemplars) add_exemplar(series, exemplar);
  }

  void take(HistogramPoint& point, Temporality temporality) {
    if (!begin(point)) return;
    if (temporality == Temporality::delta && !gone_ &&
        !cumulate(delta_.accumulate(labels_.series(name_), now_, point)))
      return;
    if (settings_.native_histograms) return take_native(point);
    note_time();
    if (point.sum) count(labels_.series(name_ + "_sum"), *point.sum);
    count(labels_.series(name_ + "_count"), static_cast<double>(point.count));
    const std::string bucket = name_ + "_bucket";
    std::vector<std::pair<double, std::string_view>> bounds;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < point.bounds.size() && i < point.bucket_counts.size(); ++i) {
      total += point.bucket_counts[i];
      if (point.bounds[i] == std::numeric_limits<double>::infinity()) continue;
      const std::string_view series = labels_.series(bucket, "le", format_float(point.bounds[i]));
      count(series, static_cast<double>(total));
      bounds.emplace_back(point.bounds[i], series);
    }
    const std::string_view last = labels_.series(bucket, "le", "+Inf");
    count(last, static_cast<double>(point.count));
    for (const Exemplar& exemplar : point.exemplars) {
      double value = 0;
      if (!number_of(exemplar.value, value)) continue;
      const auto found =
          std::find_if(bounds.begin(), bounds.end(), [&](const auto& bound) { return value <= bound.first; });
      add_exemplar(found == bounds.end() ? last : found->second, exemplar);
    }
  }

  void take(ExponentialPoint& point, Temporality temporality) {
    if (!begin(point)) return;
    if (temporality == Temporality::delta && !gone_ &&
        !cumulate(delta_.accumulate(labels_.series(name_), now_, point)))
      return;
    take_native(point);
  }

  template <class Point>
  void take_native(const Point& point) {
    auto made = to_native(point);
    if (!made) return refuse(made.error().message());
    note_time();
    const std::string_view series = labels_.series(name_);
    const HistogramPtr histogram = std::make_shared<const NativeHistogram>(std::move(*made));
    if (start_ > 0 && !gone_) batch_.starts.push_back({series, start_, time_, histogram});
    batch_.histograms.push_back({series, time_, histogram});
    for (const Exemplar& exemplar : point.exemplars) add_exemplar(series, exemplar);
  }

  void take(SummaryPoint& point) {
    note_time();
    count(labels_.series(name_ + "_sum"), point.sum);
    count(labels_.series(name_ + "_count"), static_cast<double>(point.count));
    for (const QuantileValue& quantile : point.quantiles)
      sample(labels_.series(name_, "quantile", format_float(quantile.quantile)), quantile.value);
  }

  // Often enough that every instant between the first and the last point finds it.
  void add_target_info() {
    const std::string_view series = labels_.target_info();
    if (series.empty()) return;
    gone_ = false;
    const Millis step = std::max<Millis>(1, settings_.target_info_interval / 1ms);
    time_ = std::max(earliest_, latest_ - target_info_samples * step);
    for (; time_ < latest_; time_ += step) sample(series, 1);
    time_ = latest_;
    sample(series, 1);
  }

  const MetricSettings& settings_;
  DeltaState& delta_;
  WallTime now_;
  Refusals& refusals_;
  MetricBatch batch_;
  SeriesArena arena_;
  SeriesLabels labels_;
  std::string name_;
  const std::string* title_ = nullptr;
  Millis time_ = 0;
  Millis start_ = 0;     // 0: nobody wants to know
  bool counts_ = false;  // the samples of the metric count from a start
  bool gone_ = false;
  Millis earliest_ = 0;
  Millis latest_ = 0;
};

}  // namespace

MetricBatch MetricTranslator::translate(MetricsData metrics, WallTime now, Refusals& refusals) {
  Translation translation(settings_, delta_, now, refusals);
  return translation.run(metrics);
}

}  // namespace aloft::telemetry::otlp
