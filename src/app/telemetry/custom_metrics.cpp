// From a metric of objects to PromQL and back.
#include "app/telemetry/custom_metrics.h"

#include "io/cross.h"
#include "telemetry/core/matcher.h"
#include "telemetry/core/regex.h"

namespace aloft::app {
namespace {

using telemetry::Matcher;
using telemetry::MatchType;

std::string alternatives(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : "|") + telemetry::quote_meta(value);
  return out;
}

Result<Matcher> matcher_of(const model::LabelRequirement& requirement) {
  using Operator = model::LabelRequirement::Operator;
  switch (requirement.op) {
    case Operator::equals:
    case Operator::in:
      return Matcher::make(MatchType::regex, requirement.key, alternatives(requirement.values));
    case Operator::not_equals:
    case Operator::not_in:
      return Matcher::make(MatchType::not_regex, requirement.key, alternatives(requirement.values));
    case Operator::exists:
      return Matcher::make(MatchType::not_equal, requirement.key, "");
    case Operator::does_not_exist:
      return Matcher::make(MatchType::equal, requirement.key, "");
    case Operator::greater:
    case Operator::less:
      break;
  }
  return fail(Code::bad_request,
              fmt::format("metricLabelSelector: {}: > and < are not available for metrics", requirement.key));
}

}  // namespace

Result<std::string> custom_metric_expression(const api::CustomMetricQuery& query) {
  std::string matchers;
  const auto add = [&](const Matcher& matcher) { matchers += ", " + matcher.to_string(); };
  if (!query.ns.empty()) add(Matcher::equal("namespace", query.ns));
  TRY(objects, Matcher::make(MatchType::regex, query.object_label, alternatives(query.names)));
  add(objects);
  for (const model::LabelRequirement& requirement : query.selector.requirements()) {
    TRY(matcher, matcher_of(requirement));
    add(matcher);
  }
  const auto selector = [&](const std::string& name) {
    return "{" + Matcher::equal("__name__", name).to_string() + matchers + "}";
  };
  return fmt::format("sum by ({0}) ({1}) or sum by ({0}) (rate({2}[5m]))", query.object_label,
                     selector(query.metric), selector(query.metric + "_total"));
}

io::Task<Result<std::vector<api::CustomMetricValue>>> TelemetryCustomMetrics::values(
    io::Loop& here, api::CustomMetricQuery query) {
  TelemetryLoop* telemetry = telemetry_.with([](TelemetryLoop* held) { return held; });
  if (telemetry == nullptr) co_return fail(Code::unavailable, "metrics are not measured in this cloud");
  if (query.names.empty()) co_return std::vector<api::CustomMetricValue>();
  TRY_CO(expression, custom_metric_expression(query));
  using Samples = std::vector<telemetry::promql::Sample>;
  std::move_only_function<io::Task<Result<Samples>>()> ask = [telemetry, expression = std::move(expression)] {
    return telemetry->telemetry().instant(expression);
  };
  auto samples = co_await io::run_on<Result<Samples>>(here, telemetry->loop(), std::move(ask));
  if (!samples) co_return std::unexpected<Error>(samples.error());
  std::vector<api::CustomMetricValue> values;
  for (const telemetry::promql::Sample& sample : *samples) {
    values.push_back({std::string(sample.labels.get(query.object_label)), sample.value,
                      WallTime{std::chrono::milliseconds(sample.time)}});
  }
  co_return values;
}

}  // namespace aloft::app
