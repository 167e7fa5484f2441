// Zeros and empty texts are left out, as proto3 does.
#include "telemetry/traces/api/jaeger_proto.h"

#include "telemetry/core/wire.h"
#include "telemetry/traces/api/jaeger_model.h"
#include "telemetry/traces/store/time_span.h"

namespace aloft::telemetry::traces {
namespace {

// Far below what clients take by default, which is four mebibytes.
constexpr std::size_t chunk_bytes = 512 * 1024;

template <class Id>
void append_id(std::string& out, std::uint32_t number, const Id& id) {
  append_wire_bytes(out, number, std::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

void append_text(std::string& out, std::uint32_t number, std::string_view text) {
  if (!text.empty()) append_wire_bytes(out, number, text);
}

// Timestamp and Duration alike; nanoseconds are never negative in the former.
std::string nanos_message(std::int64_t nanos) {
  constexpr std::int64_t second = 1'000'000'000;
  std::int64_t seconds = nanos / second;
  std::int64_t rest = nanos % second;
  if (rest < 0) {
    rest += second;
    --seconds;
  }
  std::string out;
  if (seconds != 0) append_wire_uint(out, 1, static_cast<std::uint64_t>(seconds));
  if (rest != 0) append_wire_uint(out, 2, static_cast<std::uint64_t>(rest));
  return out;
}

std::string tag_message(const Attribute& tag) {
  std::string out;
  append_text(out, 1, tag.key);
  switch (tag.value.data.index()) {
    case 2:
      append_wire_uint(out, 2, 1);
      append_wire_uint(out, 4, std::get<2>(tag.value.data) ? 1 : 0);
      break;
    case 3:
      append_wire_uint(out, 2, 2);
      append_wire_uint(out, 5, static_cast<std::uint64_t>(std::get<3>(tag.value.data)));
      break;
    case 4:
      append_wire_uint(out, 2, 3);
      append_wire_double(out, 6, std::get<4>(tag.value.data));
      break;
    case 5:
      append_wire_uint(out, 2, 4);
      append_wire_bytes(out, 7, std::get<5>(tag.value.data).bytes);
      break;
    default:
      append_text(out, 3, tag.value.to_text());
  }
  return out;
}

std::string reference_message(const TraceId& trace, const SpanId& span, bool follows) {
  std::string out;
  append_id(out, 1, trace);
  append_id(out, 2, span);
  if (follows) append_wire_uint(out, 3, 1);
  return out;
}

std::string process_message(const Attributes& resource) {
  std::string out;
  append_text(out, 1, jaeger_service(resource));
  for (const Attribute& tag : resource) {
    if (tag.key != "service.name") append_wire_bytes(out, 2, tag_message(tag));
  }
  return out;
}

std::string span_message(const Span& span, const InstrumentationScope& scope, const std::string& process) {
  std::string out;
  append_id(out, 1, span.trace_id);
  append_id(out, 2, span.span_id);
  append_text(out, 3, span.name);
  if (span.parent_id != SpanId{})
    append_wire_bytes(out, 4, reference_message(span.trace_id, span.parent_id, false));
  for (const SpanLink& link : span.links)
    append_wire_bytes(out, 4, reference_message(link.trace_id, link.span_id, true));
  append_wire_uint(out, 5, span.flags == 0 ? 1 : span.flags & 0xFF);
  append_wire_bytes(out, 6, nanos_message(span.start_ns));
  append_wire_bytes(out, 7,
                    nanos_message(std::max<std::int64_t>(time_between(span.start_ns, span.end_ns), 0)));
  for (const Attribute& tag : jaeger_tags(span, scope)) append_wire_bytes(out, 8, tag_message(tag));
  for (const SpanEvent& event : span.events) {
    std::string log;
    append_wire_bytes(log, 1, nanos_message(event.time_ns));
    for (const Attribute& field : jaeger_fields(event)) append_wire_bytes(log, 2, tag_message(field));
    append_wire_bytes(out, 9, log);
  }
  append_wire_bytes(out, 10, process);
  return out;
}

}  // namespace

void encode_jaeger_chunks(const SpanBatch& trace, const std::function<bool(std::string chunk)>& take) {
  std::string chunk;
  for (const ResourceSpans& resource : trace.resources) {
    const std::string process = process_message(resource.resource);
    for (const ScopeSpans& scope : resource.scopes) {
      for (const Span& span : scope.spans) {
        append_wire_bytes(chunk, 1, span_message(span, scope.scope, process));
        if (chunk.size() < chunk_bytes) continue;
        if (!take(std::exchange(chunk, {}))) return;
      }
    }
  }
  if (!chunk.empty()) take(std::move(chunk));
}

}  // namespace aloft::telemetry::traces
