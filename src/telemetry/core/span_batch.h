// Spans on their way in, in OpenTelemetry's model (trace.proto), whatever protocol they came by.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/attributes.h"

namespace aloft::telemetry {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;  // all zero: none

std::string to_hex(const TraceId& id);
std::string to_hex(const SpanId& id);
// Up to 32 (16) hex digits, left-padded with zeros, as Jaeger and Tempo accept. nullopt when it is none.
std::optional<TraceId> parse_trace_id(std::string_view hex);
std::optional<SpanId> parse_span_id(std::string_view hex);

enum class SpanKind : std::uint8_t { unspecified, internal, server, client, producer, consumer };
enum class SpanStatus : std::uint8_t { unset, ok, error };

struct SpanEvent {
  std::int64_t time_ns = 0;
  std::string name;
  Attributes attributes;
  bool operator==(const SpanEvent&) const = default;
};
struct SpanLink {
  TraceId trace_id{};
  SpanId span_id{};
  std::string trace_state;
  Attributes attributes;
  bool operator==(const SpanLink&) const = default;
};
struct Span {
  TraceId trace_id{};
  SpanId span_id{};
  SpanId parent_id{};
  std::string trace_state;
  std::uint32_t flags = 0;
  std::string name;
  SpanKind kind = SpanKind::unspecified;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  SpanStatus status = SpanStatus::unset;
  std::string status_message;
  Attributes attributes;
  std::vector<SpanEvent> events;
  std::vector<SpanLink> links;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t dropped_events = 0;
  std::uint32_t dropped_links = 0;
  bool operator==(const Span&) const = default;
};
struct InstrumentationScope {
  std::string name;
  std::string version;
  Attributes attributes;
  bool operator==(const InstrumentationScope&) const = default;
};
struct ScopeSpans {
  InstrumentationScope scope;
  std::vector<Span> spans;
};
struct ResourceSpans {
  Attributes resource;
  std::vector<ScopeSpans> scopes;
};
struct SpanBatch {
  std::vector<ResourceSpans> resources;
  std::string tenant;
  std::size_t span_count() const;
};

}  // namespace aloft::telemetry
