// Metrics and logs in OpenTelemetry's own model, as the protocol carries them, before they become series and
// streams. Spans need no such step: core/span_batch.h is that model. Source: opentelemetry-proto 1.x.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "telemetry/core/attributes.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::otlp {

// A point or exemplar carries a double or an integer; monostate when it carries neither.
using Number = std::variant<std::monostate, double, std::int64_t>;

enum class Temporality : std::uint8_t { unspecified, delta, cumulative };

// Flag of a point that says that nothing was recorded: the series ends here.
inline constexpr std::uint32_t no_recorded_value = 1;

struct Exemplar {
  std::uint64_t time_ns = 0;
  Number value;
  TraceId trace_id{};
  SpanId span_id{};
  Attributes attributes;
  bool operator==(const Exemplar&) const = default;
};

struct NumberPoint {
  Attributes attributes;
  std::uint64_t start_ns = 0;
  std::uint64_t time_ns = 0;
  Number value;
  std::vector<Exemplar> exemplars;
  std::uint32_t flags = 0;
  bool operator==(const NumberPoint&) const = default;
};

struct HistogramPoint {
  Attributes attributes;
  std::uint64_t start_ns = 0;
  std::uint64_t time_ns = 0;
  std::uint64_t count = 0;
  std::optional<double> sum;
  std::vector<std::uint64_t> bucket_counts;
  std::vector<double> bounds;  // one fewer than counts
  std::vector<Exemplar> exemplars;
  std::uint32_t flags = 0;
  std::optional<double> min;
  std::optional<double> max;
  bool operator==(const HistogramPoint&) const = default;
};

struct Buckets {
  std::int32_t offset = 0;
  std::vector<std::uint64_t> counts;
  bool operator==(const Buckets&) const = default;
};
struct ExponentialPoint {
  Attributes attributes;
  std::uint64_t start_ns = 0;
  std::uint64_t time_ns = 0;
  std::uint64_t count = 0;
  std::optional<double> sum;
  std::int32_t scale = 0;
  std::uint64_t zero_count = 0;
  Buckets positive;
  Buckets negative;
  std::uint32_t flags = 0;
  std::vector<Exemplar> exemplars;
  std::optional<double> min;
  std::optional<double> max;
  double zero_threshold = 0;
  bool operator==(const ExponentialPoint&) const = default;
};

struct QuantileValue {
  double quantile = 0;
  double value = 0;
  bool operator==(const QuantileValue&) const = default;
};
struct SummaryPoint {
  Attributes attributes;
  std::uint64_t start_ns = 0;
  std::uint64_t time_ns = 0;
  std::uint64_t count = 0;
  double sum = 0;
  std::vector<QuantileValue> quantiles;
  std::uint32_t flags = 0;
  bool operator==(const SummaryPoint&) const = default;
};

struct GaugeData {
  std::vector<NumberPoint> points;
  bool operator==(const GaugeData&) const = default;
};
struct SumData {
  std::vector<NumberPoint> points;
  Temporality temporality = Temporality::unspecified;
  bool monotonic = false;
  bool operator==(const SumData&) const = default;
};
struct HistogramData {
  std::vector<HistogramPoint> points;
  Temporality temporality = Temporality::unspecified;
  bool operator==(const HistogramData&) const = default;
};
struct ExponentialData {
  std::vector<ExponentialPoint> points;
  Temporality temporality = Temporality::unspecified;
  bool operator==(const ExponentialData&) const = default;
};
struct SummaryData {
  std::vector<SummaryPoint> points;
  bool operator==(const SummaryData&) const = default;
};

struct Metric {
  std::string name;
  std::string description;
  std::string unit;
  std::variant<std::monostate, GaugeData, SumData, HistogramData, ExponentialData, SummaryData> data;
  bool operator==(const Metric&) const = default;
};
struct ScopeMetrics {
  InstrumentationScope scope;
  std::vector<Metric> metrics;
  std::string schema_url;
  bool operator==(const ScopeMetrics&) const = default;
};
struct ResourceMetrics {
  Attributes resource;
  std::vector<ScopeMetrics> scopes;
  bool operator==(const ResourceMetrics&) const = default;
};
struct MetricsData {
  std::vector<ResourceMetrics> resources;
  bool operator==(const MetricsData&) const = default;
};

struct LogRecord {
  std::uint64_t time_ns = 0;
  std::uint64_t observed_ns = 0;
  std::int32_t severity_number = 0;
  std::string severity_text;
  AttributeValue body;
  Attributes attributes;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t flags = 0;
  TraceId trace_id{};
  SpanId span_id{};
  std::string event_name;
  bool operator==(const LogRecord&) const = default;
};
struct ScopeLogs {
  InstrumentationScope scope;
  std::vector<LogRecord> records;
  bool operator==(const ScopeLogs&) const = default;
};
struct ResourceLogs {
  Attributes resource;
  std::vector<ScopeLogs> scopes;
  bool operator==(const ResourceLogs&) const = default;
};
struct LogsData {
  std::vector<ResourceLogs> resources;
  bool operator==(const LogsData&) const = default;
};

}  // namespace aloft::telemetry::otlp
