// 64-bit numbers are strings, as protobuf's JSON mapping has them.
#include "telemetry/traces/api/tempo_json.h"

#include "telemetry/core/json_writer.h"
#include "telemetry/core/labels.h"
#include "telemetry/traces/api/otlp_json.h"

namespace aloft::telemetry::traces {
namespace {

using traceql::ValueType;

void write_named(JsonWriter& json, const traceql::NamedValues& values) {
  json.begin_array();
  for (const auto& [key, value] : values) {
    json.begin_object().key("key").string(key).key("value");
    write_any_value(json, value);
    json.end_object();
  }
  json.end_array();
}

void write_spanset(JsonWriter& json, const traceql::SpansetMatch& set) {
  json.begin_object().key("spans").begin_array();
  for (const traceql::SpanMatch& span : set.spans) {
    json.begin_object();
    json.key("spanID").string(to_hex(span.id));
    if (!span.name.empty()) json.key("name").string(span.name);
    json.key("startTimeUnixNano").string(std::to_string(span.start_ns));
    json.key("durationNanos").string(std::to_string(std::max<std::int64_t>(span.duration_ns, 0)));
    if (!span.attributes.empty()) {
      json.key("attributes");
      write_named(json, span.attributes);
    }
    json.end_object();
  }
  json.end_array().key("matched").number(set.matched);
  if (!set.attributes.empty()) {
    json.key("attributes");
    write_named(json, set.attributes);
  }
  json.end_object();
}

void write_trace(JsonWriter& json, const traceql::TraceMatch& trace) {
  json.begin_object();
  json.key("traceID").string(traceql::short_trace_id(trace.id));
  json.key("rootServiceName")
      .string(trace.has_root ? std::string_view(trace.root_service) : "<root span not yet received>");
  if (!trace.root_name.empty()) json.key("rootTraceName").string(trace.root_name);
  json.key("startTimeUnixNano").string(std::to_string(trace.start_ns));
  if (trace.duration_ns >= 1'000'000) json.key("durationMs").number(trace.duration_ns / 1'000'000);
  // The first set stands twice: older clients read the field that came first.
  if (!trace.sets.empty()) {
    json.key("spanSet");
    write_spanset(json, trace.sets.front());
  }
  json.key("spanSets").begin_array();
  for (const traceql::SpansetMatch& set : trace.sets) write_spanset(json, set);
  json.end_array().key("serviceStats").begin_object();
  for (const auto& [service, counts] : trace.services) {
    json.key(service).begin_object().key("spanCount").number(counts.spans);
    if (counts.errors != 0) json.key("errorCount").number(counts.errors);
    json.end_object();
  }
  json.end_object().end_object();
}

void write_stats(JsonWriter& json, const traceql::QueryStats& stats) {
  json.key("metrics").begin_object();
  if (stats.traces != 0) json.key("inspectedTraces").number(stats.traces);
  if (stats.bytes != 0) json.key("inspectedBytes").string(std::to_string(stats.bytes));
  if (stats.spans != 0) json.key("inspectedSpans").string(std::to_string(stats.spans));
  if (stats.blocks != 0) json.key("totalBlocks").number(stats.blocks);
  json.key("completedJobs").number(std::uint64_t{1}).key("totalJobs").number(std::uint64_t{1});
  json.end_object();
}

std::string prometheus_labels(const traceql::NamedValues& labels) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [key, value] : labels) pairs.emplace_back(key, value.to_text());
  // The name stands among the other labels here.
  std::string out = "{";
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [key, value] : pairs) {
    if (out.size() > 1) out += ", ";
    const std::string quoted = traceql::literal_text(traceql::string_value(value));
    out += is_classic_label_name(key) ? key : traceql::literal_text(traceql::string_value(key));
    out += "=" + quoted;
  }
  return out + "}";
}

void write_labels(JsonWriter& json, const traceql::NamedValues& labels) {
  json.key("labels");
  write_named(json, labels);
}

void write_exemplars(JsonWriter& json, const traceql::Series& series) {
  if (series.exemplars.empty()) return;
  json.key("exemplars").begin_array();
  for (const traceql::SeriesExemplar& exemplar : series.exemplars) {
    json.begin_object().key("labels").begin_array().begin_object();
    json.key("key").string("trace:id").key("value").begin_object();
    json.key("stringValue")
        .string(traceql::short_trace_id(exemplar.trace))
        .end_object()
        .end_object()
        .end_array();
    json.key("value").number(exemplar.value).key("timestampMs").string(std::to_string(exemplar.time_ms));
    json.end_object();
  }
  json.end_array();
}

// Scopes in the order of Tempo's answers.
struct ScopeKeys {
  std::string_view name;
  std::vector<std::string> keys;
};

