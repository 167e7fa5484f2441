// Each policy looks at the spans until one decides.
#include "telemetry/traces/derive/sampling_policy.h"

#include <algorithm>

#include "telemetry/traces/derive/head_sampling.h"
#include "telemetry/traces/store/time_span.h"

namespace aloft::telemetry::traces {
namespace {

using Trace = std::span<const SpanPlace>;

template <class F>
bool any_span(Trace trace, F f) {
  return std::any_of(trace.begin(), trace.end(), [&](const SpanPlace& place) { return f(place.span()); });
}

// Resources and spans alike.
template <class F>
bool any_attribute(Trace trace, const std::string& key, F f) {
  const auto fits = [&](const Attributes& attributes) {
    const AttributeValue* value = find_attribute(attributes, key);
    return value != nullptr && f(*value);
  };
  return std::any_of(trace.begin(), trace.end(), [&](const SpanPlace& place) {
    return fits(place.resource_attributes()) || fits(place.span().attributes);
  });
}

Duration length_of(Trace trace) {
  std::int64_t begin = std::numeric_limits<std::int64_t>::max();
  std::int64_t end = std::numeric_limits<std::int64_t>::min();
  any_span(trace, [&](const Span& span) {
    begin = std::min(begin, span.start_ns);
    end = std::max(end, span.end_ns);
    return false;
  });
  return end > begin ? Duration(time_between(begin, end)) : Duration::zero();
}

bool has_text(const SamplingPolicy& policy, Trace trace) {
  return any_attribute(trace, policy.key, [&](const AttributeValue& value) {
    const std::string* text = value.if_string();
    if (text == nullptr) return false;
    if (std::find(policy.values.begin(), policy.values.end(), *text) != policy.values.end()) return true;
    return std::any_of(policy.patterns.begin(), policy.patterns.end(),
                       [&](const auto& pattern) { return pattern->matches(*text); });
  });
}

bool has_number(const SamplingPolicy& policy, Trace trace) {
  return any_attribute(trace, policy.key, [&](const AttributeValue& value) {
    const auto* whole = std::get_if<std::int64_t>(&value.data);
    const auto* real = std::get_if<double>(&value.data);
    if (whole == nullptr && real == nullptr) return false;
    const double number = whole != nullptr ? static_cast<double>(*whole) : *real;
    return number >= policy.least_number && number <= policy.most_number;
  });
}

bool has_boolean(const SamplingPolicy& policy, Trace trace) {
  return any_attribute(trace, policy.key, [&](const AttributeValue& value) {
    const auto* flag = std::get_if<bool>(&value.data);
    return flag != nullptr && *flag == policy.flag;
  });
}

// "a=1,b=2"
bool has_trace_state(const SamplingPolicy& policy, const Span& span) {
  std::string_view rest = span.trace_state;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view member = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    while (!member.empty() && (member.front() == ' ' || member.front() == '\t')) member.remove_prefix(1);
    const std::size_t sign = member.find('=');
    if (sign == std::string_view::npos || member.substr(0, sign) != policy.key) continue;
    const std::string_view value = member.substr(sign + 1);
    if (std::find(policy.values.begin(), policy.values.end(), value) != policy.values.end()) return true;
  }
  return false;
}

}  // namespace

std::vector<SpanPlace> places_of(const std::shared_ptr<SpanBatch>& batch) {
  std::vector<SpanPlace> places;
  for (std::uint32_t r = 0; r < batch->resources.size(); ++r) {
    const std::vector<ScopeSpans>& scopes = batch->resources[r].scopes;
    for (std::uint32_t s = 0; s < scopes.size(); ++s) {
      for (std::uint32_t i = 0; i < scopes[s].spans.size(); ++i) places.push_back({batch, r, s, i});
    }
  }
  return places;
}

bool TokenBucket::take(double units, std::int64_t now_ns) {
  if (at_ns_ != 0) {
    const double gained = static_cast<double>(std::max<std::int64_t>(now_ns - at_ns_, 0)) / 1e9 * per_second_;
    tokens_ = std::min(per_second_, tokens_ + gained);
  }
  at_ns_ = now_ns;
  if (tokens_ < units) return false;
  tokens_ -= units;
  return true;
}

SamplingJudge::SamplingJudge(std::vector<SamplingPolicy> policies)
    : policies_(std::move(policies)), judged_(prepare(policies_)) {}

std::vector<SamplingJudge::Judged> SamplingJudge::prepare(const std::vector<SamplingPolicy>& policies) {
  std::vector<Judged> out;
  for (const SamplingPolicy& policy : policies)
    out.push_back({&policy, TokenBucket(policy.spans_per_second), prepare(policy.parts)});
  return out;
}

bool SamplingJudge::keeps(const TraceId& id, Trace trace, std::int64_t now_ns) {
  for (Judged& judged : judged_) {
    if (judged.policy->kind == SamplingPolicy::Kind::drop && says_yes(judged, id, trace, now_ns))
      return false;
  }
  return std::any_of(judged_.begin(), judged_.end(), [&](Judged& judged) {
    return judged.policy->kind != SamplingPolicy::Kind::drop && says_yes(judged, id, trace, now_ns);
  });
}

bool SamplingJudge::says_yes(Judged& judged, const TraceId& id, Trace trace, std::int64_t now_ns) {
  const SamplingPolicy& policy = *judged.policy;
  const auto part_says_yes = [&](Judged& part) { return says_yes(part, id, trace, now_ns); };
  switch (policy.kind) {
    case SamplingPolicy::Kind::always:
      return true;
    case SamplingPolicy::Kind::latency: {
      const Duration length = length_of(trace);
      return length >= policy.least && (policy.most == Duration::zero() || length <= policy.most);
    }
    case SamplingPolicy::Kind::status:
      return any_span(trace, [&](const Span& span) {
        return std::find(policy.statuses.begin(), policy.statuses.end(), span.status) !=
               policy.statuses.end();
      });
    case SamplingPolicy::Kind::text:
      return has_text(policy, trace) != policy.inverted;
    case SamplingPolicy::Kind::number:
      return has_number(policy, trace) != policy.inverted;
    case SamplingPolicy::Kind::boolean:
      return has_boolean(policy, trace) != policy.inverted;
    case SamplingPolicy::Kind::trace_state:
      return any_span(trace, [&](const Span& span) { return has_trace_state(policy, span); });
    case SamplingPolicy::Kind::trace_flags:
      return any_span(trace, [](const Span& span) { return (span.flags & 1) != 0; });
    case SamplingPolicy::Kind::probability:
      return is_sampled(id, policy.probability, policy.salt);
    case SamplingPolicy::Kind::rate_limit:
      return judged.bucket.take(static_cast<double>(trace.size()), now_ns);
    case SamplingPolicy::Kind::span_count: {
      const std::uint64_t spans = trace.size();
      return spans >= policy.least_spans && spans <= policy.most_spans;
    }
    case SamplingPolicy::Kind::all:
    case SamplingPolicy::Kind::drop:
      return std::all_of(judged.parts.begin(), judged.parts.end(), part_says_yes);
    case SamplingPolicy::Kind::inverse:
      return !judged.parts.empty() && !part_says_yes(judged.parts.front());
  }
  return false;
}

}  // namespace aloft::telemetry::traces
