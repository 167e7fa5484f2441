// Relations between spans of a trace, by walking from child to parent with marks, in time that grows with the
// number of spans only.
#include "telemetry/traces/traceql/evaluate.h"

namespace aloft::telemetry::traces::traceql {
namespace {

using Spans = std::vector<std::uint32_t>;
using Marks = std::vector<char>;

Marks mark(const Spans& spans, const TraceView& trace) {
  Marks marks(trace.size(), 0);
  for (const std::uint32_t span : spans) marks[span] = 1;
  return marks;
}

// Spans that have a marked one above them.
Marks below(const Marks& marked, const TraceView& trace) {
  enum : char { unknown, no, yes };
  Marks known(trace.size(), unknown);
  Spans path;
  for (std::uint32_t i = 0; i < trace.size(); ++i) {
    path.clear();
    std::uint32_t at = i;
    char answer = no;
    // Damaged traces may have circles; a span met again ends the walk.
    while (known[at] == unknown) {
      known[at] = no;
      path.push_back(at);
      const std::uint32_t above = trace.parent(at);
      if (above == no_span) break;
      if (marked[above] != 0) {
        answer = yes;
        break;
      }
      at = above;
      if (known[at] != unknown) answer = known[at];
    }
    // The walk ends at the first marked span, so what holds for its last step holds for all.
    for (const std::uint32_t span : path) known[span] = answer;
  }
  Marks out(trace.size(), 0);
  for (std::uint32_t i = 0; i < trace.size(); ++i) out[i] = known[i] == yes ? 1 : 0;
  return out;
}

// Spans that have a marked one below them.
Marks above(const Marks& marked, const TraceView& trace) {
  Marks out(trace.size(), 0);
  for (std::uint32_t i = 0; i < trace.size(); ++i) {
    if (marked[i] == 0) continue;
    for (std::uint32_t at = trace.parent(i); at != no_span && out[at] == 0; at = trace.parent(at))
      out[at] = 1;
  }
  return out;
}

Marks siblings(const Spans& spans, const TraceView& trace) {
  // How many of the spans each parent has; a span is no sibling of itself.
  std::unordered_map<std::uint64_t, std::uint32_t> counts;
  const Marks marked = mark(spans, trace);
  for (const std::uint32_t span : spans) {
    if (const std::uint64_t id = trace.span(span).parent_id(); id != 0) ++counts[id];
  }
  Marks out(trace.size(), 0);
  for (std::uint32_t i = 0; i < trace.size(); ++i) {
    const auto found = counts.find(trace.span(i).parent_id());
    if (found == counts.end()) continue;
    out[i] = found->second > (marked[i] != 0 ? 1U : 0U) ? 1 : 0;
  }
  return out;
}

// Which spans stand in the relation to one of `left`.
Marks related_to(Relation relation, const Spans& left, const TraceView& trace) {
  const Marks marked = mark(left, trace);
  switch (relation) {
    case Relation::descendant:
      return below(marked, trace);
    case Relation::ancestor:
      return above(marked, trace);
    case Relation::sibling:
      return siblings(left, trace);
    case Relation::child: {
      Marks out(trace.size(), 0);
      for (std::uint32_t i = 0; i < trace.size(); ++i) {
        const std::uint32_t parent = trace.parent(i);
        out[i] = parent != no_span && marked[parent] != 0 ? 1 : 0;
      }
      return out;
    }
    default: {
      Marks out(trace.size(), 0);
      for (const std::uint32_t span : left) {
        if (trace.parent(span) != no_span) out[trace.parent(span)] = 1;
      }
      return out;
    }
  }
}

Relation opposite(Relation relation) {
  switch (relation) {
    case Relation::child:
      return Relation::parent;
    case Relation::parent:
      return Relation::child;
    case Relation::descendant:
      return Relation::ancestor;
    case Relation::ancestor:
      return Relation::descendant;
    default:
      return relation;
  }
}

Spans pick(const Spans& spans, const Marks& marks, char wanted) {
  Spans out;
  for (const std::uint32_t span : spans) {
    if (marks[span] == wanted) out.push_back(span);
  }
  return out;
}

Spans join(const Spans& a, const Spans& b) {
  Spans out;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

}  // namespace

std::vector<std::uint32_t> relate(Relation relation, RelationMode mode,
                                  const std::vector<std::uint32_t>& left,
                                  const std::vector<std::uint32_t>& right, const TraceView& trace) {
  if (relation == Relation::both) return left.empty() || right.empty() ? Spans{} : join(left, right);
  if (relation == Relation::either) return join(left, right);
  const Marks related = related_to(relation, left, trace);
  if (mode == RelationMode::negated) return pick(right, related, 0);
  Spans found = pick(right, related, 1);
  if (mode == RelationMode::plain || found.empty()) return found;
  return join(found, pick(left, related_to(opposite(relation), right, trace), 1));
}

}  // namespace aloft::telemetry::traces::traceql
