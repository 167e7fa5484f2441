// Routes of Tempo's interface: traces, searches, metrics.
#include "telemetry/traces/api/tempo.h"

#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/traces/api/otlp_json.h"
#include "telemetry/traces/api/otlp_proto.h"
#include "telemetry/traces/api/parameters.h"
#include "telemetry/traces/api/tempo_json.h"
#include "telemetry/traces/refusal.h"
#include "telemetry/traces/store/time_span.h"
#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::string_view protobuf_type = "application/protobuf";

bool wants_protobuf(const Exchange& exchange) {
  const std::string_view accept = exchange.head().headers.get("Accept");
  return accept.find(protobuf_type) != std::string_view::npos ||
         accept.find("application/x-protobuf") != std::string_view::npos;
}

Result<std::shared_ptr<const traceql::Query>> parse(std::string_view text) {
  auto query = traceql::parse_query(text);
  if (!query) return fail(Code::invalid, "invalid TraceQL query: " + query.error().message());
  return std::make_shared<const traceql::Query>(std::move(*query));
}

// A step that makes about a hundred points, in round numbers.
std::int64_t default_step(std::int64_t range_ns) {
  constexpr std::array<std::int64_t, 13> seconds = {1,   5,   10,   15,   30,    60,   300,
                                                    600, 900, 1800, 3600, 21600, 86400};
  for (const std::int64_t step : seconds) {
    if (range_ns / (step * 1'000'000'000) <= 150) return step * 1'000'000'000;
  }
  return seconds.back() * 1'000'000'000;
}

Result<Duration> parse_any_duration(std::string_view name, std::string_view text) {
  if (auto duration = parse_duration(text)) return *duration;
  if (auto duration = parse_prometheus_duration(text)) return *duration;
  double seconds = 0;
  if (parse_float(text, seconds) && seconds > 0 && seconds < 9e9)
    return Duration(static_cast<std::int64_t>(seconds * 1e9));
  return fail(Code::invalid, fmt::format("invalid {}: {} is no duration", name, text));
}

}  // namespace

TempoApi::TempoApi(const TraceStore& store, io::Pool& pool, io::Loop& loop, const Clock& clock,
                   QuerySettings settings)
    : store_(store),
      pool_(pool),
      loop_(loop),
      clock_(clock),
      settings_(settings),
      engine_(store, pool, settings.threads) {}

void TempoApi::add_routes(Router& router, const std::string& prefix, TracesById traces_by_id) {
  const auto add = [&](const std::string& path, io::Task<> (TempoApi::*member)(Exchange&)) {
    router.add("GET", prefix + path,
               [this, member](Exchange& exchange) { return (this->*member)(exchange); });
  };
  if (traces_by_id == TracesById::here) add("/api/traces/{id}", &TempoApi::trace);
  add("/api/v2/traces/{id}", &TempoApi::trace_v2);
  add("/api/search", &TempoApi::search);
  add("/api/search/tags", &TempoApi::tags);
  add("/api/v2/search/tags", &TempoApi::tags_v2);
  add("/api/search/tag/{name}/values", &TempoApi::tag_values);
  add("/api/v2/search/tag/{name}/values", &TempoApi::tag_values_v2);
  add("/api/metrics/query_range", &TempoApi::query_range);
  add("/api/metrics/query", &TempoApi::query_instant);
  router.add("GET", prefix + "/api/echo",
             [](Exchange& exchange) { return exchange.send(200, "text/plain", "echo"); });
  router.add("GET", prefix + "/api/status/buildinfo", [](Exchange& exchange) {
    // The version says which interface is spoken; Grafana switches features by it.
    return exchange.send_json(
        R"({"version":"2.7.0","revision":"","branch":"aloft","buildDate":"","buildUser":"","goVersion":""})");
  });
}

io::Task<Result<SpanBatch>> TempoApi::find_trace(Exchange& exchange) {
  const std::string text(exchange.path("id"));
  const auto id = parse_trace_id(text);
  if (!id)
    co_return fail(Code::invalid,
                   fmt::format("trace IDs can only contain hex characters and at most 32: {}", text));
  const http::Query parameters = exchange.head().query();
  TRY_CO(range, parse_range(parameters));
  const TraceStore* store = &store_;
  auto work = [store, wanted = *id, range] { return store->trace(wanted, range); };
  auto found = co_await pool_.run(loop_, std::move(work));
  co_return std::move(found);
}

io::Task<> TempoApi::trace(Exchange& exchange) {
  auto batch = co_await find_trace(exchange);
  if (!batch) {
    co_await refuse(exchange, batch.error());
    co_return;
  }
  if (wants_protobuf(exchange)) {
    std::string body = encode_traces_data(*batch);
    co_await exchange.send(200, protobuf_type, std::move(body));
    co_return;
  }
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("batches");
  write_resource_spans(json, *batch);
  json.end_object();
  co_await exchange.send_json(std::move(body));
}

// Leaves the spans that the parameter q takes, and with them, unless keep_hierarchy says otherwise, those
// above them.
io::Task<Result<SpanBatch>> TempoApi::find_filtered(Exchange& exchange) {
  const http::Query parameters = exchange.head().query();
  const std::string_view text = parameters.get("q").value_or("");
  const std::string_view keep = parameters.get("keep_hierarchy").value_or("true");
  if (keep != "true" && keep != "false")
    co_return fail(Code::invalid, fmt::format("invalid keep_hierarchy: {} is neither true nor false", keep));
  std::shared_ptr<const traceql::Query> query;
  if (!text.empty()) {
    TRY_CO(parsed, parse(text));
    query = std::move(parsed);
    if (query->single_filter() == nullptr)
      co_return fail(Code::invalid, fmt::format("invalid q: {} is not a single spanset filter", text));
  }
  auto batch = co_await find_trace(exchange);
  if (!batch || query == nullptr || query->single_filter()->filter == nullptr) co_return batch;
  const auto id = parse_trace_id(exchange.path("id"));
  auto work = [engine = engine_, query, wanted = *id, with_ancestors = keep == "true"] {
    return engine.spans_of(wanted, *query, with_ancestors);
  };
  const std::set<SpanId> spans = co_await pool_.run(loop_, std::move(work));
  for (ResourceSpans& resource : batch->resources) {
    for (ScopeSpans& scope : resource.scopes)
      std::erase_if(scope.spans, [&](const Span& span) { return !spans.contains(span.span_id); });
    std::erase_if(resource.scopes, [](const ScopeSpans& scope) { return scope.spans.empty(); });
  }
  std::erase_if(batch->resources, [](const ResourceSpans& resource) { return resource.scopes.empty(); });
  co_return batch;
}

io::Task<> TempoApi::trace_v2(Exchange& exchange) {
  auto batch = co_await find_filtered(exchange);
  if (!batch) {
    co_await refuse(exchange, batch.error());
    co_return;
  }
  std::string body;
  if (wants_protobuf(exchange)) {
    // TraceByIDResponse: field 1 is the trace, field 2 what it cost.
    put_varint(body, 1 << 3 | 2);
    put_run(body, encode_traces_data(*batch));
    put_varint(body, 2 << 3 | 2);
    put_varint(body, 0);
    co_await exchange.send(200, protobuf_type, std::move(body));
    co_return;
  }
  JsonWriter json(body);
  json.begin_object().key("trace").begin_object().key("resourceSpans");
  write_resource_spans(json, *batch);
  json.end_object().key("metrics").begin_object().end_object().end_object();
  co_await exchange.send_json(std::move(body));
}

io::Task<> TempoApi::search(Exchange& exchange) {
  const http::Query parameters = exchange.head().query();
  const auto read = [&]() -> Result<std::pair<std::string, traceql::SearchRequest>> {
    traceql::SearchRequest request;
    TRY(range, parse_range(parameters));
    request.range = range;
    TRY(limit, parse_count(parameters, "limit", settings_.default_limit, settings_.limit));
    request.limit = limit;
    TRY(spans, parse_count(parameters, "spss", 3, settings_.spans_per_set));
    request.spans_per_set = spans;
    request.limits = settings_.scan;
    const std::string_view q = parameters.get("q").value_or("");
    if (!q.empty()) return std::pair(std::string(q), request);
    TRY(text, query_of_tags(parameters.get("tags").value_or(""), parameters.get("minDuration").value_or(""),
                            parameters.get("maxDuration").value_or("")));
    return std::pair(std::move(text), request);
  };
  const auto wanted = read();
  if (!wanted) {
    co_await refuse(exchange, wanted.error());
    co_return;
  }
  const auto query = parse(wanted->first);
  if (!query) {
    co_await refuse(exchange, query.error());
    co_return;
  }
  auto work = [engine = engine_, query = *query, request = wanted->second] {
    return engine.search(*query, request);
  };
  const auto found = co_await pool_.run(loop_, std::move(work));
  if (!found) {
    co_await refuse(exchange, found.error());
    co_return;
  }
  std::string body = search_json(*found);
  co_await exchange.send_json(std::move(body));
}

Result<traceql::MetricsRequest> TempoApi::metrics_request(const http::Query& parameters, bool instant) const {
  traceql::MetricsRequest request;
  request.limits = settings_.scan;
  TRY(range, parse_range(parameters));
  const std::int64_t now = clock_.wall().since_epoch.count();
  Duration since = 1h;
  if (const auto text = parameters.get("since"); text && !text->empty()) {
    TRY(duration, parse_any_duration("since", *text));
    since = duration;
  }
  constexpr TimeRange open;
  request.end_ns = range.end == open.end ? now : range.end;
  request.start_ns = range.begin == open.begin ? time_between(since.count(), request.end_ns) : range.begin;
  if (request.end_ns <= request.start_ns)
    return fail(Code::invalid, "http parameter start must be before end");
  if (!instant) {
    request.step_ns = default_step(time_between(request.start_ns, request.end_ns));
    if (const auto text = parameters.get("step"); text && !text->empty()) {
      TRY(step, parse_any_duration("step", *text));
      if (step <= Duration::zero())
        return fail(Code::invalid, fmt::format("invalid step: {} is not above zero", *text));
      request.step_ns = step.count();
    }
    TRY(exemplars, parse_count(parameters, "exemplars", 0x7FFF'FFFF, 10'000));
    request.exemplars = exemplars;
    if (!parameters.get("exemplars")) request.exemplars = 0;
  }
  return request;
}

io::Task<> TempoApi::query_range(Exchange& exchange) { return metrics(exchange, false); }
io::Task<> TempoApi::query_instant(Exchange& exchange) { return metrics(exchange, true); }

io::Task<> TempoApi::metrics(Exchange& exchange, bool instant) {
  const http::Query parameters = exchange.head().query();
  auto request = metrics_request(parameters, instant);
  std::string_view text = parameters.get("q").value_or("");
  if (text.empty()) text = parameters.get("query").value_or("");
  auto query = parse(text);
  if (!request || !query) {
    co_await refuse(exchange, request ? query.error() : request.error());
    co_return;
  }
  if (request->exemplars == 0 && !instant && (*query)->hint_is("exemplars", false)) request->exemplars = 100;
  auto work = [engine = engine_, query = *query, request = *request] {
    return engine.metrics(*query, request);
  };
  const auto found = co_await pool_.run(loop_, std::move(work));
  if (!found) {
    co_await refuse(exchange, found.error());
    co_return;
  }
  std::string body = instant ? instant_json(*found) : series_json(*found);
  co_await exchange.send_json(std::move(body));
}

// ---- Tags ----

io::Task<Result<PartSummary>> TempoApi::keys(Exchange& exchange) {
  const http::Query parameters = exchange.head().query();
  TRY_CO(range, parse_range(parameters));
  const std::string filter = usable_filter(parameters.get("q").value_or(""));
  const auto query = filter.empty() ? nullptr : parse(filter).value_or(nullptr);
  const TraceStore* store = &store_;
  auto work = [engine = engine_, store, query, range] {
    return query != nullptr ? engine.keys(*query, range) : store->summary(range);
  };
  PartSummary found = co_await pool_.run(loop_, std::move(work));
  co_return found;
}

io::Task<> TempoApi::tags(Exchange& exchange) {
  const auto summary = co_await keys(exchange);
  const http::Query parameters = exchange.head().query();
  const auto limit = parse_count(parameters, "limit", settings_.tag_values, settings_.tag_values);
  auto body = !summary ? Result<std::string>(fail(summary.error()))
              : !limit ? Result<std::string>(fail(limit.error()))
                       : tags_json(*summary, parameters.get("scope").value_or(""), *limit);
  if (!body) {
    co_await refuse(exchange, body.error());
    co_return;
  }
  co_await exchange.send_json(std::move(*body));
}

io::Task<> TempoApi::tags_v2(Exchange& exchange) {
  const auto summary = co_await keys(exchange);
  const http::Query parameters = exchange.head().query();
  const auto limit = parse_count(parameters, "limit", settings_.tag_values, settings_.tag_values);
  auto body = !summary ? Result<std::string>(fail(summary.error()))
              : !limit ? Result<std::string>(fail(limit.error()))
                       : tags_v2_json(*summary, parameters.get("scope").value_or(""), *limit);
  if (!body) {
    co_await refuse(exchange, body.error());
    co_return;
  }
  co_await exchange.send_json(std::move(*body));
}

io::Task<Result<std::set<std::pair<traceql::ValueType, std::string>>>> TempoApi::values(
    Exchange& exchange, traceql::FieldName field) {
  std::set<std::pair<traceql::ValueType, std::string>> found;
  // What has few values by its nature is known without looking.
  if (field.scope == traceql::Scope::intrinsic && field.intrinsic == traceql::Intrinsic::status) {
    for (const auto status : {SpanStatus::unset, SpanStatus::ok, SpanStatus::error}) {
      found.emplace(traceql::ValueType::status, traceql::status_name(status));
    }
    co_return found;
  }
  if (field.scope == traceql::Scope::intrinsic && field.intrinsic == traceql::Intrinsic::kind) {
    for (int kind = 0; kind <= static_cast<int>(SpanKind::consumer); ++kind) {
      found.emplace(traceql::ValueType::kind, traceql::kind_name(static_cast<SpanKind>(kind)));
    }
    co_return found;
  }
  const http::Query parameters = exchange.head().query();
  TRY_CO(range, parse_range(parameters));
  TRY_CO(limit, parse_count(parameters, "limit", settings_.tag_values, settings_.tag_values));
  const std::string filter = usable_filter(parameters.get("q").value_or(""));
  const auto query = filter.empty() ? nullptr : parse(filter).value_or(nullptr);
  auto work = [engine = engine_, field, query, range, limit] {
    return engine.values(field, query.get(), range, limit);
  };
  found = co_await pool_.run(loop_, std::move(work));
  co_return found;
}

io::Task<> TempoApi::tag_values(Exchange& exchange) {
  // Names without a scope mean attributes here, but for the intrinsic fields that people search by.
  const std::string name(exchange.path("name"));
  auto field = parse_field_name(name);
  const bool intrinsic = field && field->scope == traceql::Scope::intrinsic;
  traceql::FieldName wanted;
  wanted.name = name;
  if (intrinsic || (field && name.starts_with('.'))) wanted = *field;
  const auto found = co_await values(exchange, wanted);
  if (!found) {
    co_await refuse(exchange, found.error());
    co_return;
  }
  std::string body = tag_values_json(*found);
  co_await exchange.send_json(std::move(body));
}

io::Task<> TempoApi::tag_values_v2(Exchange& exchange) {
  const std::string name(exchange.path("name"));
  const auto field = parse_field_name(name);
  if (!field) {
    co_await refuse(exchange, field.error());
    co_return;
  }
  const auto found = co_await values(exchange, *field);
  if (!found) {
    co_await refuse(exchange, found.error());
    co_return;
  }
  std::string body = tag_values_v2_json(*found);
  co_await exchange.send_json(std::move(body));
}

}  // namespace aloft::telemetry::traces
