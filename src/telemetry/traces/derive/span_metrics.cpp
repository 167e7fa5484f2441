// Counting, and pairing of the two sides of a call by the client's span id.
#include "telemetry/traces/derive/span_metrics.h"

#include <algorithm>
#include <cstring>

#include "telemetry/core/durations.h"
#include "telemetry/core/labels.h"
#include "telemetry/traces/span_kinds.h"
#include "telemetry/traces/store/string_pool.h"
#include "telemetry/traces/store/time_span.h"

namespace aloft::telemetry::traces {
namespace {

using LabelPairs = std::vector<std::pair<std::string, std::string>>;

std::vector<double> doubling(double first, int count) {
  std::vector<double> bounds;
  for (int i = 0; i < count; ++i, first *= 2) bounds.push_back(first);
  return bounds;
}

std::string_view status_constant(SpanStatus status) {
  constexpr std::array<std::string_view, 3> names = {"STATUS_CODE_UNSET", "STATUS_CODE_OK",
                                                     "STATUS_CODE_ERROR"};
  return names[static_cast<std::size_t>(status)];
}

double seconds_of(const Span& span) {
  return static_cast<double>(std::max<std::int64_t>(time_between(span.start_ns, span.end_ns), 0)) / 1e9;
}

std::string text_of(const Attributes& attributes, std::string_view key) {
  const AttributeValue* value = find_attribute(attributes, key);
  return value != nullptr ? value->to_text() : std::string();
}

// Series of one collection.
class Output {
 public:
  explicit Output(std::int64_t now_ms) : now_ms_(now_ms) {}

  std::string_view add(std::string_view metric, LabelPairs labels, double value) {
    labels.emplace_back(metric_name_label, metric);
    const std::string_view bytes = batch_.own(std::string(Labels(labels).encoded()));
    batch_.samples.push_back({bytes, now_ms_, value});
    return bytes;
  }
  void describe(std::string_view family, MetricType type, std::string_view help) {
    batch_.metadata.push_back({std::string(family), type, std::string(help), ""});
  }
  MetricBatch& batch() { return batch_; }

 private:
  std::int64_t now_ms_;
  MetricBatch batch_;
};

}  // namespace

std::size_t SpanMetrics::CallHash::operator()(const CallKey& key) const {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::memcpy(&a, key.trace.data() + 8, 8);
  std::memcpy(&b, key.client.data(), 8);
  return mix64(a ^ mix64(b));
}

SpanMetrics::SpanMetrics(SpanMetricsSettings settings, const Clock& clock, Metrics& metrics)
    : settings_(std::move(settings)),
      clock_(clock),
      overflow_(metrics.counter("telemetry_traces_span_metrics_overflow_total",
                                "Spans not counted because there are too many label sets.")),
      unpaired_(metrics.counter("telemetry_traces_service_graph_unpaired_total",
                                "Calls of which the other side did not come in time.")) {
  if (settings_.latency_bounds.empty()) settings_.latency_bounds = doubling(0.002, 14);
  if (settings_.edge_bounds.empty()) settings_.edge_bounds = doubling(0.1, 8);
}

void SpanMetrics::observe(Distribution& into, const std::vector<double>& bounds, double seconds,
                          const Span* span) {
  if (into.counts.empty()) into.counts.assign(bounds.size() + 1, 0);
  const auto bucket =
      static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin());
  ++into.counts[bucket];
  ++into.count;
  into.sum += seconds;
  if (span == nullptr) return;
  if (into.exemplars.empty()) into.exemplars.resize(bounds.size() + 1);
  into.exemplars[bucket] = {span->trace_id, seconds, span->end_ns / 1'000'000};
}

void SpanMetrics::count_call(State& state, const std::string& service, const Attributes& resource,
                             const Span& span) {
  Key key = {service, span.name, std::string(kind_constant(span.kind)),
             std::string(status_constant(span.status))};
  for (const std::string& dimension : settings_.dimensions) {
    std::string value = text_of(span.attributes, dimension);
    key.push_back(value.empty() ? text_of(resource, dimension) : std::move(value));
  }
  auto known = state.calls.find(key);
  if (known == state.calls.end()) {
    if (state.calls.size() >= settings_.series_limit) return overflow_.add();
    known = state.calls.emplace(std::move(key), Calls{}).first;
  }
  observe(known->second.latency, settings_.latency_bounds, seconds_of(span), &span);
}

void SpanMetrics::count_edge(State& state, const std::string& service, const Span& span) {
  const bool client = span.kind == SpanKind::client || span.kind == SpanKind::producer;
  const bool server = span.kind == SpanKind::server || span.kind == SpanKind::consumer;
  if (!client && !server) return;
  Side side;
  side.service = service;
  side.seconds = seconds_of(span);
  side.failed = span.status == SpanStatus::error;
  side.client = client;
  side.arrived_ns = clock_.wall().since_epoch.count();
  if (span.kind == SpanKind::producer || span.kind == SpanKind::consumer) side.type = "messaging_system";
  if (client) {
    // A database has no spans of its own: the client's side tells all there is.
    const std::string system = text_of(span.attributes, "db.system");
    if (!system.empty()) {
      Side database = side;
      side.type = "database";
      for (const std::string_view name : {"peer.service", "server.address", "db.namespace", "db.name"}) {
        database.service = text_of(span.attributes, name);
        if (!database.service.empty()) break;
      }
      if (database.service.empty()) database.service = system;
      return finish_edge(state, side, database);
    }
  }
  CallKey key;
  key.trace = span.trace_id;
  key.client = client ? span.span_id : span.parent_id;
  if (key.client == SpanId{}) return;
  const auto other = state.sides.find(key);
  if (other != state.sides.end() && other->second.client != client) {
    const Side found = other->second;
    state.sides.erase(other);
    return client ? finish_edge(state, side, found) : finish_edge(state, found, side);
  }
  if (state.sides.size() >= settings_.edges_limit) return overflow_.add();
  state.sides.insert_or_assign(key, std::move(side));
}

