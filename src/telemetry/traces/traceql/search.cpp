// Searches: every slice of the id space gives its newest matches, and the newest of all are the answer.
#include "io/guarded.h"
#include "telemetry/traces/store/parallel.h"
#include "telemetry/traces/store/time_span.h"
#include "telemetry/traces/traceql/engine.h"
#include "telemetry/traces/traceql/evaluate.h"

namespace aloft::telemetry::traces::traceql {
namespace {

// Up to so many candidates are taken newest first, so that few traces are put together; more are cheaper to
// take in the order in which they lie.
constexpr std::size_t few_candidates = 2048;
constexpr std::size_t chunk_size = 128;
// A trace may have spans in parts that lie beside the time that is searched.
constexpr std::int64_t slack_ns = 3'600'000'000'000;

bool shown_apart(const FieldName& field) {
  if (field.scope != Scope::intrinsic) return false;
  switch (field.intrinsic) {
    case Intrinsic::name:
    case Intrinsic::duration:
    case Intrinsic::trace_duration:
    case Intrinsic::root_name:
    case Intrinsic::root_service:
    case Intrinsic::trace_id:
    case Intrinsic::span_id:
      return true;
    default:
      return false;
  }
}

SpanMatch describe_span(const Query& query, const TraceView& trace, std::uint32_t index) {
  const SpanRef& span = trace.span(index);
  SpanMatch match;
  match.id = to_span_id(span.span_id());
  match.name = span.table->name(span.row);
  match.start_ns = span.start();
  match.duration_ns = span.duration();
  for (std::uint32_t slot = 0; slot < query.fields.size(); ++slot) {
    const FieldName& field = query.fields[slot];
    if (shown_apart(field)) continue;
    const Value value = trace.value(index, field, slot);
    if (!value.is_nil()) match.attributes.emplace_back(short_name(field), to_attribute(value));
  }
  return match;
}

TraceMatch describe_trace(const Query& query, const TraceView& trace, const std::vector<Spanset>& sets,
                          std::size_t spans_per_set) {
  TraceMatch match;
  match.id = trace.id();
  match.start_ns = trace.start();
  match.duration_ns = time_between(trace.start(), trace.end());
  if (const std::uint32_t root = trace.root(); root != no_span) {
    match.has_root = true;
    match.root_service = trace.span(root).table->service(trace.span(root).row);
    match.root_name = trace.span(root).table->name(trace.span(root).row);
  }
  for (std::uint32_t i = 0; i < trace.size(); ++i) {
    const SpanRef& span = trace.span(i);
    ServiceCounts& counts = match.services[std::string(span.table->service(span.row))];
    ++counts.spans;
    if (span.status() == SpanStatus::error) ++counts.errors;
  }
  for (const Spanset& set : sets) {
    SpansetMatch& shown = match.sets.emplace_back();
    shown.matched = set.spans.size();
    shown.attributes = set.attributes;
    for (const std::uint32_t span : set.spans) {
      if (spans_per_set != 0 && shown.spans.size() >= spans_per_set) break;
      shown.spans.push_back(describe_span(query, trace, span));
    }
  }
  return match;
}

bool newer(const TraceMatch& a, const TraceMatch& b) {
  if (a.start_ns != b.start_ns) return a.start_ns > b.start_ns;
  return a.id < b.id;
}

class SliceSearch {
 public:
  SliceSearch(const Query& query, const SearchRequest& request, Scanner& scanner)
      : query_(query), request_(request), scanner_(scanner) {}

  std::vector<TraceMatch> run(const IdRange& slice) {
    std::vector<Candidate> candidates = scanner_.candidates(slice);
    if (candidates.size() > few_candidates) {
      look_at(candidates);
      return finish();
    }
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& a, const Candidate& b) { return a.latest_start > b.latest_start; });
    for (std::size_t begin = 0; begin < candidates.size() && found_.size() < request_.limit;
         begin += chunk_size) {
      const std::size_t end = std::min(begin + chunk_size, candidates.size());
      std::vector<Candidate> chunk(candidates.begin() + static_cast<std::ptrdiff_t>(begin),
                                   candidates.begin() + static_cast<std::ptrdiff_t>(end));
      std::sort(chunk.begin(), chunk.end(),
                [](const Candidate& a, const Candidate& b) { return a.id < b.id; });
      look_at(chunk);
    }
    return finish();
  }

 private:
  void look_at(const std::vector<Candidate>& candidates) {
    std::vector<TraceId> ids;
    ids.reserve(candidates.size());
    for (const Candidate& candidate : candidates) ids.push_back(candidate.id);
    scanner_.traces(ids, [this](const TraceView& trace) {
      const std::vector<Spanset> sets = evaluate(query_.pipeline, trace);
      if (sets.empty()) return true;
      found_.push_back(describe_trace(query_, trace, sets, request_.spans_per_set));
      if (found_.size() >= request_.limit * 2 + 64) prune();
      return true;
    });
  }

  void prune() {
    std::sort(found_.begin(), found_.end(), newer);
    if (found_.size() > request_.limit) found_.resize(request_.limit);
  }

  std::vector<TraceMatch> finish() {
    prune();
    return std::move(found_);
  }

  const Query& query_;
  const SearchRequest& request_;
  Scanner& scanner_;
  std::vector<TraceMatch> found_;
};

}  // namespace

StoreView Engine::view_of(const TimeRange& range) const {
  TimeRange wider = range;
  if (wider.begin > std::numeric_limits<std::int64_t>::min() + slack_ns) wider.begin -= slack_ns;
  if (wider.end < std::numeric_limits<std::int64_t>::max() - slack_ns) wider.end += slack_ns;
  return store_.view(wider);
}

std::vector<IdRange> Engine::slices_of(const StoreView& view) const {
  std::uint64_t rows = 0;
  for (const auto& part : view.parts) rows += part->rows();
  // Small enough that a slice's traces fit in memory, few enough that groups are not read again and again.
  return IdRange::split(rows < 20'000 ? 1 : std::max<std::size_t>(threads_, rows / 2'000'000));
}

Result<SearchResult> Engine::search(const Query& query, const SearchRequest& request) const {
  if (query.metrics) return fail(Code::invalid, "metrics queries are answered by /api/metrics/query_range");
  const StoreView view = view_of(request.range);
  const std::vector<IdRange> slices = slices_of(view);
  ScanStats stats;
  const auto began = std::chrono::steady_clock::now();
  io::Guarded<std::vector<TraceMatch>> all;
  for_each_parallel(pool_, slices.size(), threads_ - 1, [&](std::size_t i) {
    Scanner scanner(query, view, request.range, request.limits, began, stats);
    std::vector<TraceMatch> found = SliceSearch(query, request, scanner).run(slices[i]);
    all.with([&found](std::vector<TraceMatch>& traces) {
      std::move(found.begin(), found.end(), std::back_inserter(traces));
    });
  });
  SearchResult result;
  result.traces = all.with([](std::vector<TraceMatch>& traces) { return std::move(traces); });
  std::sort(result.traces.begin(), result.traces.end(), newer);
  if (result.traces.size() > request.limit) result.traces.resize(request.limit);
  result.stats = {stats.spans, stats.traces, stats.bytes, view.parts.size(), stats.partial};
  return result;
}

}  // namespace aloft::telemetry::traces::traceql
