// The configuration file of sampling. Every field is checked, so that a misspelt one is no silent default.
#include <cmath>
#include <set>

#include "model/yaml.h"
#include "telemetry/core/durations.h"
#include "telemetry/traces/derive/sampling.h"
#include "telemetry/traces/store/string_pool.h"

namespace aloft::telemetry::traces {
namespace {

constexpr int policy_depth_limit = 16;

// One object of the file and where it stands. What nobody asked for is an error at the end.
class ConfigSection {
 public:
  ConfigSection(const model::Value& value, std::string place) : value_(value), place_(std::move(place)) {}

  const std::string& place() const { return place_; }
  std::unexpected<Error> bad(std::string_view key, std::string_view what) const {
    return fail(Code::invalid,
                fmt::format("{}{}{}: {}", place_, place_.empty() || key.empty() ? "" : ".", key, what));
  }
  Result<> check() const {
    if (value_.is_object() || value_.is_null()) return {};
    return bad("", "a mapping is expected");
  }
  const model::Value* find(std::string_view key) {
    asked_.emplace(key);
    const model::Value* found = value_.at(key);
    return found != nullptr && found->is_null() ? nullptr : found;
  }
  // Whether anything was misspelt.
  Result<> finish() const {
    const model::Object* object = value_.if_object();
    if (object == nullptr) return {};
    for (const auto& [key, value] : *object) {
      if (!asked_.contains(key)) return bad(key, "no such field");
    }
    return {};
  }

  Result<std::string> text(std::string_view key, std::string otherwise = {}) {
    const model::Value* found = find(key);
    if (found == nullptr) return otherwise;
    if (const std::string* text = found->if_string()) return *text;
    return bad(key, fmt::format("{} is no text", model::to_json(*found)));
  }
  Result<double> number(std::string_view key, double otherwise, double least, double most) {
    const model::Value* found = find(key);
    if (found == nullptr) return otherwise;
    const double value = found->is_number() ? found->as_double() : std::nan("");
    if (value >= least && value <= most) return value;
    return bad(key, fmt::format("{} is no number from {} to {}", model::to_json(*found), least, most));
  }
  Result<std::uint64_t> count(std::string_view key, std::uint64_t otherwise) {
    TRY(value, number(key, static_cast<double>(otherwise), 0, 1e15));
    if (value != std::floor(value)) return bad(key, fmt::format("{} is no whole number", value));
    return static_cast<std::uint64_t>(value);
  }
  Result<bool> flag(std::string_view key, bool otherwise) {
    const model::Value* found = find(key);
    if (found == nullptr) return otherwise;
    if (const bool* flag = found->if_bool()) return *flag;
    return bad(key, fmt::format("{} is neither true nor false", model::to_json(*found)));
  }
  Result<Duration> duration(std::string_view key, Duration otherwise) {
    TRY(written, text(key));
    if (written.empty()) return otherwise;
    auto parsed = parse_duration(written);
    if (!parsed || *parsed < Duration::zero()) return bad(key, fmt::format("{:?} is no duration", written));
    return *parsed;
  }
  Result<std::vector<std::string>> texts(std::string_view key) {
    std::vector<std::string> out;
    const model::Value* found = find(key);
    if (found == nullptr) return out;
    if (!found->is_array()) return bad(key, "a list is expected");
    for (const model::Value& item : found->as_array()) {
      if (!item.is_string()) return bad(key, fmt::format("{} is no text", model::to_json(item)));
      out.push_back(item.as_string());
    }
    return out;
  }
  ConfigSection below(std::string_view key) {
    static const model::Value nothing;
    const model::Value* found = find(key);
    return ConfigSection(found != nullptr ? *found : nothing,
                         place_.empty() ? std::string(key) : fmt::format("{}.{}", place_, key));
  }

