// Routes of Jaeger's interface. A search is a TraceQL query for spans; its answer is whole traces.
#include "telemetry/traces/api/jaeger.h"

#include <cmath>

#include "model/json.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/traces/api/jaeger_json.h"
#include "telemetry/traces/api/parameters.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::size_t search_limit = 1500;

io::Task<> refuse(Exchange& exchange, int status, std::string message) {
  std::string body = jaeger_error(status, message);
  co_await exchange.send(status, "application/json", std::move(body));
}

int status_of(const Error& error) { return error.code() == Code::invalid ? 400 : http_status(error.code()); }

std::string quoted(std::string_view text) { return traceql::literal_text(traceql::string_value(text)); }

// Jaeger's tags are texts, whatever type the attribute has; span, process and log tags are alike.
std::string condition_of(const std::string& key, const std::string& value) {
  if (key == "error" && (value == "true" || value == "false")) {
    return value == "true" ? "status = error || .error = true" : "status != error";
  }
  if (key == "span.kind") {
    for (int kind = 0; kind <= static_cast<int>(SpanKind::consumer); ++kind) {
      if (value == traceql::kind_name(static_cast<SpanKind>(kind))) return "kind = " + value;
    }
  }
  if (key == "otel.status_code") {
    if (value == "ERROR") return "status = error";
    if (value == "OK") return "status = ok";
  }
  if (key == "otel.status_description") return "statusMessage = " + quoted(value);
  if (key == "otel.scope.name" || key == "otel.library.name")
    return "instrumentation:name = " + quoted(value);
  if (key == "otel.scope.version" || key == "otel.library.version") {
    return "instrumentation:version = " + quoted(value);
  }
  std::vector<std::string> literals = {quoted(value)};
  double number = 0;
  if (!value.empty() && parse_float(value, number) && std::isfinite(number)) {
    literals.push_back(traceql::literal_text(traceql::real_value(number)));
  }
  if (value == "true" || value == "false") literals.push_back(value);
  traceql::FieldName any;
  any.name = key;
  traceql::FieldName event;
  event.scope = traceql::Scope::event;
  event.name = key;
  std::string condition;
  for (const std::string& literal : literals) {
    if (!condition.empty()) condition += " || ";
    condition += to_string(any) + " = " + literal + " || " + to_string(event) + " = " + literal;
  }
  if (key == "event") condition += " || event:name = " + quoted(value);
  return condition;
}

}  // namespace

Result<std::string> query_of_jaeger_search(const http::Query& parameters) {
  std::vector<std::string> conditions;
  const std::string_view service = parameters.get("service").value_or("");
  if (service.empty()) return fail(Code::invalid, "parameter 'service' is required");
  conditions.push_back("resource.service.name = " + quoted(service));
  const std::string_view operation = parameters.get("operation").value_or("");
  if (!operation.empty() && operation != "all") conditions.push_back("name = " + quoted(operation));
  for (const std::string_view text : parameters.all("tags")) {
    if (text.empty()) continue;
    const auto tags = model::parse_json(text);
    const model::Object* object = tags ? tags->if_object() : nullptr;
    if (object == nullptr) {
      return fail(Code::invalid,
                  fmt::format("malformed 'tags' parameter, expecting a JSON object of strings: {}", text));
    }
    for (const auto& [key, value] : *object) {
      const std::string* content = value.if_string();
      conditions.push_back(condition_of(key, content != nullptr ? *content : model::to_json(value)));
    }
  }
  for (const std::string_view text : parameters.all("tag")) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
      return fail(Code::invalid,
                  fmt::format("malformed 'tag' parameter, expecting key:value, received: {}", text));
    }
    conditions.push_back(
        condition_of(std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))));
  }
  for (const auto& [name, op] : {std::pair("minDuration", ">="), std::pair("maxDuration", "<=")}) {
    const std::string_view text = parameters.get(name).value_or("");
    if (text.empty()) continue;
    auto duration = parse_duration(text);
    if (!duration)
      return fail(Code::invalid,
                  fmt::format("unable to parse param '{}': {}", name, duration.error().message()));
    conditions.push_back(fmt::format("duration {} {}", op, format_duration(*duration)));
  }
  std::string query = "{ ";
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (i > 0) query += " && ";
    query += "(" + conditions[i] + ")";
  }
  return query + " }";
}

