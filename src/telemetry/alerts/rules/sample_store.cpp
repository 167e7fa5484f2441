// A map from labels to samples.
#include "telemetry/alerts/rules/sample_store.h"

#include <algorithm>
#include <set>

#include "telemetry/promql/histogram/arithmetic.h"

namespace aloft::telemetry::alerts {
namespace {

using Samples = std::vector<SampleStore::Sample>;

bool matches(std::span<const Matcher> matchers, LabelsView labels) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [labels](const Matcher& m) { return m.matches(labels.get(m.name())); });
}

auto first_at(const Samples& samples, Millis time) {
  return std::lower_bound(samples.begin(), samples.end(), time,
                          [](const auto& sample, Millis t) { return sample.time < t; });
}

// Counters say "no reset" where they go on from the histogram before; otherwise nothing is known.
void give_hint(SampleStore::Sample& sample, const HistogramPtr& before) {
  using ResetHint = NativeHistogram::ResetHint;
  if (sample.histogram == nullptr || sample.histogram->reset_hint == ResetHint::gauge) return;
  const bool goes_on = before != nullptr && promql::continues_chunk(*sample.histogram, *before);
  const ResetHint hint = goes_on ? ResetHint::no : ResetHint::unknown;
  if (sample.histogram->reset_hint == hint) return;
  auto hinted = std::make_shared<NativeHistogram>(*sample.histogram);
  hinted->reset_hint = hint;
  sample.histogram = std::move(hinted);
}

class Picked final : public metrics::Selection {
 public:
  std::size_t size() const override { return series.size(); }
  LabelsView labels(std::size_t at) const override { return *series[at].first; }
  Result<> read(std::size_t at, Millis from, Millis to, metrics::Column& out) const override {
    out.clear();
    const Samples& samples = *series[at].second;
    for (auto sample = first_at(samples, from); sample != samples.end() && sample->time <= to; ++sample) {
      out.times.push_back(sample->time);
      out.values.push_back(sample->value);
      if (sample->histogram == nullptr && out.histograms.empty()) continue;
      out.histograms.resize(out.times.size());
      out.histograms.back() = sample->histogram;
    }
    return {};
  }

  std::vector<std::pair<const Labels*, const Samples*>> series;
};

}  // namespace

void SampleStore::add(const Labels& labels, Sample sample) {
  Samples& samples = series_[labels];
  if (!samples.empty() && samples.back().time == sample.time) {
    samples.back() = std::move(sample);
    return;
  }
  if (samples.empty() || samples.back().time < sample.time) {
    give_hint(sample, samples.empty() ? nullptr : samples.back().histogram);
    samples.push_back(std::move(sample));
    return;
  }
  const auto place = first_at(samples, sample.time);
  const auto at = samples.begin() + (place - samples.cbegin());
  if (at->time == sample.time)
    *at = std::move(sample);
  else
    samples.insert(at, std::move(sample));
}

void SampleStore::add(const MetricBatch& batch) {
  for (const SampleRef& sample : batch.samples)
    add(Labels::from_encoded(std::string(sample.labels)), {sample.time, sample.value, nullptr});
  for (const HistogramRef& item : batch.histograms)
    add(Labels::from_encoded(std::string(item.labels)), {item.time, 0, item.histogram});
}

Result<std::unique_ptr<metrics::Selection>> SampleStore::select(Millis from, Millis to,
                                                                std::span<const Matcher> matchers,
                                                                const metrics::SelectHints&) const {
  auto out = std::make_unique<Picked>();
  for (const auto& [labels, samples] : series_) {
    if (!matches(matchers, labels)) continue;
    const auto first = first_at(samples, from);
    if (first != samples.end() && first->time <= to) out->series.emplace_back(&labels, &samples);
  }
  return out;
}

Result<std::vector<std::string>> SampleStore::label_names(Millis, Millis, std::span<const Matcher> matchers,
                                                          std::size_t) const {
  std::set<std::string> names;
  for (const auto& [labels, samples] : series_) {
    if (!matches(matchers, labels)) continue;
    for (const Label& label : labels) names.emplace(label.name);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<std::string>> SampleStore::label_values(std::string_view name, Millis, Millis,
                                                           std::span<const Matcher> matchers,
                                                           std::size_t) const {
  std::set<std::string> values;
  for (const auto& [labels, samples] : series_) {
    if (matches(matchers, labels) && labels.has(name)) values.emplace(labels.get(name));
  }
  return std::vector<std::string>(values.begin(), values.end());
}

Result<std::vector<metrics::ExemplarSeries>> SampleStore::exemplars(
    Millis, Millis, std::span<const std::vector<Matcher>>) const {
  return std::vector<metrics::ExemplarSeries>();
}

}  // namespace aloft::telemetry::alerts
