// From samples of lines to samples of rules.
#include "app/telemetry/log_rules.h"

#include "telemetry/logs/logql/parser.h"

namespace aloft::app {
namespace {

namespace logql = telemetry::logs::logql;
using telemetry::promql::Sample;

Result<std::string> check(std::string_view text) {
  TRY(parsed, logql::parse(text));
  if (parsed->kind == logql::Expr::Kind::log)
    return fail(Code::invalid, "a rule needs a metric query, such as count_over_time, not a log query");
  return logql::to_string(*parsed);
}

Result<std::vector<Sample>> evaluate(const logql::Engine& engine, std::string_view text,
                                     telemetry::Millis at) {
  logql::QueryRequest request;
  request.query = std::string(text);
  request.instant = true;
  request.start_ns = request.end_ns = at * 1'000'000;
  TRY(result, engine.execute(request));
  std::vector<Sample> out;
  out.reserve(result.series.size());
  for (logql::ResultSeries& series : result.series) {
    if (series.points.empty()) continue;
    Sample& sample = out.emplace_back();
    sample.labels = std::move(series.labels);
    sample.time = at;
    sample.value = series.points.back().value;
  }
  return out;
}

}  // namespace

std::shared_ptr<const telemetry::alerts::RuleLanguage> log_rule_language(const logql::Engine& engine) {
  telemetry::alerts::RuleLanguage language;
  language.name = "LogQL";
  language.check = check;
  language.evaluate = [&engine](std::string_view text, telemetry::Millis at) {
    return evaluate(engine, text, at);
  };
  return std::make_shared<const telemetry::alerts::RuleLanguage>(std::move(language));
}

}  // namespace aloft::app
