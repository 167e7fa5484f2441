// The way back.
#include "telemetry/otlp/out/to_otlp.h"

#include <charconv>
#include <map>
#include <unordered_map>

namespace aloft::telemetry::otlp {
namespace {

Attribute text_attribute(std::string_view key, std::string_view value) {
  Attribute out;
  out.key = key;
  out.value.data = std::string(value);
  return out;
}

// Cumulative by the conventions of Prometheus' names.
bool name_counts(std::string_view name) {
  return name.ends_with("_total") || name.ends_with("_bucket") || name.ends_with("_count") ||
         name.ends_with("_sum");
}

Attributes resource_of(std::string_view job, std::string_view instance) {
  Attributes out;
  const std::size_t slash = job.find('/');
  if (slash != std::string_view::npos) {
    out.push_back(text_attribute("service.namespace", job.substr(0, slash)));
    job.remove_prefix(slash + 1);
  }
  if (!job.empty()) out.push_back(text_attribute("service.name", job));
  if (!instance.empty()) out.push_back(text_attribute("service.instance.id", instance));
  return out;
}

Attributes point_attributes(LabelsView labels) {
  Attributes out;
  for (const Label& label : labels) {
    if (label.name == metric_name_label || label.name == "job" || label.name == "instance") continue;
    out.push_back(text_attribute(label.name, label.value));
  }
  return out;
}

Buckets dense(const std::vector<NativeHistogram::Span>& spans, const std::vector<double>& counts) {
  Buckets out;
  std::int64_t index = 0;
  std::size_t at = 0;
  for (const NativeHistogram::Span& span : spans) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length && at < counts.size(); ++i, ++index, ++at) {
      // Native bucket i is (base^(i-1), base^i], which is number i-1 in OpenTelemetry.
      if (out.counts.empty()) out.offset = static_cast<std::int32_t>(index - 1);
      out.counts.resize(static_cast<std::size_t>(index - 1 - out.offset) + 1);
      out.counts.back() = static_cast<std::uint64_t>(counts[at]);
    }
  }
  return out;
}

// Puts points under resource and metric as they come.
class Gathering {
 public:
  explicit Gathering(const MetricBatch& batch) {
    for (const MetricMetadata& metadata : batch.metadata) types_[metadata.family] = &metadata;
  }
  Metric& metric(LabelsView labels, bool histogram) {
    const std::string_view job = labels.get("job");
    const std::string_view instance = labels.get("instance");
    const std::string_view name = labels.metric_name();
    const auto [place, fresh] =
        places_.try_emplace(fmt::format("{}\0{}", job, instance), Place{data_.resources.size(), {}});
    if (fresh) {
      ResourceMetrics& resource = data_.resources.emplace_back();
      resource.resource = resource_of(job, instance);
      resource.scopes.emplace_back().scope.name = "aloft";
    }
    std::vector<Metric>& metrics = data_.resources[place->second.resource].scopes[0].metrics;
    const auto [at, added] =
        place->second.metrics.try_emplace(fmt::format("{}{}", histogram ? 'h' : 'f', name), metrics.size());
    if (added) describe(metrics.emplace_back(), name, histogram);
    return metrics[at->second];
  }
  MetricsData take() { return std::move(data_); }

 private:
  struct Place {
    std::size_t resource;
    std::unordered_map<std::string, std::size_t> metrics;
  };
  void describe(Metric& metric, std::string_view name, bool histogram) {
    metric.name = name;
    const auto found = types_.find(std::string(name));
    const MetricMetadata* metadata = found == types_.end() ? nullptr : found->second;
    if (metadata != nullptr) {
      metric.description = metadata->help;
      metric.unit = metadata->unit;
    }
    if (histogram) {
      metric.data = ExponentialData{{}, Temporality::cumulative};
    } else if (metadata != nullptr ? metadata->type == MetricType::counter : name_counts(name)) {
      metric.data = SumData{{}, Temporality::cumulative, true};
    } else {
      metric.data = GaugeData();
    }
  }