Result<std::vector<ScopeKeys>> scopes_of(const PartSummary& summary, std::string_view scope,
                                         bool intrinsics) {
  std::vector<ScopeKeys> scopes;
  bool known = scope.empty() || scope == "none" || scope == "all";
  const bool all = known;
  const auto add = [&](std::string_view name, const std::set<std::string>& keys) {
    known |= scope == name;
    if (!keys.empty() && (all || scope == name)) scopes.push_back({name, {keys.begin(), keys.end()}});
  };
  add("event", summary.event_keys);
  add("instrumentation", summary.scope_keys);
  add("link", summary.link_keys);
  add("resource", summary.resource_keys);
  add("span", summary.span_keys);
  const std::set<std::string> intrinsic = {"duration",
                                           "event:name",
                                           "event:timeSinceStart",
                                           "instrumentation:name",
                                           "instrumentation:version",
                                           "kind",
                                           "name",
                                           "rootName",
                                           "rootServiceName",
                                           "span:duration",
                                           "span:kind",
                                           "span:name",
                                           "span:status",
                                           "span:statusMessage",
                                           "status",
                                           "statusMessage",
                                           "trace:duration",
                                           "trace:rootName",
                                           "trace:rootService",
                                           "traceDuration"};
  if (intrinsics || scope == "intrinsic") add("intrinsic", intrinsic);
  if (!known && scope != "intrinsic") return fail(Code::invalid, fmt::format("invalid scope: {}", scope));
  return scopes;
}

std::string_view type_name(ValueType type) {
  switch (type) {
    case ValueType::integer:
      return "int";
    case ValueType::real:
      return "float";
    case ValueType::boolean:
      return "bool";
    case ValueType::duration:
      return "duration";
    case ValueType::status:
    case ValueType::kind:
      return "keyword";
    default:
      return "string";
  }
}

}  // namespace

std::string search_json(const traceql::SearchResult& result) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("traces").begin_array();
  for (const traceql::TraceMatch& trace : result.traces) write_trace(json, trace);
  json.end_array();
  write_stats(json, result.stats);
  json.end_object();
  return body;
}

std::string series_json(const traceql::MetricsResult& result) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("series").begin_array();
  for (const traceql::Series& series : result.series) {
    json.begin_object();
    write_labels(json, series.labels);
    json.key("samples").begin_array();
    for (const traceql::SeriesPoint& point : series.points) {
      json.begin_object().key("timestampMs").string(std::to_string(point.time_ms));
      json.key("value").number(point.value).end_object();
    }
    json.end_array().key("promLabels").string(prometheus_labels(series.labels));
    write_exemplars(json, series);
    json.end_object();
  }
  json.end_array();
  write_stats(json, result.stats);
  if (result.stats.partial) json.key("status").string("PARTIAL");
  json.end_object();
  return body;
}

std::string instant_json(const traceql::MetricsResult& result) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("series").begin_array();
  for (const traceql::Series& series : result.series) {
    if (series.points.empty()) continue;
    json.begin_object();
    write_labels(json, series.labels);
    json.key("value").number(series.points.back().value);
    json.key("promLabels").string(prometheus_labels(series.labels)).end_object();
  }
  json.end_array();
  write_stats(json, result.stats);
  if (result.stats.partial) json.key("status").string("PARTIAL");
  json.end_object();
  return body;
}

Result<std::string> tags_json(const PartSummary& summary, std::string_view scope, std::size_t limit) {
  TRY(scopes, scopes_of(summary, scope, false));
  std::set<std::string> names;
  for (const ScopeKeys& one : scopes) names.insert(one.keys.begin(), one.keys.end());
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("tagNames").begin_array();
  for (const std::string& name : names) {
    if (limit-- == 0) break;
    json.string(name);
  }
  json.end_array().key("metrics").begin_object().end_object().end_object();
  return body;
}

Result<std::string> tags_v2_json(const PartSummary& summary, std::string_view scope, std::size_t limit) {
  TRY(scopes, scopes_of(summary, scope, true));
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("scopes").begin_array();
  for (const ScopeKeys& one : scopes) {
    json.begin_object().key("name").string(one.name).key("tags").begin_array();
    for (std::size_t i = 0; i < std::min(limit, one.keys.size()); ++i) json.string(one.keys[i]);
    json.end_array().end_object();
  }
  json.end_array().key("metrics").begin_object().end_object().end_object();
  return body;
}

std::string tag_values_json(const std::set<std::pair<ValueType, std::string>>& values) {
  std::set<std::string> texts;
  for (const auto& [type, text] : values) texts.insert(text);
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("tagValues").begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array().key("metrics").begin_object().end_object().end_object();
  return body;
}

std::string tag_values_v2_json(const std::set<std::pair<ValueType, std::string>>& values) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("tagValues").begin_array();
  for (const auto& [type, text] : values) {
    json.begin_object().key("type").string(type_name(type)).key("value").string(text).end_object();
  }
  json.end_array().key("metrics").begin_object().end_object().end_object();
  return body;
}

}  // namespace aloft::telemetry::traces
