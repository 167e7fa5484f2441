// The endpoints that evaluate, print and take apart expressions.
#include <chrono>

#include "telemetry/core/json_writer.h"
#include "telemetry/promql/api/request.h"
#include "telemetry/promql/api/result_json.h"
#include "telemetry/promql/parser.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql::api {
namespace {

Result<ExprPtr> query_param(const Request& request) {
  auto expr = parse(request.get("query"));
  if (!expr)
    return fail(Code::bad_request, fmt::format("invalid parameter \"query\": {}", expr.error().message()));
  return expr;
}

Result<QueryOptions> query_options(const Request& request) {
  QueryOptions options;
  options.stop = request.stop;
  options.text = request.get("query");
  if (const std::string_view text = request.get("lookback_delta"); !text.empty()) {
    auto lookback = parse_step(text);
    if (!lookback)
      return fail(Code::bad_request,
                  fmt::format("error parsing lookback delta duration: {}", lookback.error().message()));
    options.lookback = *lookback;
  }
  return options;
}

void append_stats(std::string& out, const QueryStats& stats, double seconds) {
  const std::string time = fmt::format("{:.6f}", seconds);
  out +=
      fmt::format(R"(,"stats":{{"timings":{{"evalTotalTime":{0},"resultSortTime":0,"queryPreparationTime":0,)"
                  R"("innerEvalTime":{0},"execQueueTime":0,"execTotalTime":{0}}},)"
                  R"("samples":{{"totalQueryableSamples":{1},"samplesRead":{2},"peakSamples":{3}}}}})",
                  time, stats.samples, stats.samples_read, stats.peak_samples);
}

bool truncate(Value& value, std::size_t limit) {
  if (limit == 0) return false;
  if (value.type == ValueType::matrix && value.matrix.size() > limit) return value.matrix.resize(limit), true;
  if (value.type == ValueType::vector && value.vector.size() > limit) return value.vector.resize(limit), true;
  return false;
}

Answer result_answer(const Request& request, QueryResult result, std::size_t limit,
                     std::chrono::steady_clock::duration took) {
  if (truncate(result.value, limit)) result.warnings.emplace_back("results truncated due to limit");
  const std::string_view stats = request.get("stats");
  if (!stats.empty() && stats != "true" && stats != "all")
    result.warnings.push_back(
        fmt::format("value {} for parameter \"stats\" is deprecated and will be rejected in the "
                    "next major release, use \"true\" or \"all\"",
                    quote(stats)));
  std::string data = fmt::format(R"({{"resultType":"{}","result":)", type_name(result.value.type));
  append_result(data, result.value);
  if (!stats.empty()) append_stats(data, result.stats, std::chrono::duration<double>(took).count());
  data += '}';
  return success_answer(std::move(data), result.warnings, result.infos);
}

Result<Answer> try_query(const metrics::Queryable& storage, const Engine& engine, const Request& request) {
  TRY(limit, limit_param(request));
  TRY(time, time_param(request, "time", request.now));
  TRY(options, query_options(request));
  TRY(expr, query_param(request));
  const auto begin = std::chrono::steady_clock::now();
  TRY(result, engine.instant(storage, *expr, time, options));
  return result_answer(request, std::move(result), limit, std::chrono::steady_clock::now() - begin);
}

Result<Answer> try_query_range(const metrics::Queryable& storage, const Engine& engine,
                               const Request& request) {
  TRY(limit, limit_param(request));
  TRY(start, time_param(request, "start", std::nullopt));
  TRY(end, time_param(request, "end", std::nullopt));
  if (end < start)
    return fail(Code::bad_request, "invalid parameter \"end\": end timestamp must not be before start time");
  TRY(step, duration_param(request, "step"));
  if (step <= 0)
    return fail(
        Code::bad_request,
        "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a "
        "positive integer");
  TRY(options, query_options(request));
  TRY(expr, query_param(request));
  const ValueType type = type_of(*expr);
  if (type != ValueType::vector && type != ValueType::scalar)
    return fail(Code::bad_request,
                fmt::format("invalid parameter \"query\": invalid expression type \"{}\" for range "
                            "query, must be Scalar or instant Vector",
                            documented_type(type)));
  const auto begin = std::chrono::steady_clock::now();
  TRY(result, engine.range(storage, *expr, start, end, step, options));
  return result_answer(request, std::move(result), limit, std::chrono::steady_clock::now() - begin);
}

Answer answer_of(Result<Answer> result) { return result ? std::move(*result) : error_answer(result.error()); }

}  // namespace

Answer query(const metrics::Queryable& storage, const Engine& engine, const Request& request) {
  return answer_of(try_query(storage, engine, request));
}

Answer query_range(const metrics::Queryable& storage, const Engine& engine, const Request& request) {
  return answer_of(try_query_range(storage, engine, request));
}

Answer format_query(const Request& request) {
  auto expr = query_param(request);
  if (!expr) return error_answer(expr.error());
  std::string data;
  JsonWriter(data).string(prettify(**expr));
  return success_answer(std::move(data));
}

Answer parse_query(const Request& request) {
  auto expr = query_param(request);
  if (!expr) return error_answer(expr.error());
  return success_answer(to_json(**expr));
}

}  // namespace aloft::telemetry::promql::api
