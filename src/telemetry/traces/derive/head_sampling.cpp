// The id is mixed before it is compared, since not all senders make ids of good random numbers.
#include "telemetry/traces/derive/head_sampling.h"

#include <cstring>

#include "telemetry/traces/store/string_pool.h"

namespace aloft::telemetry::traces {

bool is_sampled(const TraceId& id, double probability) {
  if (probability >= 1) return true;
  if (!(probability > 0)) return false;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.data(), 8);
  std::memcpy(&low, id.data() + 8, 8);
  const std::uint64_t number = mix64(high ^ mix64(low)) >> 11;
  return static_cast<double>(number) < probability * static_cast<double>(std::uint64_t{1} << 53);
}

HeadSampler::HeadSampler(HeadSamplingSettings settings, Metrics& metrics)
    : settings_(std::move(settings)),
      dropped_(
          metrics.counter("telemetry_traces_head_sampled_out_total", "Spans that head sampling left out.")) {}

void HeadSampler::process(SpanBatch& batch) {
  std::uint64_t dropped = 0;
  for (ResourceSpans& resource : batch.resources) {
    double probability = settings_.probability;
    if (!settings_.by_service.empty()) {
      const AttributeValue* service = find_attribute(resource.resource, "service.name");
      const auto own = settings_.by_service.find(service != nullptr ? service->to_text() : "");
      if (own != settings_.by_service.end()) probability = own->second;
    }
    if (probability >= 1) continue;
    for (ScopeSpans& scope : resource.scopes) {
      dropped += std::erase_if(scope.spans,
                               [&](const Span& span) { return !is_sampled(span.trace_id, probability); });
    }
  }
  dropped_.add(dropped);
}

}  // namespace aloft::telemetry::traces