JaegerApi::JaegerApi(const TraceStore& store, io::Pool& pool, io::Loop& loop, const Clock& clock,
                     QuerySettings settings)
    : store_(store),
      pool_(pool),
      loop_(loop),
      clock_(clock),
      settings_(settings),
      engine_(store, pool, settings.threads) {}

void JaegerApi::add_routes(Router& router, const std::string& prefix, TempoApi::TracesById traces_by_id) {
  const auto add = [&](const std::string& path, io::Task<> (JaegerApi::*member)(Exchange&)) {
    router.add("GET", prefix + path,
               [this, member](Exchange& exchange) { return (this->*member)(exchange); });
  };
  add("/api/services", &JaegerApi::services);
  add("/api/services/{service}/operations", &JaegerApi::service_operations);
  add("/api/operations", &JaegerApi::operations);
  add("/api/traces", &JaegerApi::search);
  if (traces_by_id == TempoApi::TracesById::here) add("/api/traces/{id}", &JaegerApi::trace);
  add("/api/dependencies", &JaegerApi::dependencies);
}

io::Task<PartSummary> JaegerApi::summary() {
  const TraceStore* store = &store_;
  auto work = [store] { return store->summary(); };
  PartSummary found = co_await pool_.run(loop_, std::move(work));
  co_return found;
}

io::Task<> JaegerApi::services(Exchange& exchange) {
  const PartSummary found = co_await summary();
  std::string data;
  JsonWriter json(data);
  std::size_t count = 0;
  json.begin_array();
  for (const auto& [service, operations] : found.services) {
    if (service.empty()) continue;
    json.string(service);
    ++count;
  }
  json.end_array();
  std::string body = jaeger_answer(data, count);
  co_await exchange.send_json(std::move(body));
}

io::Task<> JaegerApi::service_operations(Exchange& exchange) {
  const PartSummary found = co_await summary();
  std::set<std::string> names;
  if (const auto service = found.services.find(exchange.path("service")); service != found.services.end()) {
    for (const Operation& operation : service->second) names.insert(operation.name);
  }
  std::string data;
  JsonWriter json(data);
  json.begin_array();
  for (const std::string& name : names) json.string(name);
  json.end_array();
  std::string body = jaeger_answer(data, names.size());
  co_await exchange.send_json(std::move(body));
}

io::Task<> JaegerApi::operations(Exchange& exchange) {
  const http::Query parameters = exchange.head().query();
  const std::string service(parameters.get("service").value_or(""));
  if (service.empty()) {
    co_await refuse(exchange, 400, "parameter 'service' is required");
    co_return;
  }
  const std::string kind(parameters.get("spanKind").value_or(""));
  const PartSummary found = co_await summary();
  std::string data;
  JsonWriter json(data);
  std::size_t count = 0;
  json.begin_array();
  if (const auto known = found.services.find(service); known != found.services.end()) {
    for (const Operation& operation : known->second) {
      const bool unknown = operation.kind == SpanKind::unspecified;
      const std::string_view name = unknown ? "" : traceql::kind_name(operation.kind);
      if (!kind.empty() && kind != name) continue;
      json.begin_object().key("name").string(operation.name).key("spanKind").string(name).end_object();
      ++count;
    }
  }
  json.end_array();
  std::string body = jaeger_answer(data, count);
  co_await exchange.send_json(std::move(body));
}

io::Task<> JaegerApi::trace(Exchange& exchange) {
  const std::string text(exchange.path("id"));
  const auto id = parse_trace_id(text);
  if (!id) {
    co_await refuse(exchange, 400,
                    fmt::format("cannot parse trace ID '{}': expecting up to 32 hex digits", text));
    co_return;
  }
  const TraceStore* store = &store_;
  auto work = [store, wanted = *id] { return store->trace(wanted); };
  const auto found = co_await pool_.run(loop_, std::move(work));
  if (!found) {
    const bool missing = found.error().code() == Code::not_found;
    co_await refuse(exchange, status_of(found.error()),
                    missing ? "trace not found" : found.error().message());
    co_return;
  }
  std::string data;
  JsonWriter json(data);
  json.begin_array();
  write_jaeger_trace(json, *id, *found);
  json.end_array();
  std::string body = jaeger_answer(data, 0);
  co_await exchange.send_json(std::move(body));
}

