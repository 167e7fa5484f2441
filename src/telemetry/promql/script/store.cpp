// The series of a test script in memory.
#include "telemetry/promql/script/store.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "telemetry/core/durations.h"
#include "telemetry/promql/histogram/arithmetic.h"
#include "telemetry/promql/histogram/buckets.h"
#include "telemetry/promql/histogram/side.h"

namespace aloft::telemetry::promql::script {
namespace {

using ResetHint = NativeHistogram::ResetHint;

// A classic histogram at one time, on its way to become a native one.
struct ClassicSample {
  std::map<double, double> buckets;  // cumulative, by upper bound
  std::optional<double> count;
  double sum = 0;
};

NativeHistogram to_native(const ClassicSample& classic) {
  NativeHistogram h;
  h.schema = NativeHistogram::custom_schema;
  h.sum = classic.sum;
  std::map<double, double> buckets = classic.buckets;
  h.count = classic.count ? *classic.count : buckets.empty() ? 0 : buckets.rbegin()->second;
  buckets.try_emplace(std::numeric_limits<double>::infinity(), h.count);
  Side side;
  double before = 0;
  for (const auto& [upper, count] : buckets) {
    if (std::isfinite(upper)) h.custom_bounds.push_back(upper);
    side.push(static_cast<std::int32_t>(side.size()), count - before);
    before = count;
  }
  side.without_zeros().store(h.positive_spans, h.positive_buckets);
  return h;
}

}  // namespace

class ScriptStore::Picked final : public metrics::Selection {
 public:
  std::vector<std::pair<const Labels*, const Samples*>> picked;

  std::size_t size() const override { return picked.size(); }
  LabelsView labels(std::size_t series) const override { return *picked[series].first; }
  Result<> read(std::size_t series, Millis from, Millis to, metrics::Column& out) const override {
    out.clear();
    const Samples& samples = *picked[series].second;
    bool histograms = false;
    bool starts = false;
    const auto end = samples.upper_bound(to);
    for (auto at = samples.lower_bound(from); at != end; ++at) {
      histograms = histograms || at->second.histogram;
      starts = starts || at->second.start != 0;
    }
    for (auto at = samples.lower_bound(from); at != end; ++at) {
      out.times.push_back(at->first);
      out.values.push_back(at->second.value);
      if (histograms) out.histograms.push_back(at->second.histogram);
      if (starts) out.start_times.push_back(at->second.start);
    }
    return {};
  }
};

Result<> ScriptStore::load(const Load& load) {
  std::set<Labels, Compare> touched;
  for (const LoadedSeries& series : load.series) {
    Samples& samples = series_[series.description.labels];
    touched.insert(series.description.labels);
    for (std::size_t i = 0; i < series.description.values.size(); ++i) {
      const SequenceValue& value = series.description.values[i];
      if (value.omitted) continue;
      const Millis time = static_cast<Millis>(i) * load.step;
      Stored stored{value.value, value.histogram, 0};
      if (!series.starts.empty() && !series.starts[i].omitted)
        stored.start = time + static_cast<Millis>(series.starts[i].value);
      samples[time] = std::move(stored);
    }
  }
  for (const Labels& labels : touched) give_reset_hints(series_[labels]);
  return load.with_custom_buckets ? convert_classic(load) : Result<>();
}

void ScriptStore::give_reset_hints(Samples& samples) {
  HistogramPtr before;
  for (auto& [time, stored] : samples) {
    if (!stored.histogram) {
      before = nullptr;
      continue;
    }
    if (stored.histogram->reset_hint != ResetHint::gauge) {
      NativeHistogram hinted = *stored.histogram;
      const bool goes_on = before && continues_chunk(hinted, *before);
      hinted.reset_hint = goes_on ? ResetHint::no : ResetHint::unknown;
      stored.histogram = std::make_shared<const NativeHistogram>(std::move(hinted));
    }
    before = stored.histogram;
  }
}

Result<> ScriptStore::convert_classic(const Load& load) {
  std::map<Labels, std::map<Millis, ClassicSample>, Compare> classics;
  for (const LoadedSeries& series : load.series) {
    const Labels& labels = series.description.labels;
    std::string name(labels.metric_name());
    const auto cut = [&](std::string_view suffix) {
      if (!name.ends_with(suffix)) return false;
      name.resize(name.size() - suffix.size());
      return true;
    };
    const bool bucket = cut("_bucket");
    const bool count = !bucket && cut("_count");
    const bool sum = !bucket && !count && cut("_sum");
    if (!bucket && !count && !sum) continue;
    double upper = 0;
    if (bucket && (!parse_float(labels.get("le"), upper) || std::isnan(upper))) continue;
    const Labels base = LabelsBuilder(labels).set(metric_name_label, name).remove("le").build();
    for (std::size_t i = 0; i < series.description.values.size(); ++i) {
      const SequenceValue& value = series.description.values[i];
      if (value.omitted || value.histogram) continue;
      ClassicSample& sample = classics[base][static_cast<Millis>(i) * load.step];
      if (bucket)
        sample.buckets.try_emplace(upper, value.value);
      else
        (count ? sample.count.emplace() : sample.sum) = value.value;
    }
  }
  for (const auto& [labels, by_time] : classics) {
    Samples& samples = series_[labels];
    for (const auto& [time, classic] : by_time)
      samples[time] = {0, std::make_shared<const NativeHistogram>(to_native(classic)), 0};
    give_reset_hints(samples);
  }
  return {};
}

Result<std::unique_ptr<metrics::Selection>> ScriptStore::select(Millis from, Millis to,
                                                                std::span<const Matcher> matchers,
                                                                const metrics::SelectHints&) const {
  auto out = std::make_unique<Picked>();
  for (const auto& [labels, samples] : series_) {
    const auto first = samples.lower_bound(from);
    if (first == samples.end() || first->first > to) continue;
    const auto fits = [&](const Matcher& matcher) { return matcher.matches(labels.get(matcher.name())); };
    if (std::all_of(matchers.begin(), matchers.end(), fits)) out->picked.emplace_back(&labels, &samples);
  }
  return out;
}

Result<std::vector<std::string>> ScriptStore::label_names(Millis, Millis, std::span<const Matcher>,
                                                          std::size_t) const {
  return std::vector<std::string>();
}

Result<std::vector<std::string>> ScriptStore::label_values(std::string_view, Millis, Millis,
                                                           std::span<const Matcher>, std::size_t) const {
  return std::vector<std::string>();
}

Result<std::vector<metrics::ExemplarSeries>> ScriptStore::exemplars(
    Millis, Millis, std::span<const std::vector<Matcher>>) const {
  return std::vector<metrics::ExemplarSeries>();
}

}  // namespace aloft::telemetry::promql::script
