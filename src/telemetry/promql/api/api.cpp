// Routes of the query interface, and the turns that requests take.
#include "telemetry/promql/api.h"

#include <optional>

#include "io/scope.h"
#include "telemetry/promql/api/request.h"

namespace aloft::telemetry::promql {

// The right to run, held while a request does. When it goes early, the client has gone.
struct QueryApi::Turn {
  Turn(QueryApi& owner, std::shared_ptr<StopSignal> signal) : api(owner), stop(std::move(signal)) {
    ++api.running_;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    stop->cancel();
    --api.running_;
    api.turns_.notify_one();
  }
  QueryApi& api;
  std::shared_ptr<StopSignal> stop;
};

// A place in the queue. Who leaves it, for whatever reason, lets the next one look.
struct QueryApi::Waiting {
  explicit Waiting(QueryApi& owner) : api(owner) { ++api.waiting_count_; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    --api.waiting_count_;
    if (api.running_ < api.options_.concurrency) api.turns_.notify_one();
  }
  QueryApi& api;
};

QueryApi::QueryApi(io::Loop& loop, io::Pool& pool, const metrics::Queryable& storage, const Engine& engine,
                   const Clock& clock, QueryApiOptions options)
    : loop_(loop),
      pool_(pool),
      storage_(storage),
      engine_(engine),
      clock_(clock),
      options_(options),
      turns_(loop) {}

void QueryApi::add_routes(Router& router) {
  const auto route = [&](std::string_view methods, std::string_view pattern, Endpoint endpoint) {
    router.add(methods, pattern, [this, endpoint](Exchange& exchange) { return serve(exchange, endpoint); });
  };
  route("GET,POST", "/api/v1/query", Endpoint::query);
  route("GET,POST", "/api/v1/query_range", Endpoint::query_range);
  route("GET,POST", "/api/v1/query_exemplars", Endpoint::exemplars);
  route("GET,POST", "/api/v1/format_query", Endpoint::format_query);
  route("GET,POST", "/api/v1/parse_query", Endpoint::parse_query);
  route("GET,POST", "/api/v1/series", Endpoint::series);
  route("GET,POST", "/api/v1/labels", Endpoint::labels);
  route("GET", "/api/v1/label/{name}/values", Endpoint::label_values);
}

io::Task<> QueryApi::time_out(std::shared_ptr<StopSignal> stop, Duration after) {
  co_await loop_.sleep(after);
  stop->time_out();
}

namespace {

io::Task<> send(Exchange& exchange, api::Answer answer) {
  if (answer.body.empty()) {
    co_await exchange.send_nothing(answer.status);
    co_return;
  }
  co_await exchange.send(answer.status, "application/json", std::move(answer.body));
}

}  // namespace

io::Task<> QueryApi::serve(Exchange& exchange, Endpoint endpoint) {
  api::Request request;
  request.label = std::string(exchange.path("name"));
  request.now = std::chrono::floor<std::chrono::milliseconds>(clock_.wall().since_epoch).count();
  auto form = co_await exchange.form();
  if (!form) {
    const Error error(Code::bad_request,
                      fmt::format("error parsing form values: {}", form.error().message()));
    api::Answer refused = api::error_answer(error);
    co_await send(exchange, std::move(refused));
    co_return;
  }
  request.form = std::move(*form);
  Duration timeout = options_.timeout;
  if (!request.get("timeout").empty()) {
    auto asked = api::duration_param(request, "timeout");
    if (!asked) {
      api::Answer refused = api::error_answer(asked.error());
      co_await send(exchange, std::move(refused));
      co_return;
    }
    timeout = std::min<Duration>(timeout, std::chrono::milliseconds(std::max<Millis>(*asked, 0)));
  }
  const Time deadline = loop_.now() + timeout;
  bool in_time = waiting_count_ < options_.waiting || running_ < options_.concurrency;
  std::optional<Waiting> waiting(std::in_place, *this);
  while (in_time && running_ >= options_.concurrency) in_time = co_await turns_.wait_until(deadline);
  if (!in_time) {
    waiting.reset();
    const Error error(Code::timeout, "query timed out in query queue");
    api::Answer refused = api::error_answer(error);
    co_await send(exchange, std::move(refused));
    co_return;
  }
  auto stop = std::make_shared<StopSignal>();
  Turn turn(*this, stop);
  waiting.reset();
  if (deadline <= loop_.now()) stop->time_out();
  io::Scope timer(loop_);
  timer.spawn(time_out(stop, deadline - loop_.now()));
  request.stop = stop;
  auto run = [storage = &storage_, engine = &engine_, endpoint, work = std::move(request)] {
    switch (endpoint) {
      case Endpoint::query:
        return api::query(*storage, *engine, work);
      case Endpoint::query_range:
        return api::query_range(*storage, *engine, work);
      case Endpoint::series:
        return api::series(*storage, work);
      case Endpoint::labels:
        return api::labels(*storage, work);
      case Endpoint::label_values:
        return api::label_values(*storage, work);
      case Endpoint::exemplars:
        return api::exemplars(*storage, work);
      case Endpoint::format_query:
        return api::format_query(work);
      default:
        return api::parse_query(work);
    }
  };
  api::Answer answer = co_await pool_.run(loop_, std::move(run));
  timer.cancel();
  co_await send(exchange, std::move(answer));
}

}  // namespace aloft::telemetry::promql
