// Sizes are estimates in the order of the OTLP encoding; what counts is that they are bounded.
#include "telemetry/traces/store/trace_limits.h"

#include <cstring>

#include "telemetry/traces/store/string_pool.h"

namespace aloft::telemetry::traces {
namespace {

std::uint64_t counted_bytes(const Attributes& attributes) {
  std::uint64_t bytes = 0;
  for (const auto& [key, value] : attributes) {
    bytes += key.size() + 12;
    if (const std::string* text = value.if_string()) bytes += text->size();
  }
  return bytes;
}

std::uint64_t counted_bytes(const Span& span) {
  std::uint64_t bytes = 80 + span.name.size() + span.status_message.size() + counted_bytes(span.attributes);
  for (const SpanEvent& event : span.events)
    bytes += 20 + event.name.size() + counted_bytes(event.attributes);
  for (const SpanLink& link : span.links) bytes += 32 + counted_bytes(link.attributes);
  return bytes;
}

void reject(WriteReport& report, std::string_view what) {
  if (report.rejected++ == 0) report.first_rejection = what;
}

}  // namespace

std::size_t LiveTraces::IdHash::operator()(const TraceId& id) const {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::memcpy(&a, id.data(), 8);
  std::memcpy(&b, id.data() + 8, 8);
  return mix64(a ^ mix64(b));
}

LiveTraces::Size& LiveTraces::find(State& state, const TraceId& id) const {
  const auto known = state.newer.find(id);
  if (known != state.newer.end()) return known->second;
  if (state.newer.size() >= generation_) {
    state.older = std::move(state.newer);
    state.newer.clear();
  }
  const auto before = state.older.find(id);
  return state.newer.emplace(id, before != state.older.end() ? before->second : Size{}).first->second;
}

bool LiveTraces::take(State& state, const Span& span, WriteReport& report) const {
  if (span.trace_id == TraceId{}) {
    reject(report, fmt::format("span {} \"{}\" has no trace id", to_hex(span.span_id), span.name));
    return false;
  }
  if (span.span_id == SpanId{}) {
    reject(report, fmt::format("a span \"{}\" of trace {} has no span id", span.name, to_hex(span.trace_id)));
    return false;
  }
  Size& size = find(state, span.trace_id);
  if (size.spans >= limits_.spans_per_trace) {
    reject(report, fmt::format("trace {} has {} spans, the most that are allowed", to_hex(span.trace_id),
                               size.spans));
    return false;
  }
  const std::uint64_t bytes = counted_bytes(span);
  if (size.bytes + bytes > limits_.bytes_per_trace) {
    reject(report, fmt::format("trace {} has {} bytes; {} are allowed", to_hex(span.trace_id),
                               size.bytes + bytes, limits_.bytes_per_trace));
    return false;
  }
  ++size.spans;
  size.bytes += bytes;
  return true;
}

std::vector<bool> LiveTraces::admit(const SpanBatch& batch, WriteReport& report) {
  std::vector<bool> taken;
  state_.with([&](State& state) {
    for (const ResourceSpans& resource : batch.resources) {
      for (const ScopeSpans& scope : resource.scopes) {
        for (const Span& span : scope.spans) {
          taken.push_back(take(state, span, report));
          if (taken.back()) ++report.accepted;
        }
      }
    }
  });
  return taken;
}

void LiveTraces::give_back(const SpanBatch& batch, const std::vector<bool>& taken) {
  state_.with([&](State& state) {
    std::size_t number = 0;
    for (const ResourceSpans& resource : batch.resources) {
      for (const ScopeSpans& scope : resource.scopes) {
        for (const Span& span : scope.spans) {
          if (!taken[number++]) continue;
          Size& size = find(state, span.trace_id);
          size.spans -= std::min<std::uint64_t>(size.spans, 1);
          size.bytes -= std::min(size.bytes, counted_bytes(span));
        }
      }
    }
  });
}

}  // namespace aloft::telemetry::traces
