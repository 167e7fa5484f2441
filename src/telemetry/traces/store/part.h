// What a query reads: immutable parts of the store, each a row of groups of spans in the order of trace ids.
// A part is a table in memory or a block on disk; queries do not care which.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/traces/store/table.h"
#include "telemetry/traces/store/table_codec.h"

namespace aloft::telemetry::traces {

// Start times of spans, in ns; both ends count.
struct TimeRange {
  std::int64_t begin = std::numeric_limits<std::int64_t>::min();
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  bool overlaps(const TimeRange& other) const { return begin <= other.end && other.begin <= end; }
};

// An operation of a service, as Jaeger lists them.
struct Operation {
  std::string name;
  SpanKind kind = SpanKind::unspecified;
  auto operator<=>(const Operation&) const = default;
};

// What is in a part, for lists of services and tags and for leaving out parts that cannot match.
struct PartSummary {
  std::map<std::string, std::set<Operation>, std::less<>> services;
  std::set<std::string> resource_keys;
  std::set<std::string> scope_keys;
  std::set<std::string> span_keys;
  std::set<std::string> event_keys;
  std::set<std::string> link_keys;
  void merge(const PartSummary& other);
};
// Operations that are listed for one service, at most.
inline constexpr std::size_t operations_limit = 5'000;
PartSummary summarize(const SpanTable& table);

// One run of rows with its bounds.
struct GroupInfo {
  TraceId first{};
  TraceId last{};
  TimeRange starts;
  std::int64_t latest_end = 0;
  std::uint32_t rows = 0;
  std::uint32_t traces = 0;
};
GroupInfo describe(const SpanTable& table);

// Every call from any thread.
class Part {
 public:
  virtual ~Part() = default;
  virtual const std::string& name() const = 0;
  virtual const std::vector<GroupInfo>& groups() const = 0;
  // False when the trace is certainly not here.
  virtual bool may_hold(const TraceId& id) const = 0;
  // The spans of a group, with the chosen columns at least. Blocks for the disk. Error: invalid when the
  // bytes are damaged, internal when they cannot be read; either names the file.
  virtual Result<std::shared_ptr<const SpanTable>> load(std::size_t group,
                                                        const ColumnChoice& choice) const = 0;
  // The same for one trace alone: null when the group has no span of it, which costs less to find out.
  virtual Result<std::shared_ptr<const SpanTable>> load_for(std::size_t group, const TraceId& id,
                                                            const ColumnChoice& choice) const = 0;
  virtual std::shared_ptr<const PartSummary> summary() const = 0;
  // True when summary() is at hand, false when it is made by looking at every span.
  virtual bool has_summary() const = 0;

  const TimeRange& starts() const { return starts_; }
  std::uint64_t rows() const { return rows_; }

 protected:
  // What groups have together; queries ask every part for it.
  void sum_up(const std::vector<GroupInfo>& groups);

 private:
  TimeRange starts_;
  std::uint64_t rows_ = 0;
};

// A table in memory.
std::shared_ptr<const Part> make_memory_part(std::shared_ptr<const SpanTable> table);

}  // namespace aloft::telemetry::traces
