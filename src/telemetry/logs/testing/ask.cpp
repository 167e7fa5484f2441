// Answers as texts.
#include "telemetry/logs/testing/ask.h"

#include <map>

#include "telemetry/core/durations.h"
#include "telemetry/logs/logql/ast.h"

namespace aloft::telemetry::logs {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::string pairs_text(const logql::Pairs& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs) out += fmt::format("{}{}={}", out.empty() ? "" : ",", name, value);
  return out;
}

logql::QueryRequest everything(std::string query) {
  return {.tenant = "",
          .query = std::move(query),
          .start_ns = 0,
          .end_ns = 1000 * second_ns,
          .direction = logql::Direction::forward,
          .limit = 100};
}

}  // namespace

Ask::Texts Ask::logs(std::string query) { return logs(everything(std::move(query))); }

Ask::Texts Ask::logs(logql::QueryRequest request) {
  const auto result = logql::Engine(data_.store(), pool_, limits).execute(request);
  if (!result) return {result.error().message()};
  Texts out;
  for (const auto& stream : result->streams)
    for (const auto& entry : stream.entries)
      out.push_back(fmt::format("{{{}}} {}", pairs_text(stream.labels), entry.line));
  return out;
}

Ask::Texts Ask::lines(std::string query) {
  const auto result = logql::Engine(data_.store(), pool_, limits).execute(everything(std::move(query)));
  if (!result) return {result.error().message()};
  std::multimap<std::int64_t, std::string> by_time;
  for (const auto& stream : result->streams)
    for (const auto& entry : stream.entries) by_time.emplace(entry.time_ns, entry.line);
  Texts out;
  for (auto& [time, line] : by_time) out.push_back(std::move(line));
  return out;
}

Ask::Texts Ask::metric(std::string query, std::int64_t start, std::int64_t end, std::int64_t step) {
  const auto result = logql::Engine(data_.store(), pool_, limits)
                          .execute({.tenant = "",
                                    .query = std::move(query),
                                    .instant = step == 0,
                                    .start_ns = start * second_ns,
                                    .end_ns = end * second_ns,
                                    .step = std::chrono::seconds(step)});
  if (!result) return {result.error().message()};
  Texts out;
  for (const auto& series : result->series) {
    std::string text = series.labels.to_string();
    for (const auto& point : series.points)
      text += fmt::format(" {}@{}", format_float(point.value), point.time_ns / second_ns);
    out.push_back(std::move(text));
  }
  return out;
}

std::string Ask::format(const std::string& form) {
  const Texts found = lines(fmt::format("{{app=~\".+\"}} | line_format {}", logql::quote(form)));
  return found.empty() ? "nothing" : found.front();
}

}  // namespace aloft::telemetry::logs