namespace {

struct SearchPlan {
  std::vector<TraceId> ids;  // asked for by id
  std::shared_ptr<const traceql::Query> query;
  traceql::SearchRequest request;
};

Result<SearchPlan> plan_search(const http::Query& parameters, std::int64_t now_ns,
                               const QuerySettings& settings) {
  SearchPlan plan;
  for (const std::string_view text : parameters.all("traceID")) {
    const auto id = parse_trace_id(text);
    if (!id) return fail(Code::invalid, fmt::format("cannot parse traceID param: {}", text));
    plan.ids.push_back(*id);
  }
  if (!plan.ids.empty()) return plan;
  TRY(text, query_of_jaeger_search(parameters));
  TRY(query, traceql::parse_query(text));
  plan.query = std::make_shared<const traceql::Query>(std::move(query));
  TRY(limit, parse_count(parameters, "limit", 100, search_limit));
  plan.request.limit = limit;
  plan.request.spans_per_set = 1;
  plan.request.limits = settings.scan;
  TRY(range, parse_range(parameters));
  plan.request.range = range;
  // The page sends `lookback` beside start and end; alone it counts back from now.
  const std::string_view lookback = parameters.get("lookback").value_or("");
  if (!lookback.empty() && lookback != "custom" && !parameters.get("start")) {
    auto duration = parse_prometheus_duration(lookback);
    if (!duration)
      return fail(Code::invalid,
                  fmt::format("unable to parse param 'lookback': {}", duration.error().message()));
    plan.request.range.begin = now_ns - duration->count();
  }
  return plan;
}

}  // namespace

io::Task<> JaegerApi::search(Exchange& exchange) {
  const http::Query parameters = exchange.head().query();
  const auto plan = plan_search(parameters, clock_.wall().since_epoch.count(), settings_);
  if (!plan) {
    co_await refuse(exchange, status_of(plan.error()), plan.error().message());
    co_return;
  }
  const TraceStore* store = &store_;
  auto work = [engine = engine_, store, wanted = *plan]() -> Result<std::string> {
    std::vector<TraceId> ids = wanted.ids;
    if (wanted.query != nullptr) {
      TRY(found, engine.search(*wanted.query, wanted.request));
      for (const traceql::TraceMatch& trace : found.traces) ids.push_back(trace.id);
    }
    std::string data;
    JsonWriter json(data);
    json.begin_array();
    const StoreView view = store->view();
    for (const TraceId& id : ids) {
      const auto trace = read_trace(view, id);
      if (!trace) continue;
      write_jaeger_trace(json, id, *trace);
    }
    json.end_array();
    return jaeger_answer(data, 0);
  };
  auto found = co_await pool_.run(loop_, std::move(work));
  if (!found) {
    co_await refuse(exchange, status_of(found.error()), found.error().message());
    co_return;
  }
  co_await exchange.send_json(std::move(*found));
}

io::Task<> JaegerApi::dependencies(Exchange& exchange) {
  const http::Query parameters = exchange.head().query();
  const auto number = [&](std::string_view name, std::int64_t otherwise) {
    double value = 0;
    const auto text = parameters.get(name);
    return text && parse_float(*text, value) && value >= 0 && value < 9e15 ? static_cast<std::int64_t>(value)
                                                                           : otherwise;
  };
  const std::int64_t end_ms = number("endTs", clock_.wall().since_epoch.count() / 1'000'000);
  const std::int64_t lookback_ms = number("lookback", 24LL * 3600 * 1000);
  // Milliseconds that no clock gives would not fit as nanoseconds.
  constexpr std::int64_t most_ms = std::numeric_limits<std::int64_t>::max() / 1'000'000;
  const TimeRange range{(std::min(end_ms, most_ms) - std::min(lookback_ms, most_ms)) * 1'000'000,
                        std::min(end_ms, most_ms) * 1'000'000};
  auto work = [engine = engine_, range, limits = settings_.scan] {
    return engine.dependencies(range, limits);
  };
  const auto calls = co_await pool_.run(loop_, std::move(work));
  std::string data;
  JsonWriter json(data);
  json.begin_array();
  for (const auto& [edge, count] : calls) {
    json.begin_object().key("parent").string(edge.first).key("child").string(edge.second);
    json.key("callCount").number(count).end_object();
  }
  json.end_array();
  std::string body = jaeger_answer(data, 0);
  co_await exchange.send_json(std::move(body));
}

}  // namespace aloft::telemetry::traces
