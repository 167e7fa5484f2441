// Records: 'S' and a table of spans, or 'D' and decisions of 17 bytes each.
#include "telemetry/traces/derive/undecided_log.h"

#include <unordered_set>

#include "telemetry/traces/derive/trace_decisions.h"
#include "telemetry/traces/log.h"
#include "telemetry/traces/store/store.h"
#include "telemetry/traces/store/table_codec.h"

namespace aloft::telemetry::traces {
namespace {

constexpr char spans_mark = 'S';
constexpr char decisions_mark = 'D';
constexpr std::size_t id_bytes = std::tuple_size_v<TraceId>;

RecordLogSettings settings_of(const std::string& folder) {
  RecordLogSettings settings;
  settings.folder = folder;
  settings.segment_bytes = 16 * 1024 * 1024;
  return settings;
}

std::vector<Decision> read_decisions(std::string_view bytes) {
  std::vector<Decision> out;
  for (; bytes.size() >= id_bytes + 1; bytes.remove_prefix(id_bytes + 1)) {
    Decision& decision = out.emplace_back();
    std::copy_n(bytes.begin(), id_bytes, decision.first.begin());
    decision.second = bytes[id_bytes] != 0;
  }
  return out;
}

using Decided = std::unordered_set<TraceId, TraceIdHash>;

// The spans of a record that no decision in the log is about.
Result<SpanBatch> read_waiting(std::string_view bytes, const Decided& decided) {
  TRY(table, decode_table(bytes));
  TRY(batch, read_table(table));
  for (ResourceSpans& resource : batch.resources) {
    for (ScopeSpans& scope : resource.scopes)
      std::erase_if(scope.spans, [&](const Span& span) { return decided.contains(span.trace_id); });
  }
  return batch;
}

}  // namespace

Result<std::unique_ptr<UndecidedLog>> UndecidedLog::open(const std::string& folder, AttributeLimits limits,
                                                         const UndecidedReplay& replay) {
  // Decisions follow what they are about, so they are read before any span is.
  Decided decided;
  {
    const auto read = [&](LogPosition, std::string_view record) {
      if (record.empty() || record.front() != decisions_mark) return;
      const std::vector<Decision> decisions = read_decisions(record.substr(1));
      for (const Decision& decision : decisions) decided.insert(decision.first);
      replay.decided(decisions);
    };
    TRY_DO(RecordLog::open(settings_of(folder), read));
  }
  RecordLogReport report;
  const auto read = [&](LogPosition position, std::string_view record) {
    if (record.empty() || record.front() != spans_mark) return;
    auto batch = read_waiting(record.substr(1), decided);
    if (!batch) {
      trace_log.error("undecided spans are left out: {}", batch.error().to_string());
    } else if (batch->span_count() > 0) {
      replay.waiting(position, std::move(*batch));
    }
  };
  TRY(log, RecordLog::open(settings_of(folder), read, &report));
  if (report.damaged > 0) trace_log.error("undecided spans are left out: {}", report.first_damage);
  return std::make_unique<UndecidedLog>(Opened(), std::move(log), limits);
}

Result<LogPosition> UndecidedLog::add(const SpanBatch& batch) {
  Trimmed trimmed;
  std::string record(1, spans_mark);
  record += encode_table(build_table(batch, limits_, {}, trimmed), Packing::raw);
  return log_->append(record);
}

Result<> UndecidedLog::add(const std::vector<Decision>& decisions) {
  if (decisions.empty()) return {};
  std::string record(1, decisions_mark);
  for (const auto& [id, kept] : decisions) {
    record.append(id.begin(), id.end());
    record += kept ? '\1' : '\0';
  }
  TRY_DO(log_->append(record));
  return {};
}

}  // namespace aloft::telemetry::traces
