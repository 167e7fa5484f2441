// Every message of OTLP, field by field, once: protobuf number, JSON name, member. The four archives
// (protobuf and JSON, reading and writing) walk these descriptions. For this module's sources only.
#pragma once

#include <concepts>
#include <type_traits>

#include "telemetry/otlp/codec/messages.h"

namespace aloft::telemetry::otlp {

// An archive that reads gets a T, one that writes a const T.
template <class T, class U>
concept Like = std::same_as<std::remove_const_t<T>, U>;
template <class From, class To>
using ConstAs = std::conditional_t<std::is_const_v<From>, const To, To>;

// Messages that have no structure of their own here.
template <class B>
struct ResourceFields {
  B& attributes;
};
template <class S>
struct StatusFields {
  S& span;
};

inline constexpr std::string_view span_kinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                                  "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                                  "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
inline constexpr std::string_view status_codes[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK",
                                                    "STATUS_CODE_ERROR"};
inline constexpr std::string_view temporalities[] = {"AGGREGATION_TEMPORALITY_UNSPECIFIED",
                                                     "AGGREGATION_TEMPORALITY_DELTA",
                                                     "AGGREGATION_TEMPORALITY_CUMULATIVE"};
inline constexpr std::string_view severities[] = {
    "SEVERITY_NUMBER_UNSPECIFIED", "SEVERITY_NUMBER_TRACE",  "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3",      "SEVERITY_NUMBER_TRACE4", "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2",      "SEVERITY_NUMBER_DEBUG3", "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO",        "SEVERITY_NUMBER_INFO2",  "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4",       "SEVERITY_NUMBER_WARN",   "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3",       "SEVERITY_NUMBER_WARN4",  "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2",      "SEVERITY_NUMBER_ERROR3", "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL",       "SEVERITY_NUMBER_FATAL2", "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4"};

template <class A, class B>
void fields(A& a, ResourceFields<B>& m) {
  a.attributes(1, "attributes", m.attributes);
}
template <class A, Like<InstrumentationScope> M>
void fields(A& a, M& m) {
  a.text(1, "name", m.name);
  a.text(2, "version", m.version);
  a.attributes(3, "attributes", m.attributes);
}

template <class A, Like<SpanEvent> M>
void fields(A& a, M& m) {
  a.fixed64(1, "timeUnixNano", m.time_ns);
  a.text(2, "name", m.name);
  a.attributes(3, "attributes", m.attributes);
}
template <class A, Like<SpanLink> M>
void fields(A& a, M& m) {
  a.id(1, "traceId", m.trace_id);
  a.id(2, "spanId", m.span_id);
  a.text(3, "traceState", m.trace_state);
  a.attributes(4, "attributes", m.attributes);
}
template <class A, class S>
void fields(A& a, StatusFields<S>& m) {
  a.text(2, "message", m.span.status_message);
  a.enumeration(3, "code", m.span.status, status_codes);
}
template <class A, Like<Span> M>
void fields(A& a, M& m) {
  a.id(1, "traceId", m.trace_id);
  a.id(2, "spanId", m.span_id);
  a.text(3, "traceState", m.trace_state);
  a.id(4, "parentSpanId", m.parent_id);
  a.fixed32(16, "flags", m.flags);
  a.text(5, "name", m.name);
  a.enumeration(6, "kind", m.kind, span_kinds);
  a.fixed64(7, "startTimeUnixNano", m.start_ns);
  a.fixed64(8, "endTimeUnixNano", m.end_ns);
  a.attributes(9, "attributes", m.attributes);
  a.uint32(10, "droppedAttributesCount", m.dropped_attributes);
  a.repeated(11, "events", m.events);
  a.uint32(12, "droppedEventsCount", m.dropped_events);
  a.repeated(13, "links", m.links);
  a.uint32(14, "droppedLinksCount", m.dropped_links);
  StatusFields<M> status{m};
  a.message(15, "status", status);
}
template <class A, Like<ScopeSpans> M>
void fields(A& a, M& m) {
  a.message(1, "scope", m.scope);
  a.repeated(2, "spans", m.spans);
}
template <class A, Like<ResourceSpans> M>
void fields(A& a, M& m) {
  ResourceFields<ConstAs<M, Attributes>> resource{m.resource};
  a.message(1, "resource", resource);
  a.repeated(2, "scopeSpans", m.scopes);
}
template <class A, Like<SpanBatch> M>
void fields(A& a, M& m) {
  a.repeated(1, "resourceSpans", m.resources);
}

template <class A, Like<Exemplar> M>
void fields(A& a, M& m) {
  a.attributes(7, "filteredAttributes", m.attributes);
  a.fixed64(2, "timeUnixNano", m.time_ns);
  a.number(3, "asDouble", 6, "asInt", m.value);
  a.id(4, "spanId", m.span_id);
  a.id(5, "traceId", m.trace_id);
}
template <class A, Like<NumberPoint> M>
void fields(A& a, M& m) {
  a.attributes(7, "attributes", m.attributes);
  a.fixed64(2, "startTimeUnixNano", m.start_ns);
  a.fixed64(3, "timeUnixNano", m.time_ns);
  a.number(4, "asDouble", 6, "asInt", m.value);
  a.repeated(5, "exemplars", m.exemplars);
  a.uint32(8, "flags", m.flags);
}
template <class A, Like<HistogramPoint> M>
void fields(A& a, M& m) {
  a.attributes(9, "attributes", m.attributes);
  a.fixed64(2, "startTimeUnixNano", m.start_ns);
  a.fixed64(3, "timeUnixNano", m.time_ns);
  a.fixed64(4, "count", m.count);
  a.optional_real(5, "sum", m.sum);
  a.fixed64s(6, "bucketCounts", m.bucket_counts);
  a.reals(7, "explicitBounds", m.bounds);
  a.repeated(8, "exemplars", m.exemplars);
  a.uint32(10, "flags", m.flags);
  a.optional_real(11, "min", m.min);
  a.optional_real(12, "max", m.max);
}
template <class A, Like<Buckets> M>
void fields(A& a, M& m) {
  a.sint32(1, "offset", m.offset);
  a.varints(2, "bucketCounts", m.counts);
}
template <class A, Like<ExponentialPoint> M>
void fields(A& a, M& m) {
  a.attributes(1, "attributes", m.attributes);
  a.fixed64(2, "startTimeUnixNano", m.start_ns);
  a.fixed64(3, "timeUnixNano", m.time_ns);
  a.fixed64(4, "count", m.count);
  a.optional_real(5, "sum", m.sum);
  a.sint32(6, "scale", m.scale);
  a.fixed64(7, "zeroCount", m.zero_count);
  a.message(8, "positive", m.positive);
  a.message(9, "negative", m.negative);
  a.uint32(10, "flags", m.flags);
  a.repeated(11, "exemplars", m.exemplars);
  a.optional_real(12, "min", m.min);
  a.optional_real(13, "max", m.max);
  a.real(14, "zeroThreshold", m.zero_threshold);
}
template <class A, Like<QuantileValue> M>
void fields(A& a, M& m) {
  a.real(1, "quantile", m.quantile);
  a.real(2, "value", m.value);
}
template <class A, Like<SummaryPoint> M>
void fields(A& a, M& m) {
  a.attributes(7, "attributes", m.attributes);
  a.fixed64(2, "startTimeUnixNano", m.start_ns);
  a.fixed64(3, "timeUnixNano", m.time_ns);
  a.fixed64(4, "count", m.count);
  a.real(5, "sum", m.sum);
  a.repeated(6, "quantileValues", m.quantiles);
  a.uint32(8, "flags", m.flags);
}
template <class A, class M>
  requires Like<M, GaugeData> || Like<M, SummaryData>
void fields(A& a, M& m) {
  a.repeated(1, "dataPoints", m.points);
}
template <class A, Like<SumData> M>
void fields(A& a, M& m) {
  a.repeated(1, "dataPoints", m.points);
  a.enumeration(2, "aggregationTemporality", m.temporality, temporalities);
  a.flag(3, "isMonotonic", m.monotonic);
}
template <class A, class M>
  requires Like<M, HistogramData> || Like<M, ExponentialData>
void fields(A& a, M& m) {
  a.repeated(1, "dataPoints", m.points);
  a.enumeration(2, "aggregationTemporality", m.temporality, temporalities);
}
template <class A, Like<Metric> M>
void fields(A& a, M& m) {
  a.text(1, "name", m.name);
  a.text(2, "description", m.description);
  a.text(3, "unit", m.unit);
  a.template alternative<GaugeData>(5, "gauge", m.data);
  a.template alternative<SumData>(7, "sum", m.data);
  a.template alternative<HistogramData>(9, "histogram", m.data);
  a.template alternative<ExponentialData>(10, "exponentialHistogram", m.data);
  a.template alternative<SummaryData>(11, "summary", m.data);
}
template <class A, Like<ScopeMetrics> M>
void fields(A& a, M& m) {
  a.message(1, "scope", m.scope);
  a.repeated(2, "metrics", m.metrics);
  a.text(3, "schemaUrl", m.schema_url);
}
template <class A, Like<ResourceMetrics> M>
void fields(A& a, M& m) {
  ResourceFields<ConstAs<M, Attributes>> resource{m.resource};
  a.message(1, "resource", resource);
  a.repeated(2, "scopeMetrics", m.scopes);
}
template <class A, Like<MetricsData> M>
void fields(A& a, M& m) {
  a.repeated(1, "resourceMetrics", m.resources);
}

template <class A, Like<LogRecord> M>
void fields(A& a, M& m) {
  a.fixed64(1, "timeUnixNano", m.time_ns);
  a.fixed64(11, "observedTimeUnixNano", m.observed_ns);
  a.enumeration(2, "severityNumber", m.severity_number, severities);
  a.text(3, "severityText", m.severity_text);
  a.value(5, "body", m.body);
  a.attributes(6, "attributes", m.attributes);
  a.uint32(7, "droppedAttributesCount", m.dropped_attributes);
  a.fixed32(8, "flags", m.flags);
  a.id(9, "traceId", m.trace_id);
  a.id(10, "spanId", m.span_id);
  a.text(12, "eventName", m.event_name);
}
template <class A, Like<ScopeLogs> M>
void fields(A& a, M& m) {
  a.message(1, "scope", m.scope);
  a.repeated(2, "logRecords", m.records);
}
template <class A, Like<ResourceLogs> M>
void fields(A& a, M& m) {
  ResourceFields<ConstAs<M, Attributes>> resource{m.resource};
  a.message(1, "resource", resource);
  a.repeated(2, "scopeLogs", m.scopes);
}
template <class A, Like<LogsData> M>
void fields(A& a, M& m) {
  a.repeated(1, "resourceLogs", m.resources);
}

}  // namespace aloft::telemetry::otlp
