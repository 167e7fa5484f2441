// The routes; everything that blocks or takes long runs on the pool.
#include "telemetry/logs/api/api.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "telemetry/core/compression.h"
#include "telemetry/core/json_writer.h"
#include "telemetry/logs/api/answers.h"
#include "telemetry/logs/api/push.h"
#include "telemetry/logs/logql/parser.h"

namespace aloft::telemetry::logs {
namespace {

std::string tenant_of(const Exchange& exchange) {
  return std::string(exchange.head().headers.get("x-scope-orgid"));
}

bool wants_categories(const Exchange& exchange) {
  return exchange.head().headers.has_token("x-loki-response-encoding-flags", "categorize-labels");
}

// What is wrong with a request is a 400 here, whatever it is called elsewhere.
Error as_request_error(Error error) {
  if (error.code() == Code::invalid) return Error(Code::bad_request, error.message());
  return error;
}

bool is_protobuf(std::string_view type) {
  return type.empty() || type.starts_with("application/x-protobuf") ||
         type.starts_with("application/protobuf");
}

// The labels that name a service, in the order in which they are looked at.
void add_service_names(LogBatch& batch) {
  static constexpr std::array<std::string_view, 10> names = {
      "service",        "app",       "application", "name", "app_kubernetes_io_name", "container",
      "container_name", "component", "workload",    "job"};
  for (LogStream& stream : batch.streams) {
    if (stream.labels.has("service_name")) continue;
    std::string_view found = "unknown_service";
    for (const std::string_view name : names) {
      if (!stream.labels.has(name)) continue;
      found = stream.labels.get(name);
      break;
    }
    LabelsBuilder builder(stream.labels);
    builder.set("service_name", found);
    stream.labels = builder.build();
  }
}

struct PushOptions {
  bool protobuf = false, service_names = false;
  std::size_t limit_bytes = 0;
  std::string tenant, encoding;
};

Result<LogBatch> decode_push(const PushOptions& options, std::string body) {
  if (!options.protobuf || !options.encoding.empty()) {
    TRY(plain, decode_content(options.encoding, std::move(body), options.limit_bytes));
    body = std::move(plain);
  } else {
    // The body itself is a block of snappy, without a header that says so.
    TRY(plain, snappy_decompress(body, options.limit_bytes));
    body = std::move(plain);
  }
  TRY(batch, options.protobuf ? decode_protobuf_push(body) : decode_json_push(body));
  if (batch.streams.empty())
    return fail(Code::bad_request, "error at least one valid stream is required for ingestion");
  batch.tenant = options.tenant;
  if (options.service_names) add_service_names(batch);
  return batch;
}

Result<ExploreRequest> explore_request(const http::Query& form, std::string tenant, std::int64_t now_ns) {
  ExploreRequest out{
      .tenant = std::move(tenant), .query = std::string(form.get("query").value_or("")), .range = {}};
  TRY(range, time_range(form, now_ns));
  out.range = range;
  TRY(limit, parse_limit(form, "limit", 100));
  out.limit = limit;
  TRY(fields, parse_limit(form, form.get("limit").value_or("").empty() ? "field_limit" : "limit", 1000));
  out.field_limit = fields;
  TRY(lines, parse_limit(form, "line_limit", 1000));
  out.line_limit = lines;
  std::string_view names = form.get("targetLabels").value_or("");
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    if (comma > 0) out.target_labels.emplace_back(names.substr(0, comma));
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  const std::string_view by = form.get("aggregateBy").value_or("series");
  if (by != "series" && by != "labels" && !by.empty())
    return fail(Code::bad_request, "invalid aggregation option, must be one of: series, labels");
  out.by_series = by != "labels";
  out.step =
      std::chrono::seconds(std::max<std::int64_t>((range.end_ns - range.start_ns) / 250'000'000'000, 1));
  if (const auto step = form.get("step"); step && !step->empty()) {
    TRY(parsed, parse_query_duration(*step));
    out.step = parsed;
  }
  return out;
}

std::string tail_message(const std::vector<logql::ResultStream>& streams,
                         const std::vector<TailHub::Dropped>& dropped, bool categorized) {
  std::string out;
  JsonWriter json(out);
  std::string rows;
  append_streams(rows, streams, categorized);
  json.begin_object().key("streams").raw(rows);
  if (categorized) json.key("encodingFlags").begin_array().string("categorize-labels").end_array();
  if (!dropped.empty()) {
    json.key("dropped_entries").begin_array();
    for (const TailHub::Dropped& one : dropped) {
      std::string labels;
      one.labels.view().append_json(labels);
      json.begin_object()
          .key("labels")
          .raw(labels)
          .key("timestamp")
          .string(fmt::format("{}", one.time_ns))
          .end_object();
    }
    json.end_array();
  }
  json.end_object();
  return out;
}

}  // namespace

void LokiApi::add_routes(Router& router) {
  const auto get_or_post = [&](std::string_view path, Route route) {
    router.add("GET,POST", path, std::move(route));
  };
  for (const char* path : {"/loki/api/v1/push", "/api/prom/push"})
    router.add("POST", path, [this](Exchange& e) { return push(e); });
  get_or_post("/loki/api/v1/query", [this](Exchange& e) { return query(e, QueryForm::instant); });
  get_or_post("/loki/api/v1/query_range", [this](Exchange& e) { return query(e, QueryForm::range); });
  get_or_post("/api/prom/query", [this](Exchange& e) { return query(e, QueryForm::legacy); });
  for (const char* path : {"/loki/api/v1/labels", "/loki/api/v1/label", "/api/prom/label"})
    get_or_post(path, [this](Exchange& e) { return labels(e); });
  for (const char* path : {"/loki/api/v1/label/{name}/values", "/api/prom/label/{name}/values"})
    get_or_post(path, [this](Exchange& e) { return label_values(e); });
  for (const char* path : {"/loki/api/v1/series", "/api/prom/series"})
    get_or_post(path, [this](Exchange& e) { return series(e); });
  static constexpr std::array<std::pair<const char*, Explore>, 6> explorers = {{
      {"/loki/api/v1/index/stats", &index_stats},
      {"/loki/api/v1/index/volume", &index_volume},
      {"/loki/api/v1/index/volume_range", &index_volume_range},
      {"/loki/api/v1/detected_labels", &detected_labels},
      {"/loki/api/v1/detected_fields", &detected_fields},
      {"/loki/api/v1/patterns", &patterns},
  }};
  for (const auto& [path, what] : explorers)
    get_or_post(path, [this, call = what](Exchange& e) { return explore(e, call); });
  get_or_post("/loki/api/v1/detected_field/{name}/values", [this](Exchange& e) { return field_values(e); });
  get_or_post("/loki/api/v1/format_query", [this](Exchange& e) { return format_query(e); });
  router.add("POST,PUT", "/loki/api/v1/delete", [this](Exchange& e) { return request_deletion(e); });
  router.add("GET", "/loki/api/v1/delete", [this](Exchange& e) { return list_deletions(e); });
  router.add("DELETE", "/loki/api/v1/delete", [this](Exchange& e) { return cancel_deletion(e); });
  for (const char* path : {"/loki/api/v1/tail", "/api/prom/tail"})
    router.add("GET", path, [this](Exchange& e) { return tail(e); });
  router.add("GET", "/loki/api/v1/status/buildinfo", [this](Exchange& e) { return build_info(e); });
}

io::Task<> LokiApi::push(Exchange& exchange) {
  const http::Headers& headers = exchange.head().headers;
  PushOptions options;
  const std::string_view type = headers.get("content-type");
  options.protobuf = is_protobuf(type);
  options.service_names = settings_.discover_service_name;
  options.limit_bytes = settings_.body_limit_bytes;
  options.tenant = tenant_of(exchange);
  options.encoding = std::string(headers.get("content-encoding"));
  if (!options.protobuf && !type.starts_with("application/json")) {
    co_return co_await exchange.send(415, "text/plain; charset=utf-8",
                                     fmt::format("Content-Type {} is not supported\n", type));
  }
  auto body = co_await exchange.request().read_whole_body(settings_.body_limit_bytes);
  if (!body) co_return co_await exchange.send_error(body.error());
  auto ticket = parts_.pipeline.admit(body->size());
  if (!ticket) co_return co_await exchange.send_error(ticket.error());
  auto decode = [options = std::move(options), text = std::move(*body)]() mutable {
    return decode_push(options, std::move(text));
  };
  std::move_only_function<Result<LogBatch>()> work = std::move(decode);
  auto report = co_await parts_.pipeline.push<LogBatch>(parts_.loop, std::move(*ticket), std::move(work));
  if (!report) co_return co_await exchange.send_error(as_request_error(report.error()));
  if (report->rejected == 0) co_return co_await exchange.send_nothing(204);
  Error error(report->permanent ? Code::bad_request : Code::too_many_requests, report->first_rejection);
  if (!report->permanent) error.retry_after(1);
  co_await exchange.send_error(std::move(error));
}

namespace {

Result<std::string> query_text(const logql::Engine& engine, const logql::QueryRequest& request,
                               const std::atomic<bool>* cancelled, bool categorized, bool legacy) {
  auto result = engine.execute(request, cancelled);
  if (!result) return fail(std::move(result).error());
  if (!legacy) return query_answer(*result, categorized);
  if (result->kind == logql::QueryResult::Kind::streams) return legacy_answer(*result);
  return fail(Code::bad_request, "legacy endpoints only support streams result type");
}

Form form_of(const Exchange& exchange) {
  return exchange.head().target.starts_with("/api/prom") ? Form::legacy : Form::v1;
}

}  // namespace

io::Task<> LokiApi::query(Exchange& exchange, QueryForm kind) {
  auto form = co_await exchange.form();
  if (!form) co_return co_await exchange.send_error(form.error());
  auto request = query_request(*form, now_ns(), kind == QueryForm::instant);
  if (!request) co_return co_await exchange.send_error(request.error());
  request->tenant = tenant_of(exchange);
  const bool categorized = wants_categories(exchange);
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  // Whoever goes away while the query runs stops it.
  struct Leash {
    std::shared_ptr<std::atomic<bool>> flag;
    ~Leash() { flag->store(true); }
  };
  const Leash leash(cancelled);
  const logql::Engine* const engine = &parts_.engine;
  const bool legacy = kind == QueryForm::legacy;
  auto work = [engine, categorized, legacy, cancelled, request = std::move(*request)] {
    return query_text(*engine, request, cancelled.get(), categorized, legacy);
  };
  auto answer = co_await parts_.pool.run(parts_.loop, std::move(work));
  if (!answer) co_return co_await exchange.send_error(as_request_error(answer.error()));
  co_await exchange.send_json(std::move(*answer));
}

namespace {

// The selector, if any, and the time of a request about labels.
struct LabelRequest {
  std::vector<std::vector<Matcher>> selectors;
  TimeRange range;
};

Result<LabelRequest> label_request(const http::Query& form, std::int64_t now_ns, std::string_view parameter) {
  LabelRequest out;
  TRY(range, time_range(form, now_ns, std::chrono::hours(6)));
  out.range = range;
  std::vector<std::string_view> texts = form.all(parameter);
  if (parameter == "match[]")
    for (const std::string_view text : form.all("match")) texts.push_back(text);
  for (const std::string_view text : texts) {
    if (text.empty() || text == "{}") continue;
    TRY(matchers, logql::parse_selector(text, logql::Selectors::any));
    out.selectors.push_back(std::move(matchers));
  }
  if (out.selectors.empty()) out.selectors.emplace_back();
  return out;
}

std::set<Labels> streams_of(const LogStore& store, const std::string& tenant, const LabelRequest& request) {
  std::set<Labels> out;
  for (const auto& matchers : request.selectors)
    for (Labels& labels : store.streams(tenant, matchers, request.range.start_ns, request.range.end_ns))
      out.insert(std::move(labels));
  return out;
}

}  // namespace

io::Task<> LokiApi::labels(Exchange& exchange) {
  auto form = co_await exchange.form();
  if (!form) co_return co_await exchange.send_error(form.error());
  auto request = label_request(*form, now_ns(), "query");
  if (!request) co_return co_await exchange.send_error(as_request_error(request.error()));
  const LogStore* const store = &parts_.store;
  auto work = [store, tenant = tenant_of(exchange), request = std::move(*request),
               shape = form_of(exchange)] {
    std::set<std::string> names;
    for (const Labels& labels : streams_of(*store, tenant, request))
      for (const Label& label : labels.view()) names.emplace(label.name);
    return list_answer({names.begin(), names.end()}, shape);
  };
  std::string answer = co_await parts_.pool.run(parts_.loop, std::move(work));
  co_await exchange.send_json(std::move(answer));
}

io::Task<> LokiApi::label_values(Exchange& exchange) {
  auto form = co_await exchange.form();
  if (!form) co_return co_await exchange.send_error(form.error());
  auto request = label_request(*form, now_ns(), "query");
  if (!request) co_return co_await exchange.send_error(as_request_error(request.error()));
  const LogStore* const store = &parts_.store;
  auto work = [store, tenant = tenant_of(exchange), name = std::string(exchange.path("name")),
               request = std::move(*request), shape = form_of(exchange)] {
    std::set<std::string> values;
    for (const Labels& labels : streams_of(*store, tenant, request))
      if (labels.has(name)) values.emplace(labels.get(name));
    return list_answer({values.begin(), values.end()}, shape);
  };
  std::string answer = co_await parts_.pool.run(parts_.loop, std::move(work));
  co_await exchange.send_json(std::move(answer));
}

io::Task<> LokiApi::series(Exchange& exchange) {
  auto form = co_await exchange.form();
  if (!form) co_return co_await exchange.send_error(form.error());
  auto request = label_request(*form, now_ns(), "match[]");
  if (!request) co_return co_await exchange.send_error(as_request_error(request.error()));
  const LogStore* const store = &parts_.store;
  auto work = [store, tenant = tenant_of(exchange), request = std::move(*request)] {
    const std::set<Labels> found = streams_of(*store, tenant, request);
    return series_answer({found.begin(), found.end()});
  };
  std::string answer = co_await parts_.pool.run(parts_.loop, std::move(work));
  co_await exchange.send_json(std::move(answer));
}

io::Task<> LokiApi::explore(Exchange& exchange, Explore what) {
  auto form = co_await exchange.form();
  if (!form) co_return co_await exchange.send_error(form.error());
  auto request = explore_request(*form, tenant_of(exchange), now_ns());
  if (!request) co_return co_await exchange.send_error(as_request_error(request.error()));
  const logql::Engine* const engine = &parts_.engine;
  auto work = [engine, what, request = std::move(*request)] { return what(*engine, request); };
  auto answer = co_await parts_.pool.run(parts_.loop, std::move(work));
  if (!answer) co_return co_await exchange.send_error(as_request_error(answer.error()));
  co_await exchange.send_json(std::move(*answer));
}

io::Task<> LokiApi::field_values(Exchange& exchange) {
  auto form = co_await exchange.form();
  if (!form) co_return co_await exchange.send_error(form.error());
  auto request = explore_request(*form, tenant_of(exchange), now_ns());
  if (!request) co_return co_await exchange.send_error(as_request_error(request.error()));
  const logql::Engine* const engine = &parts_.engine;
  auto work = [engine, name = std::string(exchange.path("name")), request = std::move(*request)] {
    return detected_field_values(*engine, request, name);
  };
  auto answer = co_await parts_.pool.run(parts_.loop, std::move(work));
  if (!answer) co_return co_await exchange.send_error(as_request_error(answer.error()));
  co_await exchange.send_json(std::move(*answer));
}

io::Task<> LokiApi::format_query(Exchange& exchange) {
  auto form = co_await exchange.form();
  if (!form) co_return co_await exchange.send_error(form.error());
  std::string out;
  JsonWriter json(out);
  auto expr = logql::parse(form->get("query").value_or(""));
  json.begin_object().key("status").string(expr ? "success" : "invalid-query");
  if (expr) {
    json.key("data").string(logql::to_pretty_string(**expr));
  } else {
    json.key("error").string(expr.error().message());
  }
  json.end_object();
  co_await exchange.send(expr ? 200 : 400, "application/json", std::move(out));
}

io::Task<> LokiApi::request_deletion(Exchange& exchange) {
  auto form = co_await exchange.form();
  if (!form) co_return co_await exchange.send_error(form.error());
  const std::string query(form->get("query").value_or(""));
  const std::string_view start = form->get("start").value_or("");
  const std::string_view end = form->get("end").value_or("");
  const char* const missing = query.empty()   ? "query not set\n"
                              : start.empty() ? "start time not set\n"
                                              : nullptr;
  if (missing != nullptr) co_return co_await exchange.send(400, "text/plain; charset=utf-8", missing);
  auto from = parse_query_time(start);
  auto to = end.empty() ? Result<std::int64_t>(now_ns()) : parse_query_time(end);
  if (!from) co_return co_await exchange.send_error(from.error());
  if (!to) co_return co_await exchange.send_error(to.error());
  if (*from > *to)
    co_return co_await exchange.send(400, "text/plain; charset=utf-8",
                                     "start time can't be greater than end time\n");
  LogStore* const store = &parts_.store;
  auto work = [store, tenant = tenant_of(exchange), query, begin = *from, stop = *to] {
    return store->request_deletion(tenant, query, begin, stop);
  };
  auto done = co_await parts_.pool.run(parts_.loop, std::move(work));
  if (!done) co_return co_await exchange.send_error(as_request_error(done.error()));
  co_await exchange.send_nothing(204);
}

io::Task<> LokiApi::list_deletions(Exchange& exchange) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const DeletionRequest& one : parts_.store.deletions(tenant_of(exchange))) {
    json.begin_object().key("request_id").string(one.id);
    json.key("start_time").raw(time_text(one.start_ns)).key("end_time").raw(time_text(one.end_ns));
    json.key("query").string(one.query).key("status").string(one.processed ? "processed" : "received");
    json.key("created_at").raw(time_text(one.created_ns)).end_object();
  }
  json.end_array();
  co_await exchange.send_json(std::move(out));
}

io::Task<> LokiApi::cancel_deletion(Exchange& exchange) {
  auto form = co_await exchange.form();
  if (!form) co_return co_await exchange.send_error(form.error());
  LogStore* const store = &parts_.store;
  auto work = [store, tenant = tenant_of(exchange), id = std::string(form->get("request_id").value_or(""))] {
    return store->cancel_deletion(tenant, id);
  };
  auto done = co_await parts_.pool.run(parts_.loop, std::move(work));
  if (!done) co_return co_await exchange.send_error(done.error());
  co_await exchange.send_nothing(204);
}

io::Task<> LokiApi::tail(Exchange& exchange) {
  const http::Query form = exchange.head().query();
  auto query = logql::parse_log_query(form.get("query").value_or(""));
  if (!query) co_return co_await exchange.send_error(query.error());
  auto history = query_request(form, now_ns(), false);
  if (!history) co_return co_await exchange.send_error(history.error());
  auto delay = tail_delay(form);
  if (!delay) co_return co_await exchange.send_error(delay.error());
  if (!http::wants_websocket(exchange.head()))
    co_return co_await exchange.send(400, "text/plain; charset=utf-8", "a WebSocket is expected\n");
  history->tenant = tenant_of(exchange);
  history->end_ns = INT64_MAX;
  history->direction = logql::Direction::backward;  // the newest of what was
  // The follower first, so that nothing falls between what was and what comes.
  auto follower = parts_.tail.follow(parts_.loop, history->tenant, *query);
  if (!follower) co_return co_await exchange.send_error(as_request_error(follower.error()));
  auto socket = co_await http::accept_websocket(parts_.loop, exchange.request(), exchange.responder(),
                                                std::string(), parts_.random);
  if (!socket) co_return;
  const TailOptions options{.delay = *delay, .categorized = wants_categories(exchange)};
  co_await follow(std::move(*socket), std::move(*follower), std::move(*history), options);
}

namespace {

// Reads until the other side closes, so that pings are answered and an end is seen.
io::Task<> read_until_closed(http::WebSocket& socket, io::Event& closed) {
  for (;;) {
    auto message = co_await socket.read();
    if (!message || !message->has_value()) break;
  }
  closed.set();
}

void sort_by_time(logql::ResultStream& stream) {
  std::vector<logql::ResultEntry>& entries = stream.entries;
  const auto before = [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; };
  if (std::is_sorted(entries.begin(), entries.end(), before)) return;
  // Entries of one time stay in the order in which they came.
  std::multimap<std::int64_t, logql::ResultEntry> sorted;
  for (logql::ResultEntry& entry : entries) sorted.emplace(entry.time_ns, std::move(entry));
  entries.clear();
  for (auto& [time, entry] : sorted) entries.push_back(std::move(entry));
}

io::Task<> wake_when_set(io::Event& event, io::Event& wake) {
  co_await event.wait();
  wake.set();
}

}  // namespace

io::Task<> LokiApi::follow(std::unique_ptr<http::WebSocket> socket,
                           std::unique_ptr<TailHub::Follower> follower, logql::QueryRequest history,
                           TailOptions options) {
  const logql::Engine* const engine = &parts_.engine;
  auto work = [engine, request = std::move(history)] { return engine->execute(request); };
  auto before = co_await parts_.pool.run(parts_.loop, std::move(work));
  if (!before) {
    (void)co_await socket->close(1008, before.error().message());
    co_return;
  }
  std::vector<TailHub::Dropped> dropped;
  std::set<std::pair<std::int64_t, std::string>> sent;
  // The history comes oldest first, as what follows does.
  for (logql::ResultStream& stream : before->streams) {
    std::reverse(stream.entries.begin(), stream.entries.end());
    for (const logql::ResultEntry& entry : stream.entries) sent.emplace(entry.time_ns, entry.line);
  }
  if (!before->streams.empty()) {
    const std::string message = tail_message(before->streams, dropped, options.categorized);
    auto written = co_await socket->write(http::WebSocketMessage::Kind::text, message);
    if (!written) co_return;
  }
  io::Event closed(parts_.loop), wake(parts_.loop);
  io::Task<> reading = read_until_closed(*socket, closed);
  reading.start();
  io::Task<> ending = wake_when_set(closed, wake);
  ending.start();
  while (!closed.is_set()) {
    io::Task<> coming = wake_when_set(follower->ready(), wake);
    coming.start();
    co_await wake.wait();
    wake.reset();
    if (closed.is_set()) break;
    // What comes late meanwhile is put in its place.
    if (options.delay.count() != 0) co_await parts_.loop.sleep(options.delay);
    std::vector<logql::ResultStream> streams = follower->take(dropped);
    for (logql::ResultStream& stream : streams) sort_by_time(stream);
    // What was written while the history was read may be in both.
    for (logql::ResultStream& stream : streams) {
      std::erase_if(stream.entries, [&](const logql::ResultEntry& entry) {
        return sent.erase({entry.time_ns, entry.line}) > 0;
      });
    }
    std::erase_if(streams, [](const logql::ResultStream& stream) { return stream.entries.empty(); });
    if (streams.empty() && dropped.empty()) continue;
    const std::string message = tail_message(streams, dropped, options.categorized);
    auto written = co_await socket->write(http::WebSocketMessage::Kind::text, message);
    if (!written) break;
  }
  (void)co_await socket->close(1000, "");
}

io::Task<> LokiApi::build_info(Exchange& exchange) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("version").string(settings_.version).key("revision").string("aloft");
  json.key("branch").string("main").key("buildUser").string("").key("buildDate").string("");
  json.key("goVersion").string("").end_object();
  co_await exchange.send_json(std::move(out));
}

}  // namespace aloft::telemetry::logs
