// Sorting goes by time and then by place, since the later place is the later write.
#include "telemetry/metrics/column_merge.h"

#include <algorithm>

namespace aloft::telemetry::metrics {

void put_in_order(Column& column) {
  const auto& times = column.times;
  if (std::adjacent_find(times.begin(), times.end(), std::greater_equal<>()) == times.end()) return;
  std::vector<std::uint32_t> places(times.size());
  for (std::uint32_t i = 0; i < places.size(); ++i) places[i] = i;
  std::ranges::sort(places, [&](std::uint32_t a, std::uint32_t b) {
    return times[a] != times[b] ? times[a] < times[b] : a < b;
  });
  Column out;
  out.times.reserve(times.size());
  out.values.reserve(times.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i + 1 < places.size() && times[places[i]] == times[places[i + 1]]) continue;
    append_sample(out, column, places[i]);
  }
  column = std::move(out);
}

void append_sample(Column& to, const Column& from, std::size_t at) { append_range(to, from, at, at + 1); }

void append_range(Column& to, const Column& from, std::size_t begin, std::size_t end) {
  const auto first = static_cast<std::ptrdiff_t>(begin);
  const auto last = static_cast<std::ptrdiff_t>(end);
  const bool histograms = std::any_of(from.histograms.begin() + (from.histograms.empty() ? 0 : first),
                                      from.histograms.begin() + (from.histograms.empty() ? 0 : last),
                                      [](const auto& one) { return one != nullptr; });
  if (histograms && to.histograms.empty()) to.histograms.resize(to.values.size());
  if (histograms) {
    to.histograms.insert(to.histograms.end(), from.histograms.begin() + first,
                         from.histograms.begin() + last);
  }
  to.times.insert(to.times.end(), from.times.begin() + first, from.times.begin() + last);
  to.values.insert(to.values.end(), from.values.begin() + first, from.values.begin() + last);
  if (!to.histograms.empty()) to.histograms.resize(to.values.size());
}

void erase_range(Column& column, std::size_t begin, Millis from, Millis to) {
  auto& times = column.times;
  std::size_t kept = begin;
  for (std::size_t i = begin; i < times.size(); ++i) {
    if (times[i] >= from && times[i] <= to) continue;
    times[kept] = times[i];
    column.values[kept] = column.values[i];
    if (!column.histograms.empty()) column.histograms[kept] = std::move(column.histograms[i]);
    ++kept;
  }
  times.resize(kept);
  column.values.resize(kept);
  if (!column.histograms.empty()) column.histograms.resize(kept);
}

}  // namespace aloft::telemetry::metrics
