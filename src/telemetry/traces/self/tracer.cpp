// Ids are a counter mixed with random seeds: unique without asking the kernel for each.
#include "telemetry/traces/self/tracer.h"

#include "telemetry/traces/derive/head_sampling.h"
#include "telemetry/traces/store/table.h"

namespace aloft::telemetry::traces {

LiveSpan& LiveSpan::operator=(LiveSpan&& other) noexcept {
  if (this != &other) {
    end();
    tracer_ = std::exchange(other.tracer_, nullptr);
    span_ = std::move(other.span_);
  }
  return *this;
}

void LiveSpan::set(std::string_view key, std::string_view value) {
  if (on()) span_->attributes.push_back({std::string(key), AttributeValue(std::string(value))});
}

void LiveSpan::set(std::string_view key, std::int64_t value) {
  if (on()) span_->attributes.push_back({std::string(key), AttributeValue(value)});
}

void LiveSpan::fail(std::string_view message) {
  if (!on()) return;
  span_->status = SpanStatus::error;
  span_->status_message = message;
}

void LiveSpan::end() {
  if (Tracer* tracer = std::exchange(tracer_, nullptr)) tracer->take(std::move(span_));
}

std::optional<TraceContext> LiveSpan::context() const {
  if (!on()) return std::nullopt;
  TraceContext context;
  context.trace_id = span_->trace_id;
  context.span_id = span_->span_id;
  return context;
}

Tracer::Tracer(TracerSettings settings, const Clock& clock, Random& random, Sink sink)
    : settings_(std::move(settings)),
      clock_(clock),
      sink_(std::move(sink)),
      probability_(settings_.probability),
      seed_(random.next()),
      trace_seed_(random.next()) {}

SpanId Tracer::next_id() {
  for (;;) {
    const std::uint64_t number = number_.fetch_add(1, std::memory_order_relaxed);
    // The mixing is one to one, so no id comes twice; zero would mean none.
    if (const std::uint64_t id = mix64(number + seed_); id != 0) return to_span_id(id);
  }
}

LiveSpan Tracer::make(std::string_view name, SpanKind kind, const TraceId& trace, const SpanId& parent) {
  auto span = std::make_unique<Span>();
  span->trace_id = trace;
  span->span_id = next_id();
  span->parent_id = parent;
  span->name = name;
  span->kind = kind;
  span->start_ns = clock_.wall().since_epoch.count();
  return LiveSpan(*this, std::move(span));
}

LiveSpan Tracer::start_root(std::string_view name, SpanKind kind) {
  TraceId trace{};
  const SpanId low = next_id();
  const SpanId high = to_span_id(mix64(to_number(low) ^ trace_seed_));
  std::copy(high.begin(), high.end(), trace.begin());
  std::copy(low.begin(), low.end(), trace.begin() + 8);
  if (!is_sampled(trace, probability_.load(std::memory_order_relaxed))) return {};
  return make(name, kind, trace, SpanId{});
}

LiveSpan Tracer::start(std::string_view name, SpanKind kind, const TraceContext& parent) {
  if (!parent.sampled || probability_.load(std::memory_order_relaxed) <= 0) return {};
  return make(name, kind, parent.trace_id, parent.span_id);
}

LiveSpan Tracer::start_child(std::string_view name, const LiveSpan& parent) {
  if (!parent.on()) return {};
  return make(name, SpanKind::internal, parent.span_->trace_id, parent.span_->span_id);
}

void Tracer::take(std::unique_ptr<Span> span) {
  span->end_ns = clock_.wall().since_epoch.count();
  const bool taken = ended_.with([&](std::vector<Span>& ended) {
    if (ended.size() >= settings_.buffered_spans) return false;
    ended.push_back(std::move(*span));
    return true;
  });
  if (!taken) left_out_.fetch_add(1, std::memory_order_relaxed);
}

void Tracer::flush() {
  std::vector<Span> spans = ended_.with([](std::vector<Span>& ended) { return std::exchange(ended, {}); });
  if (spans.empty()) return;
  SpanBatch batch;
  ResourceSpans& resource = batch.resources.emplace_back();
  resource.resource.push_back({"service.name", AttributeValue(settings_.service)});
  ScopeSpans& scope = resource.scopes.emplace_back();
  scope.scope.name = "aloft";
  scope.spans = std::move(spans);
  sink_(std::move(batch));
}

io::Task<> Tracer::run(io::Loop& loop) {
  for (;;) {
    co_await loop.sleep(settings_.every);
    flush();
  }
}

}  // namespace aloft::telemetry::traces
