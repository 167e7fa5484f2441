// Candidates by columns, traces by merging the groups of all parts.
#include "telemetry/traces/traceql/scan.h"

#include "telemetry/traces/log.h"
#include "telemetry/traces/traceql/pushdown.h"

namespace aloft::telemetry::traces::traceql {

std::vector<IdRange> IdRange::split(std::size_t slices) {
  // By the first two bytes; ids that are no random numbers may all fall into one slice.
  slices = std::clamp<std::size_t>(slices, 1, 65536);
  std::vector<IdRange> ranges(slices);
  for (std::size_t i = 0; i < slices; ++i) {
    const std::size_t begin = i * 65536 / slices;
    const std::size_t end = (i + 1) * 65536 / slices - 1;
    ranges[i].first[0] = static_cast<std::uint8_t>(begin >> 8);
    ranges[i].first[1] = static_cast<std::uint8_t>(begin);
    ranges[i].last.fill(0xFF);
    ranges[i].last[0] = static_cast<std::uint8_t>(end >> 8);
    ranges[i].last[1] = static_cast<std::uint8_t>(end);
  }
  return ranges;
}

Scanner::Scanner(const Query& query, const StoreView& view, const TimeRange& range, const ScanLimits& limits,
                 std::chrono::steady_clock::time_point began, ScanStats& stats)
    : query_(query),
      view_(view),
      range_(range),
      limits_(limits),
      began_(began),
      stats_(stats),
      choice_(columns_of(query)) {}

bool Scanner::exhausted() {
  if (stats_.spans.load() <= limits_.spans && std::chrono::steady_clock::now() - began_ < limits_.time)
    return false;
  stats_.partial.store(true);
  return true;
}

std::shared_ptr<const BoundTable> Scanner::load(const Part& part, std::size_t group,
                                                const ColumnChoice& choice) {
  auto table = part.load(group, choice);
  if (!table) {
    trace_log.warning("a query leaves a group out: {}", table.error().to_string());
    stats_.partial.store(true);
    return nullptr;
  }
  stats_.bytes.fetch_add((*table)->bytes());
  return std::make_shared<const BoundTable>(std::move(*table), query_.fields);
}

std::vector<Candidate> Scanner::candidates(const IdRange& slice) {
  std::map<TraceId, std::int64_t> found;
  const bool everything = takes_everything(query_.pipeline);
  for (const auto& part : view_.parts) {
    // Making a summary of a table in memory costs as much as looking through it.
    if (part->has_summary() && !may_match(query_.pipeline, *part->summary())) continue;
    for (std::size_t g = 0; g < part->groups().size(); ++g) {
      const GroupInfo& group = part->groups()[g];
      if (group.last < slice.first || slice.last < group.first) continue;
      if (group.latest_end < range_.begin || group.starts.begin > range_.end) continue;
      if (exhausted()) break;
      const auto bound = load(*part, g, choice_);
      if (bound == nullptr) continue;
      const SpanTable& table = bound->table();
      stats_.spans.fetch_add(table.rows());
      const RowMask mask = everything ? RowMask() : may_match(query_.pipeline, *bound);
      for (std::size_t t = 0; t < table.traces(); ++t) {
        if (!slice.contains(table.trace_ids[t])) continue;
        for (std::uint32_t row = table.trace_rows[t]; row < table.trace_rows[t + 1]; ++row) {
          if (!mask.empty() && mask[row] == 0) continue;
          const std::int64_t start = table.starts[row];
          if (start > range_.end || end_of_span(start, table.durations[row]) < range_.begin) continue;
          const auto [at, fresh] = found.emplace(table.trace_ids[t], start);
          if (!fresh) at->second = std::max(at->second, start);
        }
      }
    }
  }
  std::vector<Candidate> out;
  out.reserve(found.size());
  for (const auto& [id, start] : found) out.push_back({id, start});
  return out;
}

void Scanner::traces(const std::vector<TraceId>& ids, const std::function<bool(const TraceView&)>& take) {
  std::vector<Place> places(view_.parts.size());
  for (const TraceId& id : ids) {
    if (exhausted()) return;
    std::vector<SpanRef> spans;
    for (std::size_t p = 0; p < view_.parts.size(); ++p) {
      const Part& part = *view_.parts[p];
      if (!part.may_hold(id)) continue;
      const std::vector<GroupInfo>& groups = part.groups();
      const auto at = std::lower_bound(groups.begin(), groups.end(), id,
                                       [](const GroupInfo& g, const TraceId& i) { return g.last < i; });
      if (at == groups.end() || id < at->first) continue;
      const auto number = static_cast<std::size_t>(at - groups.begin());
      if (places[p].group != number) {
        places[p].group = number;
        places[p].table = load(part, number, choice_);
        if (places[p].table != nullptr) stats_.spans.fetch_add(places[p].table->table().rows());
      }
      if (places[p].table == nullptr) continue;
      const auto [begin, end] = places[p].table->table().rows_of(id);
      for (std::uint32_t row = begin; row < end; ++row) spans.push_back({places[p].table.get(), row});
    }
    if (spans.empty()) continue;
    stats_.traces.fetch_add(1);
    if (!take(TraceView(id, std::move(spans)))) return;
  }
}

}  // namespace aloft::telemetry::traces::traceql