void SpanMetrics::finish_edge(State& state, const Side& client, const Side& server) {
  Key key = {client.service, server.service, client.type.empty() ? server.type : client.type};
  auto known = state.edges.find(key);
  if (known == state.edges.end()) {
    if (state.edges.size() >= settings_.series_limit) return overflow_.add();
    known = state.edges.emplace(std::move(key), Edge{}).first;
  }
  Edge& edge = known->second;
  ++edge.requests;
  if (client.failed || server.failed) ++edge.failed;
  observe(edge.client, settings_.edge_bounds, client.seconds, nullptr);
  observe(edge.server, settings_.edge_bounds, server.seconds, nullptr);
}

void SpanMetrics::expire_sides(State& state) {
  const std::int64_t now = clock_.wall().since_epoch.count();
  unpaired_.add(std::erase_if(state.sides, [&](const auto& entry) {
    return now - entry.second.arrived_ns > settings_.edge_wait.count();
  }));
}

Result<WriteReport> SpanMetrics::write(const SpanBatch& batch) {
  WriteReport report;
  state_.with([&](State& state) {
    for (const ResourceSpans& resource : batch.resources) {
      const std::string service = text_of(resource.resource, "service.name");
      for (const ScopeSpans& scope : resource.scopes) {
        for (const Span& span : scope.spans) {
          ++report.accepted;
          count_call(state, service, resource.resource, span);
          count_edge(state, service, span);
        }
      }
    }
  });
  return report;
}

MetricBatch SpanMetrics::collect() {
  const std::int64_t now_ms = clock_.wall().since_epoch.count() / 1'000'000;
  Output out(now_ms);
  const auto histogram = [&](std::string_view metric, const LabelPairs& labels,
                             const Distribution& distribution, const std::vector<double>& bounds) {
    std::uint64_t running = 0;
    for (std::size_t i = 0; i < distribution.counts.size(); ++i) {
      running += distribution.counts[i];
      LabelPairs with_bound = labels;
      with_bound.emplace_back("le", i < bounds.size() ? format_float(bounds[i]) : "+Inf");
      const std::string_view series =
          out.add(std::string(metric) + "_bucket", std::move(with_bound), static_cast<double>(running));
      if (i >= distribution.exemplars.size() || distribution.exemplars[i].trace == TraceId{}) continue;
      const Exemplar& exemplar = distribution.exemplars[i];
      out.batch().exemplars.push_back(
          {series, Labels({{"trace_id", to_hex(exemplar.trace)}}), exemplar.value, exemplar.time_ms});
    }
    out.add(std::string(metric) + "_sum", labels, distribution.sum);
    out.add(std::string(metric) + "_count", labels, static_cast<double>(distribution.count));
  };
  state_.with([&](State& state) {
    expire_sides(state);
    for (const auto& [key, calls] : state.calls) {
      LabelPairs labels = {
          {"service", key[0]}, {"span_name", key[1]}, {"span_kind", key[2]}, {"status_code", key[3]}};
      for (std::size_t i = 0; i < settings_.dimensions.size(); ++i) {
        std::string name = settings_.dimensions[i];
        for (char& c : name) {
          if (!is_classic_label_name(std::string_view(&c, 1)) && !(c >= '0' && c <= '9')) c = '_';
        }
        labels.emplace_back(std::move(name), key[4 + i]);
      }
      out.add("traces_spanmetrics_calls_total", labels, static_cast<double>(calls.latency.count));
      histogram("traces_spanmetrics_latency", labels, calls.latency, settings_.latency_bounds);
    }
    for (const auto& [key, edge] : state.edges) {
      const LabelPairs labels = {{"client", key[0]}, {"server", key[1]}, {"connection_type", key[2]}};
      out.add("traces_service_graph_request_total", labels, static_cast<double>(edge.requests));
      out.add("traces_service_graph_request_failed_total", labels, static_cast<double>(edge.failed));
      histogram("traces_service_graph_request_server_seconds", labels, edge.server, settings_.edge_bounds);
      histogram("traces_service_graph_request_client_seconds", labels, edge.client, settings_.edge_bounds);
    }
    // Exemplars are told once.
    for (auto& [key, calls] : state.calls) calls.latency.exemplars.clear();
  });
  out.describe("traces_spanmetrics_calls_total", MetricType::counter, "Spans by service and operation.");
  out.describe("traces_spanmetrics_latency", MetricType::histogram, "Duration of spans in seconds.");
  out.describe("traces_service_graph_request_total", MetricType::counter, "Calls from service to service.");
  out.describe("traces_service_graph_request_failed_total", MetricType::counter, "Those that failed.");
  out.describe("traces_service_graph_request_server_seconds", MetricType::histogram,
               "Duration, seen by the server.");
  out.describe("traces_service_graph_request_client_seconds", MetricType::histogram,
               "Duration, seen by the client.");
  return std::move(out.batch());
}

io::Task<> SpanMetrics::run(io::Loop& loop, std::function<void(MetricBatch)> sink) {
  for (;;) {
    co_await loop.sleep(settings_.every);
    sink(collect());
  }
}

}  // namespace aloft::telemetry::traces
