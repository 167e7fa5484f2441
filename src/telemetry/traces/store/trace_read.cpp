// From tables back to batches: a trace by its id, or a table whole.
#include "telemetry/traces/store/store.h"
#include "telemetry/traces/store/value_codec.h"

namespace aloft::telemetry::traces {

Result<SpanBatch> read_table(const SpanTable& table) {
  SpanBatch batch;
  // Resources and scopes in the order in which rows meet them.
  std::map<std::uint32_t, std::size_t> resource_at;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> scope_at;
  for (std::uint32_t row = 0; row < table.rows(); ++row) {
    const std::uint32_t resource = table.resource_of[row];
    const auto [known, fresh] = resource_at.emplace(resource, batch.resources.size());
    if (fresh) {
      TRY(attributes, decode_attributes(table.strings.at(table.resources[resource])));
      batch.resources.emplace_back().resource = std::move(attributes);
    }
    std::vector<ScopeSpans>& scopes = batch.resources[known->second].scopes;
    const std::uint32_t scope = table.scope_of[row];
    const auto [place, fresh_scope] = scope_at.emplace(std::pair(resource, scope), scopes.size());
    if (fresh_scope) {
      TRY(decoded, decode_scope(table.strings.at(table.scopes[scope])));
      scopes.emplace_back().scope = std::move(decoded);
    }
    TRY(span, read_span(table, row));
    scopes[place->second].spans.push_back(std::move(span));
  }
  return batch;
}

Result<SpanBatch> read_trace(const StoreView& view, const TraceId& id, std::vector<std::string>* damage) {
  std::vector<std::shared_ptr<const SpanTable>> keep;
  std::vector<TableSlice> slices;
  for (const auto& part : view.parts) {
    if (!part->may_hold(id)) continue;
    const std::vector<GroupInfo>& groups = part->groups();
    const auto group = std::lower_bound(groups.begin(), groups.end(), id,
                                        [](const GroupInfo& g, const TraceId& i) { return g.last < i; });
    if (group == groups.end() || id < group->first) continue;
    auto table = part->load_for(static_cast<std::size_t>(group - groups.begin()), id, {});
    if (!table) {
      if (damage != nullptr) damage->push_back(table.error().to_string());
      continue;
    }
    if (*table == nullptr) continue;
    const auto [begin, end] = (*table)->rows_of(id);
    if (begin == end) continue;
    slices.push_back({table->get(), begin, end});
    keep.push_back(std::move(*table));
  }
  if (slices.empty()) return fail(Code::not_found, fmt::format("trace {} not found", to_hex(id)));
  return read_table(merge_tables(slices));
}

}  // namespace aloft::telemetry::traces
