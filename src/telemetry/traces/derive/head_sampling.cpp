// The id is mixed before it is compared, since not all senders make ids of good random numbers.
#include "telemetry/traces/derive/head_sampling.h"

#include <cstring>

#include "telemetry/traces/store/string_pool.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::string_view dropped_name = "telemetry_traces_head_sampled_out_total";
constexpr std::string_view dropped_help = "Spans that head sampling left out, by the reason.";

}  // namespace

bool is_sampled(const TraceId& id, double probability, std::uint64_t salt) {
  if (probability >= 1) return true;
  if (!(probability > 0)) return false;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.data(), 8);
  std::memcpy(&low, id.data() + 8, 8);
  const std::uint64_t number = mix64(high ^ mix64(low ^ salt)) >> 11;
  return static_cast<double>(number) < probability * static_cast<double>(std::uint64_t{1} << 53);
}

HeadSampler::HeadSampler(HeadSamplingSettings settings, const Clock& clock, Metrics& metrics)
    : settings_(std::move(settings)),
      clock_(clock),
      dropped_(metrics.counter(dropped_name, dropped_help, {{"reason", "share"}})),
      limited_(metrics.counter(dropped_name, dropped_help, {{"reason", "rate"}})) {
  rate_.with([this](Rate& rate) { rate.bucket = TokenBucket(settings_.traces_per_second); });
}

bool HeadSampler::active() const {
  return settings_.probability < 1 || settings_.traces_per_second > 0 ||
         std::any_of(settings_.by_service.begin(), settings_.by_service.end(),
                     [](const auto& service) { return service.second < 1; });
}

double HeadSampler::probability_of(const ResourceSpans& resource) const {
  if (settings_.by_service.empty()) return settings_.probability;
  const AttributeValue* service = find_attribute(resource.resource, "service.name");
  const auto own = settings_.by_service.find(service != nullptr ? service->to_text() : "");
  return own != settings_.by_service.end() ? own->second : settings_.probability;
}

bool HeadSampler::has_room(Rate& rate, const TraceId& id, std::int64_t now_ns) const {
  if (const auto known = rate.decisions.find(id)) return *known;
  const bool room = rate.bucket.take(1, now_ns);
  rate.decisions.add(id, room);
  return room;
}

std::vector<bool> HeadSampler::choose(const SpanBatch& batch) {
  std::vector<bool> keep;
  std::uint64_t dropped = 0;
  for (const ResourceSpans& resource : batch.resources) {
    const double probability = probability_of(resource);
    for (const ScopeSpans& scope : resource.scopes) {
      for (const Span& span : scope.spans) {
        keep.push_back(is_sampled(span.trace_id, probability));
        if (!keep.back()) ++dropped;
      }
    }
  }
  dropped_.add(dropped);
  if (settings_.traces_per_second <= 0) return keep;
  std::uint64_t limited = 0;
  const std::int64_t now = clock_.wall().since_epoch.count();
  rate_.with([&](Rate& rate) {
    std::size_t number = 0;
    for (const ResourceSpans& resource : batch.resources) {
      for (const ScopeSpans& scope : resource.scopes) {
        for (const Span& span : scope.spans) {
          const std::size_t at = number++;
          if (!keep[at] || has_room(rate, span.trace_id, now)) continue;
          keep[at] = false;
          ++limited;
        }
      }
    }
  });
  limited_.add(limited);
  return keep;
}

SpanBatch HeadSampler::sample(const SpanBatch& batch) {
  const std::vector<bool> keep = choose(batch);
  SpanBatch kept;
  kept.tenant = batch.tenant;
  std::size_t number = 0;
  for (const ResourceSpans& resource : batch.resources) {
    ResourceSpans some;
    for (const ScopeSpans& scope : resource.scopes) {
      std::vector<Span> spans;
      for (const Span& span : scope.spans) {
        if (keep[number++]) spans.push_back(span);
      }
      if (!spans.empty()) some.scopes.push_back({scope.scope, std::move(spans)});
    }
    if (some.scopes.empty()) continue;
    some.resource = resource.resource;
    kept.resources.push_back(std::move(some));
  }
  return kept;
}

}  // namespace aloft::telemetry::traces
