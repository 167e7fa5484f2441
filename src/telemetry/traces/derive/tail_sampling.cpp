// Traces wait in a map; their order of arrival says which are looked at.
#include "telemetry/traces/derive/tail_sampling.h"

#include <cstring>

#include "base/log.h"
#include "telemetry/traces/derive/head_sampling.h"
#include "telemetry/traces/store/string_pool.h"

namespace aloft::telemetry::traces {
namespace {

std::size_t size_of(const Span& span) {
  std::size_t bytes = sizeof(Span) + span.name.size();
  for (const auto& [key, value] : span.attributes) {
    bytes += sizeof(Attribute) + key.size();
    if (const std::string* text = value.if_string()) bytes += text->size();
  }
  for (const SpanEvent& event : span.events) bytes += sizeof event + event.attributes.size() * 96;
  return bytes + span.links.size() * sizeof(SpanLink);
}

// The place in `batch` for spans of a resource and scope: the last one when it is the same.
ScopeSpans& place_for(SpanBatch& batch, const Attributes& resource, const InstrumentationScope& scope) {
  if (batch.resources.empty() || batch.resources.back().resource != resource) {
    batch.resources.emplace_back().resource = resource;
  }
  std::vector<ScopeSpans>& scopes = batch.resources.back().scopes;
  if (scopes.empty() || scopes.back().scope != scope) scopes.emplace_back().scope = scope;
  return scopes.back();
}

bool has_value(const Attributes& attributes, const SamplingPolicy& policy) {
  const AttributeValue* value = find_attribute(attributes, policy.key);
  if (value == nullptr) return false;
  const std::string text = value->to_text();
  return policy.values.empty() ||
         std::find(policy.values.begin(), policy.values.end(), text) != policy.values.end();
}

template <class F>
bool any_span(const SpanBatch& batch, F f) {
  for (const ResourceSpans& resource : batch.resources) {
    for (const ScopeSpans& scope : resource.scopes) {
      if (std::any_of(scope.spans.begin(), scope.spans.end(), f)) return true;
    }
  }
  return false;
}

Duration length_of(const SpanBatch& batch) {
  std::int64_t begin = std::numeric_limits<std::int64_t>::max();
  std::int64_t end = std::numeric_limits<std::int64_t>::min();
  any_span(batch, [&](const Span& span) {
    begin = std::min(begin, span.start_ns);
    end = std::max(end, span.end_ns);
    return false;
  });
  return end > begin ? Duration(static_cast<std::int64_t>(static_cast<std::uint64_t>(end) -
                                                          static_cast<std::uint64_t>(begin)))
                     : Duration::zero();
}

}  // namespace

std::size_t TailSampler::IdHash::operator()(const TraceId& id) const {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::memcpy(&high, id.data(), 8);
  std::memcpy(&low, id.data() + 8, 8);
  return mix64(low ^ mix64(high));
}

TailSampler::TailSampler(Exporter<SpanBatch>& next, TailSamplingSettings settings, const Clock& clock,
                         Metrics& metrics)
    : next_(next),
      settings_(std::move(settings)),
      clock_(clock),
      kept_(metrics.counter("telemetry_traces_tail_kept_total", "Traces that tail sampling kept.")),
      dropped_(metrics.counter("telemetry_traces_tail_dropped_total", "Traces that tail sampling left out.")),
      early_(metrics.counter("telemetry_traces_tail_early_total",
                             "Traces that were decided before they were quiet, for want of room.")),
      failed_(
          metrics.counter("telemetry_traces_tail_failed_total", "Kept spans that the store did not take.")) {}

Result<WriteReport> TailSampler::write(const SpanBatch& batch) {
  WriteReport report;
  SpanBatch late;
  const std::int64_t now = clock_.wall().since_epoch.count();
  const bool full = state_.with([&](State& state) {
    for (const ResourceSpans& resource : batch.resources) {
      for (const ScopeSpans& scope : resource.scopes) {
        for (const Span& span : scope.spans) {
          ++report.accepted;
          for (const auto* decisions : {&state.decided, &state.decided_before}) {
            const auto known = decisions->find(span.trace_id);
            if (known == decisions->end()) continue;
            if (known->second) place_for(late, resource.resource, scope.scope).spans.push_back(span);
            goto next_span;
          }
          {
            const auto [at, fresh] = state.waiting.try_emplace(span.trace_id);
            Waiting& trace = at->second;
            if (fresh) {
              trace.first_ns = now;
              state.order.push_back(span.trace_id);
            }
            trace.last_ns = now;
            const std::size_t bytes = size_of(span);
            trace.bytes += bytes;
            state.bytes += bytes;
            ++trace.spans;
            place_for(trace.batch, resource.resource, scope.scope).spans.push_back(span);
          }
        next_span:;
        }
      }
    }
    return state.waiting.size() > settings_.traces || state.bytes > settings_.bytes;
  });
  if (!late.resources.empty()) {
    std::vector<SpanBatch> kept;
    kept.push_back(std::move(late));
    hand_on(std::move(kept));
  }
  if (full) decide(Due::by_time);
  return report;
}

void TailSampler::decide_due() { decide(Due::by_time); }
void TailSampler::decide_all() { decide(Due::all); }

void TailSampler::decide(Due due) {
  std::vector<SpanBatch> kept;
  const std::int64_t now = clock_.wall().since_epoch.count();
  state_.with([&](State& state) {
    std::deque<TraceId> still;
    while (!state.order.empty()) {
      const TraceId id = state.order.front();
      state.order.pop_front();
      const auto at = state.waiting.find(id);
      if (at == state.waiting.end()) continue;
      Waiting& trace = at->second;
      const bool quiet = now - trace.last_ns >= settings_.quiet.count();
      const bool old = now - trace.first_ns >= settings_.longest.count();
      const bool crowded = state.waiting.size() > settings_.traces || state.bytes > settings_.bytes;
      if (!quiet && !old && !crowded && due == Due::by_time) {
        still.push_back(id);
        continue;
      }
      if (!quiet && !old && due == Due::by_time) early_.add();
      bool wanted = false;
      for (const SamplingPolicy& policy : settings_.policies)
        wanted = wanted || keep(policy, id, trace, state);
      remember(state, id, wanted);
      (wanted ? kept_ : dropped_).add();
      state.bytes -= trace.bytes;
      if (wanted) kept.push_back(std::move(trace.batch));
      state.waiting.erase(at);
    }
    state.order = std::move(still);
  });
  hand_on(std::move(kept));
}

bool TailSampler::keep(const SamplingPolicy& policy, const TraceId& id, const Waiting& trace,
                       State& state) const {
  switch (policy.kind) {
    case SamplingPolicy::Kind::always:
      return true;
    case SamplingPolicy::Kind::latency:
      return length_of(trace.batch) >= policy.latency;
    case SamplingPolicy::Kind::status_error:
      return any_span(trace.batch, [](const Span& span) { return span.status == SpanStatus::error; });
    case SamplingPolicy::Kind::attribute:
      for (const ResourceSpans& resource : trace.batch.resources) {
        if (has_value(resource.resource, policy)) return true;
      }
      return any_span(trace.batch, [&](const Span& span) { return has_value(span.attributes, policy); });
    case SamplingPolicy::Kind::rate_limit: {
      // A bucket of one second's tokens.
      const std::int64_t now = clock_.wall().since_epoch.count();
      const double gained = static_cast<double>(now - state.tokens_at_ns) / 1e9 * policy.spans_per_second;
      state.tokens = state.tokens_at_ns == 0 ? policy.spans_per_second
                                             : std::min(policy.spans_per_second, state.tokens + gained);
      state.tokens_at_ns = now;
      if (state.tokens < static_cast<double>(trace.spans)) return false;
      state.tokens -= static_cast<double>(trace.spans);
      return true;
    }
    case SamplingPolicy::Kind::probability:
      return is_sampled(id, policy.probability);
    case SamplingPolicy::Kind::all:
      return std::all_of(policy.parts.begin(), policy.parts.end(),
                         [&](const SamplingPolicy& part) { return keep(part, id, trace, state); });
    case SamplingPolicy::Kind::any:
      return std::any_of(policy.parts.begin(), policy.parts.end(),
                         [&](const SamplingPolicy& part) { return keep(part, id, trace, state); });
    case SamplingPolicy::Kind::inverse:
      return !policy.parts.empty() && !keep(policy.parts.front(), id, trace, state);
  }
  return false;
}

void TailSampler::remember(State& state, const TraceId& id, bool kept) const {
  if (state.decided.size() >= settings_.remembered / 2) {
    state.decided_before = std::move(state.decided);
    state.decided.clear();
  }
  state.decided.emplace(id, kept);
}

void TailSampler::hand_on(std::vector<SpanBatch> kept) {
  constexpr std::size_t batch_spans = 4096;
  SpanBatch joined;
  std::size_t spans = 0;
  const auto send = [&] {
    if (spans == 0) return;
    const auto report = next_.write(joined);
    if (!report) {
      failed_.add(spans);
      constexpr Log log("telemetry.traces");
      log.error("{} sampled spans are lost: {}", spans, report.error().to_string());
    }
    joined = {};
    spans = 0;
  };
  for (SpanBatch& batch : kept) {
    spans += batch.span_count();
    std::move(batch.resources.begin(), batch.resources.end(), std::back_inserter(joined.resources));
    if (spans >= batch_spans) send();
  }
  send();
}

io::Task<> TailSampler::run(io::Loop& loop) {
  for (;;) {
    co_await loop.sleep(1s);
    decide_due();
  }
}

std::size_t TailSampler::waiting() const {
  return state_.with([](State& state) { return state.waiting.size(); });
}

}  // namespace aloft::telemetry::traces
