// A query on one trace: expressions to values, pipelines to sets of spans.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "telemetry/traces/traceql/bind.h"

namespace aloft::telemetry::traces::traceql {

// The value of an expression for one span.
Value evaluate(const FieldExpr& expr, const TraceView& trace, std::uint32_t span);
// True when the filter takes the span; a null filter takes all.
bool matches(const FieldExpr* filter, const TraceView& trace, std::uint32_t span);

struct Spanset {
  std::vector<std::uint32_t> spans;  // indexes into the trace, rising
  // What groups and aggregates found: "by(resource.service.name)", "count()".
  std::vector<std::pair<std::string, AttributeValue>> attributes;
};

// The sets that a pipeline leaves of the trace; none when the trace does not match.
std::vector<Spanset> evaluate(const Pipeline& pipeline, const TraceView& trace);

// The spans of `right` that stand in the relation to spans of `left`. Indexes rise in all three.
std::vector<std::uint32_t> relate(Relation relation, RelationMode mode,
                                  const std::vector<std::uint32_t>& left,
                                  const std::vector<std::uint32_t>& right, const TraceView& trace);

}  // namespace aloft::telemetry::traces::traceql
