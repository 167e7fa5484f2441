// Warnings and remarks that come with a query's result.
#include "telemetry/promql/eval/annotations.h"

#include <algorithm>

#include "base/time.h"
#include "telemetry/promql/syntax/text.h"

namespace aloft::telemetry::promql {
namespace {

std::string two_digits(double value) {
  // Go's %.2g has at least two digits of exponent, as printf's.
  return fmt::format("{:.2g}", value);
}

}  // namespace

std::string for_metric(std::string_view name) {
  return name.empty() ? std::string() : fmt::format(" for metric name {}", quote(name));
}

void Annotations::add(Severity severity, std::string message, Span span) {
  Entry& entry = entries_[std::move(message)];
  entry.severity = severity;
  entry.span = span;
}

void Annotations::forced_monotonic(std::string_view metric, Span span, Millis time, double lowest,
                                   double highest, double drop) {
  std::string message =
      "input to histogram_quantile needed to be fixed for monotonicity (see "
      "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
      for_metric(metric);
  const Entry entry{Severity::info, span, true, time, time, lowest, highest, drop, 1};
  const auto [found, made] = entries_.try_emplace(std::move(message), entry);
  if (!made) merge_entry(found->second, entry);
}

void Annotations::start_time_overlap(std::string_view metric, Span span) {
  Entry& entry = entries_[fmt::format(
      "sample has start time that overlaps with previous sample timestamp for metric {}", quote(metric))];
  entry.severity = Severity::warning;
  entry.span = span;
  ++entry.count;
}

void Annotations::merge_entry(Entry& into, const Entry& from) {
  if (from.forced && into.forced) {
    into.first = std::min(into.first, from.first);
    into.last = std::max(into.last, from.last);
    into.lowest = std::min(into.lowest, from.lowest);
    into.highest = std::max(into.highest, from.highest);
    into.drop = std::max(into.drop, from.drop);
    into.count += from.count;
    return;
  }
  const std::size_t count = into.count + from.count;
  into = from;
  into.count = count;
}

void Annotations::merge(Annotations&& other) {
  if (entries_.empty()) {
    entries_ = std::move(other.entries_);
    return;
  }
  for (const auto& [message, entry] : other.entries_) {
    const auto [found, made] = entries_.try_emplace(message, entry);
    if (!made) merge_entry(found->second, entry);
  }
}

void Annotations::render(std::string_view text, std::size_t limit, std::vector<std::string>& warnings,
                         std::vector<std::string>& infos) const {
  std::size_t skipped[2] = {0, 0};
  for (const auto& [message, entry] : entries_) {
    const bool warning = entry.severity == Severity::warning;
    std::vector<std::string>& out = warning ? warnings : infos;
    if (limit != 0 && out.size() >= limit) {
      ++skipped[warning ? 0 : 1];
      continue;
    }
    std::string line = (warning ? "PromQL warning: " : "PromQL info: ") + message;
    if (!text.empty()) {
      const std::string place = line_and_column(text, entry.span.start);
      if (entry.forced)
        line += fmt::format(", from buckets {} to {}, with a max diff of {}, over {} samples from {} to {}",
                            format_g(entry.lowest), format_g(entry.highest), two_digits(entry.drop),
                            entry.count, format_seconds({std::chrono::seconds(entry.first / 1000)}),
                            format_seconds({std::chrono::seconds(entry.last / 1000)}));
      else if (entry.count > 1)
        line += fmt::format(" ({} occurrences)", entry.count);
      line += fmt::format(" ({})", place);
    }
    out.push_back(std::move(line));
  }
  if (skipped[0] > 0) warnings.push_back(fmt::format("{} more warning annotations omitted", skipped[0]));
  if (skipped[1] > 0) infos.push_back(fmt::format("{} more info annotations omitted", skipped[1]));
}

}  // namespace aloft::telemetry::promql