 private:
  const model::Value& value_;
  std::string place_;
  std::set<std::string, std::less<>> asked_;
};

Result<SamplingPolicy> read_policy(const model::Value& value, std::string place, int depth);

Result<std::vector<SamplingPolicy>> read_policies(ConfigSection& section, std::string_view key, int depth) {
  const model::Value* list = section.find(key);
  if (list == nullptr || !list->is_array() || list->as_array().empty())
    return section.bad(key, "a list of policies is expected");
  std::vector<SamplingPolicy> out;
  for (const model::Value& item : list->as_array()) {
    TRY(policy, read_policy(item, fmt::format("{}.{}[{}]", section.place(), key, out.size()), depth));
    out.push_back(std::move(policy));
  }
  return out;
}

Result<> read_latency(ConfigSection& in, SamplingPolicy& policy, int) {
  TRY(least, in.count("threshold_ms", 0));
  TRY(most, in.count("upper_threshold_ms", 0));
  if (least > 9'000'000'000'000 || most > 9'000'000'000'000) return in.bad("threshold_ms", "out of range");
  policy.least = std::chrono::milliseconds(least);
  policy.most = std::chrono::milliseconds(most);
  if (most != 0 && most < least) return in.bad("upper_threshold_ms", "is below threshold_ms");
  return {};
}

Result<> read_status(ConfigSection& in, SamplingPolicy& policy, int) {
  TRY(codes, in.texts("status_codes"));
  for (const std::string& code : codes) {
    if (code == "ERROR") {
      policy.statuses.push_back(SpanStatus::error);
    } else if (code == "OK") {
      policy.statuses.push_back(SpanStatus::ok);
    } else if (code == "UNSET") {
      policy.statuses.push_back(SpanStatus::unset);
    } else {
      return in.bad("status_codes", fmt::format("{:?} is none of OK, ERROR, UNSET", code));
    }
  }
  if (codes.empty()) return in.bad("status_codes", "at least one is expected");
  return {};
}

Result<> read_key(ConfigSection& in, SamplingPolicy& policy) {
  TRY(key, in.text("key"));
  if (key.empty()) return in.bad("key", "the name of an attribute is expected");
  policy.key = std::move(key);
  return {};
}

Result<> read_text(ConfigSection& in, SamplingPolicy& policy, int) {
  TRY_DO(read_key(in, policy));
  TRY(values, in.texts("values"));
  if (values.empty()) return in.bad("values", "at least one is expected");
  TRY(regular, in.flag("enabled_regex_matching", false));
  TRY(inverted, in.flag("invert_match", false));
  TRY_DO(in.count("cache_max_size", 0));  // there is nothing to save: expressions are linear
  policy.inverted = inverted;
  if (!regular) {
    policy.values = std::move(values);
    return {};
  }
  for (const std::string& value : values) {
    auto pattern = Regex::compile(value, Regex::Anchor::none);
    if (!pattern) return in.bad("values", pattern.error().message());
    policy.patterns.push_back(std::move(*pattern));
  }
  return {};
}

Result<> read_number(ConfigSection& in, SamplingPolicy& policy, int) {
  constexpr double limit = 1e18;
  TRY_DO(read_key(in, policy));
  if (in.find("min_value") == nullptr && in.find("max_value") == nullptr)
    return in.bad("min_value", "this or max_value is expected");
  TRY(least, in.number("min_value", policy.least_number, -limit, limit));
  TRY(most, in.number("max_value", policy.most_number, -limit, limit));
  TRY(inverted, in.flag("invert_match", false));
  policy.least_number = least;
  policy.most_number = most;
  policy.inverted = inverted;
  return {};
}

Result<> read_boolean(ConfigSection& in, SamplingPolicy& policy, int) {
  TRY_DO(read_key(in, policy));
  TRY(flag, in.flag("value", false));
  TRY(inverted, in.flag("invert_match", false));
  policy.flag = flag;
  policy.inverted = inverted;
  return {};
}

Result<> read_trace_state(ConfigSection& in, SamplingPolicy& policy, int) {
  TRY_DO(read_key(in, policy));
  TRY(values, in.texts("values"));
  policy.values = std::move(values);
  return {};
}

Result<> read_probability(ConfigSection& in, SamplingPolicy& policy, int) {
  TRY(percentage, in.number("sampling_percentage", 0, 0, 100));
  TRY(salt, in.text("hash_salt"));
  policy.probability = percentage / 100;
  for (const char c : salt) policy.salt = mix64(policy.salt * 31 + static_cast<std::uint8_t>(c));
  return {};
}

Result<> read_rate(ConfigSection& in, SamplingPolicy& policy, int) {
  TRY(rate, in.number("spans_per_second", 0, 0, 1e12));
  policy.spans_per_second = rate;
  return {};
}

Result<> read_span_count(ConfigSection& in, SamplingPolicy& policy, int) {
  TRY(least, in.count("min_spans", 0));
  TRY(most, in.count("max_spans", 0));
  policy.least_spans = least;
  if (most != 0) policy.most_spans = most;
  return {};
}

Result<> read_all(ConfigSection& in, SamplingPolicy& policy, int depth) {
  TRY(parts,
      read_policies(in, policy.kind == SamplingPolicy::Kind::drop ? "drop_sub_policy" : "and_sub_policy",
                    depth + 1));
  policy.parts = std::move(parts);
  return {};
}

Result<> read_inverse(ConfigSection& in, SamplingPolicy& policy, int depth) {
  const model::Value* part = in.find("not_sub_policy");
  if (part == nullptr) return in.bad("not_sub_policy", "a policy is expected");
  TRY(read, read_policy(*part, in.place() + ".not_sub_policy", depth + 1));
  policy.parts.push_back(std::move(read));
  return {};
}

Result<> read_nothing(ConfigSection&, SamplingPolicy&, int) { return {}; }

struct PolicyType {
  std::string_view name;
  SamplingPolicy::Kind kind;
  Result<> (*read)(ConfigSection&, SamplingPolicy&, int depth);
};
constexpr std::array<PolicyType, 14> policy_types = {
    {{"always_sample", SamplingPolicy::Kind::always, read_nothing},
     {"latency", SamplingPolicy::Kind::latency, read_latency},
     {"status_code", SamplingPolicy::Kind::status, read_status},
     {"string_attribute", SamplingPolicy::Kind::text, read_text},
     {"numeric_attribute", SamplingPolicy::Kind::number, read_number},
     {"boolean_attribute", SamplingPolicy::Kind::boolean, read_boolean},
     {"trace_state", SamplingPolicy::Kind::trace_state, read_trace_state},
     {"trace_flags", SamplingPolicy::Kind::trace_flags, read_nothing},
     {"probabilistic", SamplingPolicy::Kind::probability, read_probability},
     {"rate_limiting", SamplingPolicy::Kind::rate_limit, read_rate},
     {"span_count", SamplingPolicy::Kind::span_count, read_span_count},
     {"and", SamplingPolicy::Kind::all, read_all},
     {"not", SamplingPolicy::Kind::inverse, read_inverse},
     {"drop", SamplingPolicy::Kind::drop, read_all}}};

Result<SamplingPolicy> read_policy(const model::Value& value, std::string place, int depth) {
  ConfigSection in(value, std::move(place));
  TRY_DO(in.check());
  if (depth > policy_depth_limit) return in.bad("", "policies are nested too deeply");
  SamplingPolicy policy;
  TRY(name, in.text("name"));
  policy.name = std::move(name);
  TRY(type, in.text("type"));
  const auto known = std::find_if(policy_types.begin(), policy_types.end(),
                                  [&](const PolicyType& one) { return one.name == type; });
  if (known == policy_types.end())
    return in.bad("type", fmt::format("{:?} is no kind of policy that is known here", type));
  policy.kind = known->kind;
  ConfigSection own = in.below(type);
  TRY_DO(own.check());
  TRY_DO(known->read(own, policy, depth));
  TRY_DO(own.finish());
  TRY_DO(in.finish());
  return policy;
}

Result<HeadSamplingSettings> read_head(ConfigSection in) {
  HeadSamplingSettings head;
  TRY_DO(in.check());
  TRY(percentage, in.number("sampling_percentage", 100, 0, 100));
  head.probability = percentage / 100;
  ConfigSection services = in.below("services");
  TRY_DO(services.check());
  const model::Value* listed = in.find("services");
  if (listed != nullptr) {
    for (const auto& [service, value] : listed->as_object()) {
      TRY(share, services.number(service, 100, 0, 100));
      head.by_service[service] = share / 100;
    }
  }
  TRY(rate, in.number("traces_per_second", 0, 0, 1e12));
  head.traces_per_second = rate;
  TRY_DO(in.finish());
  return head;
}

Result<TailSamplingSettings> read_tail(ConfigSection in) {
  TailSamplingSettings tail;
  TRY_DO(in.check());
  TRY(wait, in.duration("decision_wait", tail.decision_wait));
  tail.decision_wait = wait;
  TRY(after_root, in.duration("decision_wait_after_root_received", tail.wait_after_root));
  tail.wait_after_root = after_root;
  TRY(traces, in.count("num_traces", tail.traces));
  tail.traces = std::max<std::uint64_t>(traces, 1);
  TRY(mebibytes, in.count("memory_mib", tail.bytes >> 20));
  if (mebibytes == 0 || mebibytes > 1024 * 1024) return in.bad("memory_mib", "from 1 to 1048576 are allowed");
  tail.bytes = mebibytes << 20;
  TRY_DO(in.count("expected_new_traces_per_sec", 0));  // a hint that is not needed here
  ConfigSection cache = in.below("decision_cache");
  TRY_DO(cache.check());
  TRY(kept, cache.count("sampled_cache_size", tail.remembered / 2));
  TRY(dropped, cache.count("non_sampled_cache_size", tail.remembered / 2));
  TRY_DO(cache.finish());
  // They share one memory, so the larger wish counts for both.
  tail.remembered = std::clamp<std::uint64_t>(2 * std::max(kept, dropped), 2 * tail.traces, 100'000'000);
  TRY(policies, read_policies(in, "policies", 0));
  tail.policies = std::move(policies);
  TRY_DO(in.finish());
  return tail;
}

}  // namespace

Result<SamplingSettings> parse_sampling(std::string_view yaml) {
  if (yaml.empty()) return SamplingSettings();
  auto parsed = model::parse_yaml(yaml);
  if (!parsed) return fail(Code::invalid, parsed.error().message());
  ConfigSection in(*parsed, "");
  TRY_DO(in.check());
  SamplingSettings settings;
  TRY(head, read_head(in.below("head_sampling")));
  settings.head = std::move(head);
  if (in.find("tail_sampling") != nullptr) {
    TRY(tail, read_tail(in.below("tail_sampling")));
    settings.tail = std::move(tail);
  }
  TRY_DO(in.finish());
  return settings;
}

}  // namespace aloft::telemetry::traces
