// Adding up and giving out.
#include "telemetry/scrape/push/statsd_state.h"

#include <algorithm>
#include <cmath>

#include "telemetry/core/durations.h"

namespace aloft::telemetry::scrape {
namespace {

using Kind = StatsdEvent::Kind;
constexpr double quantiles[] = {0.5, 0.9, 0.99};

bool is_distribution(Kind kind) { return kind == Kind::timer || kind == Kind::distribution; }

MetricType type_of(Kind kind) {
  if (kind == Kind::counter) return MetricType::counter;
  return is_distribution(kind) ? MetricType::summary : MetricType::gauge;
}

}  // namespace

void StatsdState::add_value(Distribution& to, double value, double rate) const {
  to.sum += value / rate;
  to.count += 1 / rate;
  if (to.skipped + 1 < to.stride) {
    ++to.skipped;
    return;
  }
  to.skipped = 0;
  to.values.push_back(value);
  if (to.values.size() < limits_.values) return;
  for (std::size_t i = 0; 2 * i < to.values.size(); ++i) to.values[i] = to.values[2 * i];
  to.values.resize((to.values.size() + 1) / 2);
  to.stride *= 2;
}

bool StatsdState::add(const StatsdEvent& event, WallTime now) {
  const std::string key(event.series.encoded());
  auto found = series_.find(key);
  if (found == series_.end()) {
    if (series_.size() >= limits_.series) return false;
    found = series_.emplace(key, Series()).first;
    found->second.kind = event.kind;
    if (is_distribution(event.kind)) found->second.state = Distribution();
    if (event.kind == Kind::set) found->second.state = std::set<std::string, std::less<>>();
  }
  Series& series = found->second;
  if (series.kind != event.kind) return false;
  series.seen = now;
  if (is_distribution(event.kind)) {
    add_value(std::get<Distribution>(series.state), event.value, event.rate);
  } else if (event.kind == Kind::set) {
    auto& members = std::get<std::set<std::string, std::less<>>>(series.state);
    if (members.size() < limits_.members) members.emplace(event.member);
  } else if (event.kind == Kind::counter) {
    // A counter that falls is a mistake of its sender; what it took away is not counted.
    std::get<double>(series.state) += std::max(0.0, event.value / event.rate);
  } else {
    double& gauge = std::get<double>(series.state);
    gauge = event.relative ? gauge + event.value : event.value;
  }
  return true;
}

void StatsdState::write(MetricBatch& batch, LabelsView labels, const Series& series, Millis time,
                        bool stale) {
  const auto put = [&](std::string encoded, double value) {
    batch.samples.push_back({batch.own(std::move(encoded)), time, stale ? stale_nan() : value});
  };
  if (const double* value = std::get_if<double>(&series.state))
    return put(std::string(labels.encoded()), *value);
  if (const auto* members = std::get_if<std::set<std::string, std::less<>>>(&series.state))
    return put(std::string(labels.encoded()), static_cast<double>(members->size()));
  const auto& distribution = std::get<Distribution>(series.state);
  const std::string name(labels.metric_name());
  LabelsBuilder builder(labels);
  std::vector<double> sorted = distribution.values;
  std::ranges::sort(sorted);
  for (const double quantile : quantiles) {
    const auto rank = static_cast<std::size_t>(std::ceil(quantile * static_cast<double>(sorted.size())));
    builder.set("quantile", format_float(quantile));
    put(std::string(builder.build().encoded()),
        sorted.empty() ? std::nan("") : sorted[std::max<std::size_t>(rank, 1) - 1]);
  }
  builder.remove("quantile");
  builder.set(metric_name_label, name + "_sum");
  put(std::string(builder.build().encoded()), distribution.sum);
  builder.set(metric_name_label, name + "_count");
  put(std::string(builder.build().encoded()), distribution.count);
}

MetricBatch StatsdState::flush(WallTime now) {
  MetricBatch batch;
  const Millis time = now.since_epoch / 1ms;
  std::set<std::string, std::less<>> told;
  for (auto it = series_.begin(); it != series_.end();) {
    Series& series = it->second;
    const LabelsView labels(it->first);
    const bool stale = now - series.seen > limits_.forget_after;
    write(batch, labels, series, time, stale);
    if (told.emplace(labels.metric_name()).second) {
      MetricMetadata& about = batch.metadata.emplace_back();
      about.family = labels.metric_name();
      about.type = type_of(series.kind);
    }
    if (stale) {
      it = series_.erase(it);
      continue;
    }
    if (auto* distribution = std::get_if<Distribution>(&series.state)) {
      distribution->values.clear();
      distribution->stride = 1;
    }
    if (auto* members = std::get_if<std::set<std::string, std::less<>>>(&series.state)) members->clear();
    ++it;
  }
  return batch;
}

}  // namespace aloft::telemetry::scrape
