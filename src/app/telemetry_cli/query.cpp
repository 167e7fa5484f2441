// aloft query: a PromQL expression now, or over a time as a plot.
#include <cmath>
#include <cstdio>

#include "app/commands.h"
#include "app/telemetry_cli/screen.h"
#include "app/telemetry_cli/server.h"
#include "model/json.h"
#include "telemetry/core/durations.h"
#include "telemetry/core/labels.h"

namespace aloft::app {
namespace {

constexpr std::size_t plot_height = 12;
constexpr std::size_t plotted_lines = 12;
constexpr std::size_t steps_across = 240;
constexpr std::size_t spark_width = 24;

enum class Form { text, json, csv };
Result<Form> form_of(const Invocation& call) {
  const std::string text = call.get("output");
  if (text == "text") return Form::text;
  if (text == "json") return Form::json;
  if (text == "csv") return Form::csv;
  return fail(Code::invalid, fmt::format("--output {}: expected text, json or csv", text));
}

std::string series_name(const model::Value& metric) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (const model::Object* object = metric.if_object()) {
    for (const auto& [name, value] : *object) {
      if (const std::string* text = value.if_string()) pairs.emplace_back(name, *text);
    }
  }
  return telemetry::Labels(pairs).to_string();
}

// [time, "value"] or the histogram of a sample.
double value_of(const model::Value& pair) {
  const model::Array* array = pair.if_array();
  if (array == nullptr || array->size() < 2) return std::nan("");
  double value = std::nan("");
  if (const std::string* text = (*array)[1].if_string()) (void)telemetry::parse_float(*text, value);
  return value;
}
double time_of(const model::Value& pair) {
  const model::Array* array = pair.if_array();
  return array != nullptr && !array->empty() && (*array)[0].is_number() ? (*array)[0].as_double() : 0;
}
std::string text_of(const model::Value& pair) {
  const model::Array* array = pair.if_array();
  if (array == nullptr || array->size() < 2) return {};
  const std::string* text = (*array)[1].if_string();
  if (text != nullptr) return *text;
  // A native histogram.
  return fmt::format("count {} sum {}", (*array)[1].text_at("count"), (*array)[1].text_at("sum"));
}
std::string time_text(const model::Value& pair) {
  return format_seconds(WallTime{std::chrono::milliseconds(std::llround(time_of(pair) * 1000))});
}

const model::Array& results(const model::Value& data) {
  static const model::Array none;
  const model::Value* result = data.at("result");
  const model::Array* array = result != nullptr ? result->if_array() : nullptr;
  return array != nullptr ? *array : none;
}

const model::Value* sample_of(const model::Value& series) {
  const model::Value* value = series.at("value");
  return value != nullptr ? value : series.at("histogram");
}
const model::Array* samples_of(const model::Value& series) {
  const model::Value* values = series.at("values");
  if (values == nullptr) values = series.at("histograms");
  return values != nullptr ? values->if_array() : nullptr;
}
const model::Value& metric_of(const model::Value& series) {
  static const model::Value none;
  const model::Value* metric = series.at("metric");
  return metric != nullptr ? *metric : none;
}

Table vector_table(const model::Value& data) {
  Table table({"series", "value"});
  for (const model::Value& series : results(data)) {
    const model::Value* sample = sample_of(series);
    table.add({series_name(metric_of(series)), sample != nullptr ? text_of(*sample) : ""});
  }
  return table;
}

// One row for each point.
Table points_table(const model::Value& data) {
  Table table({"series", "time", "value"});
  for (const model::Value& series : results(data)) {
    const std::string name = series_name(metric_of(series));
    if (const model::Value* sample = sample_of(series)) {
      table.add({name, time_text(*sample), text_of(*sample)});
      continue;
    }
    const model::Array* samples = samples_of(series);
    if (samples == nullptr) continue;
    for (const model::Value& sample : *samples) table.add({name, time_text(sample), text_of(sample)});
  }
  return table;
}

void print_instant(const model::Value& data, const Screen& screen) {
  const std::string_view type = data.text_at("resultType");
  if (type == "scalar" || type == "string") {
    const model::Value* pair = data.at("result");
    fmt::print("{}\n", pair != nullptr ? text_of(*pair) : "");
    return;
  }
  const Table table = type == "matrix" ? points_table(data) : vector_table(data);
  if (table.empty()) {
    fmt::print("no series\n");
    return;
  }
  fmt::print("{}", table.text(screen));
}

// The values at every step of the time, NaN where there is none.
std::vector<double> aligned(const model::Array& samples, double start, double step, std::size_t steps) {
  std::vector<double> out(steps, std::nan(""));
  for (const model::Value& sample : samples) {
    const double at = (time_of(sample) - start) / step;
    if (at < -0.5 || at >= static_cast<double>(steps)) continue;
    out[std::min(static_cast<std::size_t>(std::llround(at)), steps - 1)] = value_of(sample);
  }
  return out;
}

struct Summary {
  double low = std::nan("");
  double high = std::nan("");
  double mean = std::nan("");
  double last = std::nan("");
};
Summary summarise(const std::vector<double>& values) {
  Summary out;
  double sum = 0;
  std::size_t count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    out.low = count == 0 ? value : std::min(out.low, value);
    out.high = count == 0 ? value : std::max(out.high, value);
    out.last = value;
    sum += value;
    ++count;
  }
  if (count > 0) out.mean = sum / static_cast<double>(count);
  return out;
}

