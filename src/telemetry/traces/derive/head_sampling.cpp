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

SpanBatch HeadSampler::sample(const SpanBatch& batch) {
  SpanBatch kept;
  kept.tenant = batch.tenant;
  std::uint64_t dropped = 0;
  std::uint64_t limited = 0;
  const std::int64_t now = clock_.wall().since_epoch.count();
  rate_.with([&](Rate& rate) {
    for (const ResourceSpans& resource : batch.resources) {
      const double probability = probability_of(resource);
      ResourceSpans& kept_resource = kept.resources.emplace_back();
      for (const ScopeSpans& scope : resource.scopes) {
        ScopeSpans& kept_scope = kept_resource.scopes.emplace_back();
        for (const Span& span : scope.spans) {
          if (!is_sampled(span.trace_id, probability)) {
            ++dropped;
          } else if (settings_.traces_per_second > 0 && !has_room(rate, span.trace_id, now)) {
            ++limited;
          } else {
            kept_scope.spans.push_back(span);
          }
        }
        if (kept_scope.spans.empty()) {
          kept_resource.scopes.pop_back();
        } else {
          kept_scope.scope = scope.scope;
        }
      }
      if (kept_resource.scopes.empty()) {
        kept.resources.pop_back();
      } else {
        kept_resource.resource = resource.resource;
      }
    }
  });
  dropped_.add(dropped);
  limited_.add(limited);
  return kept;
}

}  // namespace aloft::telemetry::traces
