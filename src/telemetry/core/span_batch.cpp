// Identifiers of traces and spans as text.
#include "telemetry/core/span_batch.h"

#include "base/bytes.h"

namespace aloft::telemetry {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <class Id>
std::optional<Id> parse_id(std::string_view hex) {
  Id id{};
  if (hex.empty() || hex.size() > 2 * id.size()) return std::nullopt;
  std::size_t nibble = 2 * id.size() - hex.size();
  for (const char c : hex) {
    const int value = digit(c);
    if (value < 0) return std::nullopt;
    id[nibble / 2] = static_cast<std::uint8_t>(id[nibble / 2] | value << (nibble % 2 == 0 ? 4 : 0));
    ++nibble;
  }
  return id;
}

template <class Id>
std::string id_to_hex(const Id& id) {
  return hex_encode(std::string_view(reinterpret_cast<const char*>(id.data()), id.size()));
}

}  // namespace

std::string to_hex(const TraceId& id) { return id_to_hex(id); }
std::string to_hex(const SpanId& id) { return id_to_hex(id); }
std::optional<TraceId> parse_trace_id(std::string_view hex) { return parse_id<TraceId>(hex); }
std::optional<SpanId> parse_span_id(std::string_view hex) { return parse_id<SpanId>(hex); }

std::size_t SpanBatch::span_count() const {
  std::size_t count = 0;
  for (const ResourceSpans& resource : resources) {
    for (const ScopeSpans& scope : resource.scopes) count += scope.spans.size();
  }
  return count;
}

}  // namespace aloft::telemetry
