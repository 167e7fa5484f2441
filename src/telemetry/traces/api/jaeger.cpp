// Routes of Jaeger's interface.
#include "telemetry/traces/api/jaeger.h"

#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/traces/api/jaeger_json.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::size_t answer_spans_limit = 500'000;

io::Task<> refuse_as_jaeger(Exchange& exchange, int status, std::string message) {
  std::string body = jaeger_error(status, message);
  co_await exchange.send(status, "application/json", std::move(body));
}

int status_of(const Error& error) { return error.code() == Code::invalid ? 400 : http_status(error.code()); }

}  // namespace

JaegerApi::JaegerApi(const TraceStore& store, io::Pool& pool, io::Loop& loop, const Clock& clock,
                     QuerySettings settings)
    : clock_(clock), queries_(store, pool, loop, settings) {}

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
  for (const auto& [name, metric] :
       {std::pair("calls", JaegerMetric::calls), std::pair("errors", JaegerMetric::errors),
        std::pair("latencies", JaegerMetric::latencies)}) {
    router.add("GET", prefix + "/api/metrics/" + name,
               [this, metric](Exchange& exchange) { return metrics(exchange, metric); });
  }
  // A millisecond: any step goes.
  router.add("GET", prefix + "/api/metrics/minstep",
             [](Exchange& exchange) { return exchange.send_json(jaeger_answer("1", 1)); });
}

io::Task<> JaegerApi::services(Exchange& exchange) {
  const PartSummary found = co_await queries_.summary();
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
  const PartSummary found = co_await queries_.summary();
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
    co_await refuse_as_jaeger(exchange, 400, "parameter 'service' is required");
    co_return;
  }
  const std::string kind(parameters.get("spanKind").value_or(""));
  const PartSummary found = co_await queries_.summary();
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
    co_await refuse_as_jaeger(exchange, 400,
                              fmt::format("cannot parse trace ID '{}': expecting up to 32 hex digits", text));
    co_return;
  }
  const auto found = co_await queries_.trace(*id);
  if (!found) {
    std::string why = found.error().message();
    if (found.error().code() == Code::not_found) why = "trace not found";
    co_await refuse_as_jaeger(exchange, status_of(found.error()), std::move(why));
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

// The answer to a search while it grows.
struct FoundTraces {
  std::string data;
  std::size_t spans = 0;
  std::vector<JaegerProblem> problems;
  // False when the answer is as large as it may be.
  bool add(const TraceId& id, const SpanBatch* trace) {
    if (trace == nullptr) {
      problems.push_back({.code = 0, .message = "trace not found", .trace = id});
      return true;
    }
    spans += trace->span_count();
    if (spans > answer_spans_limit && !data.empty()) {
      problems.push_back({.code = 0,
                          .message = fmt::format("only traces of {} spans in all are shown; ask for fewer",
                                                 answer_spans_limit),
                          .trace = std::nullopt});
      return false;
    }
    if (!data.empty()) data += ',';
    JsonWriter json(data);
    write_jaeger_trace(json, id, *trace);
    return true;
  }
};

}  // namespace

io::Task<> JaegerApi::search(Exchange& exchange) {
  const http::Query parameters = exchange.head().query();
  const auto search = parse_jaeger_search(parameters, clock_.wall().since_epoch.count());
  if (!search) {
    co_await refuse_as_jaeger(exchange, status_of(search.error()), search.error().message());
    co_return;
  }
  // The pool may still write to it when this task is dropped.
  const auto found = std::make_shared<FoundTraces>();
  JaegerQueries::Take take = [found](const TraceId& id, const SpanBatch* trace) {
    return found->add(id, trace);
  };
  const auto done = co_await queries_.search(*search, std::move(take));
  if (!done) {
    co_await refuse_as_jaeger(exchange, status_of(done.error()), done.error().message());
    co_return;
  }
  std::string body = jaeger_answer("[" + found->data + "]", 0, found->problems);
  co_await exchange.send_json(std::move(body));
}

io::Task<> JaegerApi::metrics(Exchange& exchange, JaegerMetric metric) {
  const http::Query parameters = exchange.head().query();
  const std::int64_t now_ms = clock_.wall().since_epoch.count() / 1'000'000;
  const auto request = parse_jaeger_metrics(metric, parameters, now_ms);
  if (!request) {
    co_await refuse_as_jaeger(exchange, status_of(request.error()), request.error().message());
    co_return;
  }
  const auto found = co_await queries_.metrics(query_of(*request), times_of(*request));
  if (!found) {
    co_await refuse_as_jaeger(exchange, status_of(found.error()), found.error().message());
    co_return;
  }
  std::string body = jaeger_metrics_json(*request, *found);
  co_await exchange.send_json(std::move(body));
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
  const auto calls = co_await queries_.dependencies(range);
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
