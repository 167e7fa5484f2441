// TraceQL over a store: which traces match, and series made of spans.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/pool.h"
#include "telemetry/traces/store/store.h"
#include "telemetry/traces/traceql/parser.h"
#include "telemetry/traces/traceql/scan.h"

namespace aloft::telemetry::traces::traceql {

using NamedValues = std::vector<std::pair<std::string, AttributeValue>>;

struct SpanMatch {
  SpanId id{};
  std::string name;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  NamedValues attributes;  // what the query names
};
struct SpansetMatch {
  std::vector<SpanMatch> spans;
  std::uint64_t matched = 0;  // spans in all, of which some are above
  NamedValues attributes;     // groups and aggregates
};
struct ServiceCounts {
  std::uint64_t spans = 0;
  std::uint64_t errors = 0;
};
struct TraceMatch {
  TraceId id{};
  std::string root_service;  // empty while the root span has not come
  std::string root_name;
  bool has_root = false;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::map<std::string, ServiceCounts> services;
  std::vector<SpansetMatch> sets;
};

struct QueryStats {
  std::uint64_t spans = 0;   // looked at
  std::uint64_t traces = 0;  // put together
  std::uint64_t bytes = 0;
  std::uint64_t blocks = 0;
  bool partial = false;  // a limit stopped the query, or damaged data was left out
};

struct SearchRequest {
  TimeRange range;  // traces with a matching span that overlaps it
  std::size_t limit = 20;
  std::size_t spans_per_set = 3;
  ScanLimits limits;
};
struct SearchResult {
  std::vector<TraceMatch> traces;  // newest first
  QueryStats stats;
};

struct SeriesPoint {
  std::int64_t time_ms = 0;
  double value = 0;
};
struct SeriesExemplar {
  TraceId trace{};
  std::int64_t time_ms = 0;
  double value = 0;
};
struct Series {
  NamedValues labels;
  std::vector<SeriesPoint> points;
  std::vector<SeriesExemplar> exemplars;
};
struct MetricsRequest {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t step_ns = 0;   // zero: one point for the whole time
  std::size_t exemplars = 0;  // of all series together
  std::size_t series_limit = 10'000;
  ScanLimits limits;
};
struct MetricsResult {
  std::vector<Series> series;
  QueryStats stats;
};

// Every call blocks, reads disks, and works on several threads of the pool.
class Engine {
 public:
  // The pool and the store outlive it.
  Engine(const TraceStore& store, io::Pool& pool, std::size_t threads)
      : store_(store), pool_(pool), threads_(threads) {}

  // Error: invalid when the query is one for metrics.
  Result<SearchResult> search(const Query& query, const SearchRequest& request) const;
  // Error: invalid when the query has no metrics function, too many steps or too many series.
  Result<MetricsResult> metrics(const Query& query, const MetricsRequest& request) const;
  // The distinct values that a field has, of spans that the filter (may be null) takes; sorted. Ends at
  // `limit` values.
  std::set<std::pair<ValueType, std::string>> values(const FieldName& field, const Query* filter,
                                                     const TimeRange& range, std::size_t limit) const;
  // Attribute keys of spans that the filter takes, by scope.
  PartSummary keys(const Query& filter, const TimeRange& range) const;
  // The spans of a trace that a filter takes, and those above them where `with_ancestors`.
  std::set<SpanId> spans_of(const TraceId& id, const Query& filter, bool with_ancestors) const;
  // How often services call one another: spans whose parent is of another service, by (caller, callee).
  std::map<std::pair<std::string, std::string>, std::uint64_t> dependencies(const TimeRange& range,
                                                                            const ScanLimits& limits) const;

 private:
  StoreView view_of(const TimeRange& range) const;
  std::vector<IdRange> slices_of(const StoreView& view) const;

  const TraceStore& store_;
  io::Pool& pool_;
  std::size_t threads_;
};

}  // namespace aloft::telemetry::traces::traceql
