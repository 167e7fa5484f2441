// A search is a TraceQL query for spans; its answer is whole traces.
#include "telemetry/traces/api/jaeger_queries.h"

namespace aloft::telemetry::traces {

io::Task<PartSummary> JaegerQueries::summary() {
  const TraceStore* store = &store_;
  auto work = [store] { return store->summary(); };
  PartSummary found = co_await pool_.run(loop_, std::move(work));
  co_return found;
}

io::Task<Result<SpanBatch>> JaegerQueries::trace(TraceId id) {
  const TraceStore* store = &store_;
  auto work = [store, id] { return store->trace(id); };
  auto found = co_await pool_.run(loop_, std::move(work));
  co_return found;
}

io::Task<Result<>> JaegerQueries::search(JaegerSearch search, Take take) {
  const TraceStore* store = &store_;
  auto work = [engine = engine_, store, limits = settings_.scan, wanted = std::move(search),
               give = std::move(take)]() -> Result<> {
    std::vector<TraceId> ids = wanted.ids;
    if (ids.empty()) {
      TRY(query, traceql::parse_query(query_of(wanted)));
      traceql::SearchRequest request;
      request.range = wanted.range;
      request.limit = wanted.limit;
      request.spans_per_set = 1;
      request.limits = limits;
      TRY(found, engine.search(query, request));
      for (const traceql::TraceMatch& trace : found.traces) ids.push_back(trace.id);
    }
    const StoreView view = store->view();
    for (const TraceId& id : ids) {
      const auto trace = read_trace(view, id);
      if (!give(id, trace ? &*trace : nullptr)) break;
    }
    return {};
  };
  auto found = co_await pool_.run(loop_, std::move(work));
  co_return found;
}

io::Task<Result<traceql::MetricsResult>> JaegerQueries::metrics(std::string query,
                                                                traceql::MetricsRequest request) {
  request.limits = settings_.scan;
  auto work = [engine = engine_, text = std::move(query), request]() -> Result<traceql::MetricsResult> {
    TRY(parsed, traceql::parse_query(text));
    return engine.metrics(parsed, request);
  };
  auto found = co_await pool_.run(loop_, std::move(work));
  co_return found;
}

io::Task<JaegerQueries::Calls> JaegerQueries::dependencies(TimeRange range) {
  auto work = [engine = engine_, range, limits = settings_.scan] {
    return engine.dependencies(range, limits);
  };
  Calls calls = co_await pool_.run(loop_, std::move(work));
  co_return calls;
}

}  // namespace aloft::telemetry::traces
