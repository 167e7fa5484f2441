// Metrics queries over the store, and the lists of values and keys that editors of queries ask for.
#include "io/guarded.h"
#include "telemetry/traces/store/parallel.h"
#include "telemetry/traces/store/time_span.h"
#include "telemetry/traces/traceql/engine.h"
#include "telemetry/traces/traceql/evaluate.h"
#include "telemetry/traces/traceql/pushdown.h"
#include "telemetry/traces/traceql/series.h"

namespace aloft::telemetry::traces::traceql {
namespace {

constexpr std::size_t intervals_limit = 11'000;

Result<Intervals> intervals_of(const MetricsRequest& request) {
  Intervals intervals;
  if (request.end_ns <= request.start_ns) {
    return fail(Code::invalid,
                fmt::format("the end {} is not after the start {}", request.end_ns, request.start_ns));
  }
  if (request.step_ns <= 0) {
    intervals.begin = request.start_ns;
    intervals.step = time_between(request.start_ns, request.end_ns);
    intervals.count = 1;
    return intervals;
  }
  intervals.step = request.step_ns;
  // At multiples of the step, so that the same query a moment later has the same points.
  std::int64_t off = request.start_ns % request.step_ns;
  if (off < 0) off += request.step_ns;
  if (__builtin_sub_overflow(request.start_ns, off, &intervals.begin))
    return fail(Code::invalid, fmt::format("the start {} is too early for such steps", request.start_ns));
  const auto span = static_cast<std::uint64_t>(request.end_ns) - static_cast<std::uint64_t>(intervals.begin);
  const std::uint64_t step = static_cast<std::uint64_t>(request.step_ns);
  const std::uint64_t count = span / step + (span % step != 0 ? 1 : 0);
  if (count > intervals_limit) {
    return fail(Code::invalid, fmt::format("{} steps are too many, {} are allowed; take a larger step", count,
                                           intervals_limit));
  }
  intervals.count = count;
  return intervals;
}

// A value of a row without putting its trace together.
Value row_value(const BoundTable& bound, const FieldName& field, std::uint32_t row,
                std::deque<std::vector<Value>>& lists) {
  const SpanTable& table = bound.table();
  if (field.scope != Scope::intrinsic) return field.of_parent ? Value{} : bound.attribute(row, 0, lists);
  switch (field.intrinsic) {
    case Intrinsic::name:
      return string_value(bound.name(row));
    case Intrinsic::status:
      return status_value(static_cast<SpanStatus>(table.statuses[row]));
    case Intrinsic::kind:
      return kind_value(static_cast<SpanKind>(table.kinds[row]));
    case Intrinsic::status_message:
      return string_value(table.strings.at(at_or_zero(table.status_messages, row)));
    case Intrinsic::root_name:
      return table.parent_ids[row] == 0 ? string_value(bound.name(row)) : Value{};
    case Intrinsic::root_service:
      return table.parent_ids[row] == 0 ? string_value(bound.service(row)) : Value{};
    case Intrinsic::instrumentation_name:
      return string_value(bound.scope(row).name);
    case Intrinsic::instrumentation_version:
      return string_value(bound.scope(row).version);
    case Intrinsic::event_name: {
      if (table.events.first.empty()) return {};
      std::vector<Value> names;
      for (std::uint32_t i = table.events.first[row]; i < table.events.first[row + 1]; ++i) {
        names.push_back(string_value(table.strings.at(table.events.names[i])));
      }
      Value list;
      list.type = ValueType::list;
      list.list = &lists.emplace_back(std::move(names));
      return list;
    }
    default:
      return {};
  }
}

// The keys of events (links) of the spans that the mask takes.
template <class Nested>
void add_nested_keys(const SpanTable& table, const Nested& nested, const RowMask& mask,
                     std::set<std::string>& keys) {
  if (nested.first.empty()) return;
  RowMask items(nested.count(), 0);
  for (std::uint32_t row = 0; row < table.rows(); ++row) {
    for (std::uint32_t i = nested.first[row]; i < nested.first[row + 1]; ++i) items[i] = mask[row];
  }
  for (const AttributeColumn& column : nested.attributes) {
    bool seen = false;
    column.present.each(0, nested.count(),
                        [&](std::uint32_t item, std::uint32_t) { seen |= items[item] != 0; });
    if (seen) keys.emplace(table.strings.at(column.key));
  }
}

}  // namespace

Result<MetricsResult> Engine::metrics(const Query& query, const MetricsRequest& request) const {
  if (!query.metrics) return fail(Code::invalid, "not a metrics query: a function such as rate() is missing");
  TRY(intervals, intervals_of(request));
  const TimeRange range{request.start_ns, request.end_ns};
  const StoreView view = view_of(range);
  const std::vector<IdRange> slices = slices_of(view);
  ScanStats stats;
  const auto began = std::chrono::steady_clock::now();
  io::Guarded<SeriesGatherer> all(SeriesGatherer(query, request, intervals));
  for_each_parallel(pool_, slices.size(), threads_ - 1, [&](std::size_t i) {
    Scanner scanner(query, view, range, request.limits, began, stats);
    SeriesGatherer gathered(query, request, intervals);
    std::vector<TraceId> ids;
    for (const Candidate& candidate : scanner.candidates(slices[i])) ids.push_back(candidate.id);
    scanner.traces(ids, [&](const TraceView& trace) {
      gathered.add(trace, evaluate(query.pipeline, trace));
      return !gathered.overflowed();
    });
    all.with([&](SeriesGatherer& into) { into.merge(std::move(gathered)); });
  });
  MetricsResult result;
  const bool overflowed = all.with([&](SeriesGatherer& gathered) {
    result.series = gathered.finish();
    return gathered.overflowed();
  });
  if (overflowed) {
    return fail(Code::invalid, fmt::format("the query makes more than {} series; group by fewer values",
                                           request.series_limit));
  }
  apply_stages(query.series, result.series);
  result.stats = {stats.spans, stats.traces, stats.bytes, view.parts.size(), stats.partial};
  return result;
}

std::set<std::pair<ValueType, std::string>> Engine::values(const FieldName& field, const Query* filter,
                                                           const TimeRange& range, std::size_t limit) const {
  std::set<std::pair<ValueType, std::string>> found;
  Query query;
  query.fields.push_back(field);
  ColumnChoice choice = columns_of(query);
  if (filter != nullptr) {
    const ColumnChoice more = columns_of(*filter);
    choice.span_keys.insert(more.span_keys.begin(), more.span_keys.end());
    choice.event_keys.insert(more.event_keys.begin(), more.event_keys.end());
    choice.link_keys.insert(more.link_keys.begin(), more.link_keys.end());
    choice.events |= more.events;
    choice.links |= more.links;
    choice.status_messages |= more.status_messages;
  }
  for (const auto& part : store_.view(range).parts) {
    for (std::size_t g = 0; g < part->groups().size() && found.size() < limit; ++g) {
      auto table = part->load(g, choice);
      if (!table) continue;
      const BoundTable bound(*table, query.fields);
      RowMask mask;
      if (filter != nullptr) mask = may_match(filter->pipeline, BoundTable(*table, filter->fields));
      std::deque<std::vector<Value>> lists;
      const auto add = [&](const Value& value) {
        if (!value.is_nil() && found.size() < limit) found.emplace(value.type, value_text(value));
      };
      for (std::uint32_t row = 0; row < (*table)->rows(); ++row) {
        if (!mask.empty() && mask[row] == 0) continue;
        if ((*table)->starts[row] < range.begin || (*table)->starts[row] > range.end) continue;
        const Value value = row_value(bound, field, row, lists);
        if (value.type != ValueType::list) {
          add(value);
          continue;
        }
        for (const Value& item : *value.list) add(item);
        lists.clear();
      }
    }
  }
  return found;
}

std::map<std::pair<std::string, std::string>, std::uint64_t> Engine::dependencies(
    const TimeRange& range, const ScanLimits& limits) const {
  using Calls = std::map<std::pair<std::string, std::string>, std::uint64_t>;
  const Query everything;
  const StoreView view = view_of(range);
  const std::vector<IdRange> slices = slices_of(view);
  ScanStats stats;
  const auto began = std::chrono::steady_clock::now();
  io::Guarded<Calls> all;
  for_each_parallel(pool_, slices.size(), threads_ - 1, [&](std::size_t i) {
    Scanner scanner(everything, view, range, limits, began, stats);
    Calls calls;
    std::vector<TraceId> ids;
    for (const Candidate& candidate : scanner.candidates(slices[i])) ids.push_back(candidate.id);
    scanner.traces(ids, [&calls](const TraceView& trace) {
      for (std::uint32_t span = 0; span < trace.size(); ++span) {
        const std::uint32_t parent = trace.parent(span);
        if (parent == no_span) continue;
        const std::string_view caller = trace.span(parent).table->service(trace.span(parent).row);
        const std::string_view callee = trace.span(span).table->service(trace.span(span).row);
        if (caller != callee) ++calls[{std::string(caller), std::string(callee)}];
      }
      return true;
    });
    all.with([&calls](Calls& into) {
      for (const auto& [edge, count] : calls) into[edge] += count;
    });
  });
  return all.with([](Calls& calls) { return calls; });
}

std::set<SpanId> Engine::spans_of(const TraceId& id, const Query& filter, bool with_ancestors) const {
  std::set<SpanId> found;
  const StoreView view = store_.view();
  ScanStats stats;
  Scanner scanner(filter, view, {}, {}, std::chrono::steady_clock::now(), stats);
  scanner.traces({id}, [&](const TraceView& trace) {
    const SpansetExpr* set = filter.single_filter();
    for (std::uint32_t i = 0; i < trace.size(); ++i) {
      if (set == nullptr || !matches(set->filter.get(), trace, i)) continue;
      // Damaged traces may have circles; a span met again ends the walk.
      for (std::uint32_t at = i; at != no_span; at = with_ancestors ? trace.parent(at) : no_span) {
        if (!found.insert(to_span_id(trace.span(at).span_id())).second && at != i) break;
      }
    }
    return true;
  });
  return found;
}

PartSummary Engine::keys(const Query& filter, const TimeRange& range) const {
  PartSummary keys;
  for (const auto& part : store_.view(range).parts) {
    for (std::size_t g = 0; g < part->groups().size(); ++g) {
      auto table = part->load(g, {});
      if (!table) continue;
      const BoundTable bound(*table, filter.fields);
      const RowMask mask = may_match(filter.pipeline, bound);
      for (const AttributeColumn& column : (*table)->attributes) {
        bool seen = false;
        column.present.each(0, (*table)->rows(),
                            [&](std::uint32_t row, std::uint32_t) { seen |= mask[row] != 0; });
        if (seen) keys.span_keys.emplace((*table)->strings.at(column.key));
      }
      add_nested_keys(**table, (*table)->events, mask, keys.event_keys);
      add_nested_keys(**table, (*table)->links, mask, keys.link_keys);
      for (std::uint32_t row = 0; row < (*table)->rows(); ++row) {
        if (mask[row] == 0) continue;
        for (const auto& [key, value] : bound.resource(row)) keys.resource_keys.insert(key);
        for (const auto& [key, value] : bound.scope(row).attributes) keys.scope_keys.insert(key);
      }
    }
  }
  return keys;
}

}  // namespace aloft::telemetry::traces::traceql