struct TimeSpan {
  WallTime start;
  WallTime end;
  Duration step;
};

void print_range(const model::Value& data, const TimeSpan& span, const Screen& screen) {
  const double start = static_cast<double>(span.start.since_epoch / 1ms) / 1000;
  const double step = std::chrono::duration<double>(span.step).count();
  const auto steps = static_cast<std::size_t>((span.end - span.start) / span.step) + 1;
  std::vector<PlotLine> lines;
  std::vector<std::string> head = {"series", "min", "mean", "max", "last"};
  if (screen.terminal) head.emplace_back("over time");
  Table table(std::move(head));
  for (const model::Value& series : results(data)) {
    const model::Array* samples = samples_of(series);
    if (samples == nullptr) continue;
    std::vector<double> values = aligned(*samples, start, step, steps);
    const Summary summary = summarise(values);
    std::vector<std::string> row = {series_name(metric_of(series)), short_number(summary.low),
                                    short_number(summary.mean), short_number(summary.high),
                                    short_number(summary.last)};
    if (screen.terminal) {
      const std::string spark = sparkline(values, spark_width);
      row.push_back(lines.size() < plotted_lines ? coloured(spark, lines.size()) : spark);
    }
    table.add(std::move(row));
    if (lines.size() < plotted_lines) lines.push_back(PlotLine{std::move(values)});
  }
  if (table.empty()) {
    fmt::print("no series\n");
    return;
  }
  if (screen.terminal) {
    fmt::print("{}", plot(lines, screen.width, plot_height, true));
    fmt::print("{} to {}, a step is {}\n\n", format_seconds(span.start), format_seconds(span.end),
               telemetry::format_prometheus_duration(span.step));
  }
  fmt::print("{}", table.text(screen));
}

Result<TimeSpan> span_of(const Invocation& call, WallTime end) {
  auto range = telemetry::parse_prometheus_duration(call.get("range"));
  if (!range) return fail(Code::invalid, fmt::format("--range {}", range.error().message()));
  if (*range <= Duration::zero()) return fail(Code::invalid, "--range: expected a time above zero");
  TimeSpan span;
  span.end = end;
  span.start = end - *range;
  // Whole seconds, about as many as a terminal shows.
  span.step = std::max<Duration>(1s, *range / steps_across / 1s * 1s);
  if (const std::string text = call.get("step"); !text.empty()) {
    auto step = telemetry::parse_prometheus_duration(text);
    if (!step) return fail(Code::invalid, fmt::format("--step {}", step.error().message()));
    if (*step <= Duration::zero()) return fail(Code::invalid, "--step: expected a time above zero");
    span.step = *step;
  }
  return span;
}

}  // namespace

Result<> run_query(const Invocation& call) {
  TRY(form, form_of(call));
  const Screen screen = Screen::of_output();
  TRY(server, TelemetryServer::find(call));
  const SystemClock clock;
  TRY(end, parse_moment("time", call.get("time"), clock.wall()));
  const std::string& query = call.arguments.front();
  const bool ranged = !call.get("range").empty();
  TimeSpan span;
  std::string path;
  if (ranged) {
    TRY(wanted, span_of(call, end));
    span = wanted;
    path = "/api/v1/query_range?" +
           encode_query({{"query", query},
                         {"start", format_moment(span.start)},
                         {"end", format_moment(span.end)},
                         {"step", fmt::format("{}", std::chrono::duration<double>(span.step).count())}});
  } else {
    path = "/api/v1/query?" + encode_query({{"query", query}, {"time", format_moment(end)}});
  }
  TRY(data, server->get_data(path));
  if (form == Form::json) {
    fmt::print("{}\n", model::to_json(data));
  } else if (form == Form::csv) {
    fmt::print("{}", points_table(data).csv());
  } else if (ranged) {
    print_range(data, span, screen);
  } else {
    print_instant(data, screen);
  }
  return {};
}

}  // namespace aloft::app
