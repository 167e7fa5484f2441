// Series of TraceQL in the shape that Jaeger's page draws. Rates look back over a longer time than one step,
// so they are averages of the steps before.
#include "telemetry/traces/api/jaeger_metrics.h"

#include <charconv>
#include <map>

#include "base/time.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/json_writer.h"

namespace aloft::telemetry::traces {
namespace {

constexpr std::int64_t steps_limit = 10'000;

Result<std::int64_t> read_millis(const http::Query& parameters, std::string_view name,
                                 std::int64_t otherwise) {
  const std::string_view text = parameters.get(name).value_or("");
  if (text.empty()) return otherwise;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr std::int64_t most = 9'000'000'000'000;
  if (error == std::errc() && end == text.data() + text.size() && value > 0 && value < most) return value;
  return fail(Code::invalid,
              fmt::format("unable to parse param '{}': {} is no number of milliseconds", name, text));
}

// "SPAN_KIND_SERVER" and "server" alike.
Result<std::string> read_kind(std::string_view text) {
  for (int kind = 0; kind <= static_cast<int>(SpanKind::consumer); ++kind) {
    const std::string_view name = traceql::kind_name(static_cast<SpanKind>(kind));
    if (text == name) return std::string(name);
  }
  return fail(Code::invalid, fmt::format("unsupported span kind: '{}'", text));
}

std::string text_of(const traceql::NamedValues& labels, std::string_view name) {
  for (const auto& [key, value] : labels) {
    if (key == name) return value.to_text();
  }
  return {};
}

// service and operation to value by time.
using Points = std::map<std::int64_t, double>;
using Groups = std::map<std::pair<std::string, std::string>, Points>;

Groups group(const traceql::MetricsResult& result, std::string_view status) {
  Groups groups;
  for (const traceql::Series& series : result.series) {
    if (!status.empty() && text_of(series.labels, "status") != status) continue;
    Points& points =
        groups[{text_of(series.labels, "resource.service.name"), text_of(series.labels, "name")}];
    for (const traceql::SeriesPoint& point : series.points) points[point.time_ms] += point.value;
  }
  return groups;
}

// The mean of the steps of the time before each point.
Points smooth(const Points& points, const JaegerMetricsRequest& request) {
  Points out;
  const std::int64_t window = std::max(request.rate_per_ms / request.step_ms, std::int64_t{1});
  std::vector<double> values;
  double sum = 0;
  for (const auto& [time, value] : points) {
    values.push_back(value);
    sum += value;
    const auto size = static_cast<std::int64_t>(values.size());
    if (size > window) sum -= values[static_cast<std::size_t>(size - window - 1)];
    if (time >= request.end_ms - request.lookback_ms)
      out[time] = std::max(sum, 0.0) / static_cast<double>(std::min(size, window));
  }
  return out;
}

Groups values_of(const JaegerMetricsRequest& request, const traceql::MetricsResult& result) {
  Groups all = group(result, "");
  if (request.metric == JaegerMetric::latencies) {
    for (auto& [key, points] : all) {
      for (auto& [time, value] : points) value *= 1000;  // milliseconds
    }
    return all;
  }
  for (auto& [key, points] : all) points = smooth(points, request);
  if (request.metric == JaegerMetric::calls) return all;
  const Groups failed = group(result, "error");
  for (auto& [key, points] : all) {
    const auto own = failed.find(key);
    const Points errors = own != failed.end() ? smooth(own->second, request) : Points();
    for (auto& [time, value] : points) {
      const auto at = errors.find(time);
      value = at != errors.end() && value > 0 ? at->second / value : 0;
    }
  }
  return all;
}

}  // namespace

Result<JaegerMetricsRequest> parse_jaeger_metrics(JaegerMetric metric, const http::Query& parameters,
                                                  std::int64_t now_ms) {
  JaegerMetricsRequest request;
  request.metric = metric;
  for (const std::string_view service : parameters.all("service")) request.services.emplace_back(service);
  if (request.services.empty())
    return fail(Code::invalid, "unable to parse param 'service': please provide at least one service name");
  for (const std::string_view text : parameters.all("spanKind")) {
    TRY(kind, read_kind(text));
    request.kinds.push_back(std::move(kind));
  }
  if (request.kinds.empty()) request.kinds.emplace_back(traceql::kind_name(SpanKind::server));
  const std::string_view by_operation = parameters.get("groupByOperation").value_or("false");
  if (by_operation != "true" && by_operation != "false")
    return fail(Code::invalid, fmt::format("unable to parse param 'groupByOperation': {}", by_operation));
  request.by_operation = by_operation == "true";
  if (metric == JaegerMetric::latencies) {
    const std::string_view text = parameters.get("quantile").value_or("");
    if (!parse_float(text, request.quantile) || !(request.quantile > 0 && request.quantile <= 1))
      return fail(Code::invalid,
                  fmt::format("unable to parse param 'quantile': \"{}\" is not in (0, 1]", text));
  }
  TRY(end, read_millis(parameters, "endTs", now_ms));
  TRY(lookback, read_millis(parameters, "lookback", 3'600'000));
  TRY(step, read_millis(parameters, "step", 5'000));
  TRY(rate_per, read_millis(parameters, "ratePer", 600'000));
  request.end_ms = end;
  request.lookback_ms = std::min(lookback, end);
  request.step_ms = step;
  request.rate_per_ms = std::min(rate_per, end - request.lookback_ms);
  if ((request.lookback_ms + request.rate_per_ms) / step > steps_limit)
    return fail(Code::invalid,
                fmt::format("param 'step': {} ms make more than {} points", step, steps_limit));
  return request;
}

std::string query_of(const JaegerMetricsRequest& request) {
  std::string services;
  for (const std::string& service : request.services) {
    services += services.empty() ? "" : " || ";
    services += "resource.service.name = " + traceql::literal_text(traceql::string_value(service));
  }
  std::string kinds;
  for (const std::string& kind : request.kinds) kinds += (kinds.empty() ? "kind = " : " || kind = ") + kind;
  std::string by = "resource.service.name";
  if (request.by_operation) by += ", name";
  if (request.metric == JaegerMetric::errors) by += ", status";
  const std::string function = request.metric == JaegerMetric::latencies
                                   ? fmt::format("quantile_over_time(duration, {})", request.quantile)
                                   : std::string("rate()");
  return fmt::format("{{ ({}) && ({}) }} | {} by ({})", services, kinds, function, by);
}

traceql::MetricsRequest times_of(const JaegerMetricsRequest& request) {
  traceql::MetricsRequest times;
  const bool rate = request.metric != JaegerMetric::latencies;
  times.end_ns = request.end_ms * 1'000'000;
  times.start_ns = (request.end_ms - request.lookback_ms - (rate ? request.rate_per_ms : 0)) * 1'000'000;
  times.step_ns = request.step_ms * 1'000'000;
  return times;
}

std::string jaeger_metrics_json(const JaegerMetricsRequest& request, const traceql::MetricsResult& result) {
  const std::string kind = request.by_operation ? "service_operation" : "service";
  const std::string_view by = request.by_operation ? "service & operation" : "service";
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  switch (request.metric) {
    case JaegerMetric::calls:
      json.key("name").string(kind + "_call_rate");
      json.key("type").string("GAUGE").key("help").string(fmt::format("calls/sec, grouped by {}", by));
      break;
    case JaegerMetric::errors:
      json.key("name").string(kind + "_error_rate");
      json.key("type").string("GAUGE").key("help").string(
          fmt::format("error rate, computed as a fraction of errors/sec over calls/sec, grouped by {}", by));
      break;
    case JaegerMetric::latencies:
      json.key("name").string(kind + "_latencies");
      json.key("type").string("GAUGE").key("help").string(
          fmt::format("{:.2f}th quantile latency, grouped by {}", request.quantile, by));
  }
  json.key("metrics").begin_array();
  for (const auto& [key, points] : values_of(request, result)) {
    json.begin_object().key("labels").begin_array();
    if (request.by_operation)
      json.begin_object().key("name").string("operation").key("value").string(key.second).end_object();
    json.begin_object().key("name").string("service_name").key("value").string(key.first).end_object();
    json.end_array().key("metricPoints").begin_array();
    for (const auto& [time, value] : points) {
      json.begin_object().key("gaugeValue").begin_object().key("doubleValue").number(value).end_object();
      const WallTime at{Duration(time * 1'000'000)};
      json.key("timestamp").string(time % 1000 == 0 ? format_seconds(at) : format_micros(at)).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return body;
}

}  // namespace aloft::telemetry::traces
