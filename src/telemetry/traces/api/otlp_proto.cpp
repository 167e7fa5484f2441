// Nested messages are written into strings of their own first, since their length stands before them.
#include "telemetry/traces/api/otlp_proto.h"

#include <bit>

#include "telemetry/traces/store/wire.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::uint32_t varint_wire = 0;
constexpr std::uint32_t fixed64_wire = 1;
constexpr std::uint32_t bytes_wire = 2;
constexpr std::uint32_t fixed32_wire = 5;

void put_tag(std::string& out, std::uint32_t number, std::uint32_t wire) {
  put_varint(out, number << 3 | wire);
}
void put_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  put_tag(out, number, bytes_wire);
  put_run(out, bytes);
}
void put_text(std::string& out, std::uint32_t number, std::string_view text) {
  if (!text.empty()) put_bytes(out, number, text);
}
void put_number(std::string& out, std::uint32_t number, std::uint64_t value) {
  if (value == 0) return;
  put_tag(out, number, varint_wire);
  put_varint(out, value);
}
void put_time(std::string& out, std::uint32_t number, std::int64_t value) {
  if (value == 0) return;
  put_tag(out, number, fixed64_wire);
  put_fixed(out, static_cast<std::uint64_t>(value));
}
template <class Id>
void put_id(std::string& out, std::uint32_t number, const Id& id) {
  put_bytes(out, number, std::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

void put_key_values(std::string& out, std::uint32_t number, const Attributes& attributes);

std::string any_value(const AttributeValue& value) {
  std::string out;
  switch (value.data.index()) {
    case 1:
      put_bytes(out, 1, std::get<1>(value.data));
      break;
    case 2:
      put_tag(out, 2, varint_wire);
      put_varint(out, std::get<2>(value.data) ? 1 : 0);
      break;
    case 3:
      put_tag(out, 3, varint_wire);
      put_varint(out, static_cast<std::uint64_t>(std::get<3>(value.data)));
      break;
    case 4:
      put_tag(out, 4, fixed64_wire);
      put_fixed(out, std::bit_cast<std::uint64_t>(std::get<4>(value.data)));
      break;
    case 5:
      put_bytes(out, 7, std::get<5>(value.data).bytes);
      break;
    case 6: {
      std::string list;
      for (const AttributeValue& item : std::get<6>(value.data)) put_bytes(list, 1, any_value(item));
      put_bytes(out, 5, list);
      break;
    }
    case 7: {
      std::string map;
      put_key_values(map, 1, std::get<7>(value.data));
      put_bytes(out, 6, map);
      break;
    }
    default:
      break;
  }
  return out;
}

void put_key_values(std::string& out, std::uint32_t number, const Attributes& attributes) {
  for (const auto& [key, value] : attributes) {
    std::string pair;
    put_text(pair, 1, key);
    put_bytes(pair, 2, any_value(value));
    put_bytes(out, number, pair);
  }
}

std::string encode_event(const SpanEvent& event) {
  std::string out;
  put_time(out, 1, event.time_ns);
  put_text(out, 2, event.name);
  put_key_values(out, 3, event.attributes);
  return out;
}

std::string encode_link(const SpanLink& link) {
  std::string out;
  put_id(out, 1, link.trace_id);
  put_id(out, 2, link.span_id);
  put_text(out, 3, link.trace_state);
  put_key_values(out, 4, link.attributes);
  return out;
}

std::string encode_span(const Span& span) {
  std::string out;
  put_id(out, 1, span.trace_id);
  put_id(out, 2, span.span_id);
  put_text(out, 3, span.trace_state);
  if (span.parent_id != SpanId{}) put_id(out, 4, span.parent_id);
  put_text(out, 5, span.name);
  put_number(out, 6, static_cast<std::uint64_t>(span.kind));
  put_time(out, 7, span.start_ns);
  put_time(out, 8, span.end_ns);
  put_key_values(out, 9, span.attributes);
  put_number(out, 10, span.dropped_attributes);
  for (const SpanEvent& event : span.events) put_bytes(out, 11, encode_event(event));
  put_number(out, 12, span.dropped_events);
  for (const SpanLink& link : span.links) put_bytes(out, 13, encode_link(link));
  put_number(out, 14, span.dropped_links);
  std::string status;
  put_text(status, 2, span.status_message);
  put_number(status, 3, static_cast<std::uint64_t>(span.status));
  if (!status.empty()) put_bytes(out, 15, status);
  if (span.flags != 0) {
    put_tag(out, 16, fixed32_wire);
    put_fixed(out, span.flags);
  }
  return out;
}

}  // namespace

std::string encode_traces_data(const SpanBatch& batch) {
  std::string out;
  for (const ResourceSpans& resource : batch.resources) {
    std::string message;
    std::string attributes;
    put_key_values(attributes, 1, resource.resource);
    put_bytes(message, 1, attributes);
    for (const ScopeSpans& scope : resource.scopes) {
      std::string spans;
      std::string name;
      put_text(name, 1, scope.scope.name);
      put_text(name, 2, scope.scope.version);
      put_key_values(name, 3, scope.scope.attributes);
      put_bytes(spans, 1, name);
      for (const Span& span : scope.spans) put_bytes(spans, 2, encode_span(span));
      put_bytes(message, 2, spans);
    }
    put_bytes(out, 1, message);
  }
  return out;
}

}  // namespace aloft::telemetry::traces