  std::unordered_map<std::string, const MetricMetadata*> types_;
  std::map<std::string, Place> places_;
  MetricsData data_;
};

std::uint64_t nanoseconds(Millis time) { return static_cast<std::uint64_t>(time) * 1'000'000; }

void add_sample(Gathering& gathering, const SampleRef& sample) {
  const LabelsView labels(sample.labels);
  NumberPoint point;
  point.attributes = point_attributes(labels);
  point.time_ns = nanoseconds(sample.time);
  if (is_stale(sample.value)) {
    point.flags = no_recorded_value;
  } else {
    point.value = sample.value;
  }
  Metric& metric = gathering.metric(labels, false);
  if (SumData* sum = std::get_if<SumData>(&metric.data)) {
    sum->points.push_back(std::move(point));
  } else {
    std::get<GaugeData>(metric.data).points.push_back(std::move(point));
  }
}

void add_histogram(Gathering& gathering, const HistogramRef& sample) {
  // Custom bounds have no exponential form.
  if (sample.histogram == nullptr || sample.histogram->schema == NativeHistogram::custom_schema) return;
  const LabelsView labels(sample.labels);
  const NativeHistogram& histogram = *sample.histogram;
  ExponentialPoint point;
  point.attributes = point_attributes(labels);
  point.time_ns = nanoseconds(sample.time);
  if (is_stale(histogram.sum)) {
    point.flags = no_recorded_value;
  } else {
    point.count = static_cast<std::uint64_t>(histogram.count);
    point.sum = histogram.sum;
    point.scale = histogram.schema;
    point.zero_count = static_cast<std::uint64_t>(histogram.zero_count);
    point.zero_threshold = histogram.zero_threshold;
    point.positive = dense(histogram.positive_spans, histogram.positive_buckets);
    point.negative = dense(histogram.negative_spans, histogram.negative_buckets);
  }
  std::get<ExponentialData>(gathering.metric(labels, true).data).points.push_back(std::move(point));
}

// True when the field is a member of the record and not an attribute.
bool take_member(LogRecord& record, const std::string& name, const std::string& value) {
  if (name == "severity_text" || name == "detected_level" || name == "level") {
    if (record.severity_text.empty() || name == "severity_text") record.severity_text = value;
    return name == "severity_text";
  }
  if (name == "severity_number") {
    std::from_chars(value.data(), value.data() + value.size(), record.severity_number);
    return true;
  }
  if (name == "trace_id") {
    if (const auto id = parse_trace_id(value)) {
      record.trace_id = *id;
      return true;
    }
  }
  if (name == "span_id") {
    if (const auto id = parse_span_id(value)) {
      record.span_id = *id;
      return true;
    }
  }
  return false;
}

}  // namespace

MetricsData to_metrics_data(const MetricBatch& batch) {
  Gathering gathering(batch);
  for (const SampleRef& sample : batch.samples) add_sample(gathering, sample);
  for (const HistogramRef& sample : batch.histograms) add_histogram(gathering, sample);
  return gathering.take();
}

LogsData to_logs_data(const LogBatch& batch) {
  LogsData out;
  for (const LogStream& stream : batch.streams) {
    ResourceLogs& resource = out.resources.emplace_back();
    for (const Label& label : stream.labels) {
      const std::string_view key = label.name == "service_name" ? "service.name" : label.name;
      resource.resource.push_back(text_attribute(key, label.value));
    }
    std::vector<LogRecord>& records = resource.scopes.emplace_back().records;
    records.reserve(stream.entries.size());
    for (const LogEntry& entry : stream.entries) {
      LogRecord& record = records.emplace_back();
      record.time_ns = static_cast<std::uint64_t>(entry.time_ns);
      record.observed_ns = record.time_ns;
      record.body.data = entry.line;
      for (const auto& [name, value] : entry.fields) {
        if (!take_member(record, name, value)) record.attributes.push_back(text_attribute(name, value));
      }
    }
  }
  return out;
}

}  // namespace aloft::telemetry::otlp
