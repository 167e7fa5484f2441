// The context that a request carries from caller to callee: W3C traceparent, and Zipkin's B3 in both forms.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

struct TraceContext {
  TraceId trace_id{};
  SpanId span_id{};
  bool sampled = true;
  std::string trace_state;
  bool operator==(const TraceContext&) const = default;
};

// "00-<32 hex>-<16 hex>-<2 hex>" of W3C Trace Context, level 1; higher versions as far as they agree.
std::optional<TraceContext> parse_traceparent(std::string_view text);
std::string format_traceparent(const TraceContext& context);
// "<trace>-<span>[-<sampled>[-<parent>]]" of the single header b3.
std::optional<TraceContext> parse_b3(std::string_view text);
// From whichever headers are there: traceparent first, then b3, then X-B3-*.
std::optional<TraceContext> context_of(const http::Headers& headers);

}  // namespace aloft::telemetry::traces
