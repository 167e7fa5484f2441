// Strict reading of contexts: a malformed one is as good as none.
#include "telemetry/traces/ingest/context.h"

namespace aloft::telemetry::traces {
namespace {

bool is_hex(std::string_view text, std::size_t size) {
  return text.size() == size && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<TraceContext> make_context(std::string_view trace, std::string_view span) {
  const auto trace_id = parse_trace_id(trace);
  const auto span_id = parse_span_id(span);
  if (!trace_id || !span_id || *trace_id == TraceId{} || *span_id == SpanId{}) return std::nullopt;
  TraceContext context;
  context.trace_id = *trace_id;
  context.span_id = *span_id;
  return context;
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  const std::string_view version = text.substr(0, 2);
  const std::string_view flags = text.substr(53, 2);
  if (!is_hex(version, 2) || version == "ff" || !is_hex(flags, 2)) return std::nullopt;
  if (!is_hex(text.substr(3, 32), 32) || !is_hex(text.substr(36, 16), 16)) return std::nullopt;
  // Later versions may append fields; the first one has none.
  if (version == "00" ? text.size() != 55 : text.size() > 55 && text[55] != '-') return std::nullopt;
  auto context = make_context(text.substr(3, 32), text.substr(36, 16));
  if (!context) return std::nullopt;
  const std::string_view digits = "0123456789abcdef";
  context->sampled = (digits.find(flags[1]) & 1) != 0;
  return context;
}

std::string format_traceparent(const TraceContext& context) {
  return fmt::format("00-{}-{}-{}", to_hex(context.trace_id), to_hex(context.span_id),
                     context.sampled ? "01" : "00");
}

std::optional<TraceContext> parse_b3(std::string_view text) {
  const std::size_t first = text.find('-');
  if (first == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(first + 1);
  auto context = make_context(text.substr(0, first), rest.substr(0, rest.find('-')));
  if (!context) return std::nullopt;
  const std::size_t second = rest.find('-');
  if (second != std::string_view::npos) {
    const std::string_view sampled = rest.substr(second + 1, 1);
    context->sampled = sampled == "1" || sampled == "d";
  }
  return context;
}

std::optional<TraceContext> context_of(const http::Headers& headers) {
  if (auto context = parse_traceparent(headers.get("traceparent"))) {
    context->trace_state = headers.get("tracestate");
    return context;
  }
  if (auto context = parse_b3(headers.get("b3"))) return context;
  auto context = make_context(headers.get("X-B3-TraceId"), headers.get("X-B3-SpanId"));
  if (context && headers.has("X-B3-Sampled")) {
    const std::string_view sampled = headers.get("X-B3-Sampled");
    context->sampled = sampled == "1" || sampled == "true" || headers.get("X-B3-Flags") == "1";
  }
  return context;
}

}  // namespace aloft::telemetry::traces
