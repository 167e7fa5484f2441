// Maps from labels to maps from time to sample; every answer is computed from all of it.
#include "telemetry/metrics/testing/memory_store.h"

#include <algorithm>

namespace aloft::telemetry::metrics {
namespace {

struct Sample {
  double value = 0;
  HistogramPtr histogram;
};
struct Series {
  std::map<Millis, Sample> samples;
  std::vector<ExemplarSeries::Item> exemplars;

  bool has_any(Millis from, Millis to) const {
    const auto first = samples.lower_bound(from);
    return first != samples.end() && first->first <= to;
  }
};
using AllSeries = std::map<Labels, Series>;

bool matches(std::span<const Matcher> matchers, LabelsView labels) {
  return std::ranges::all_of(matchers,
                             [&](const Matcher& one) { return one.matches(labels.get(one.name())); });
}

class MemorySelection final : public Selection {
 public:
  std::size_t size() const override { return series.size(); }
  LabelsView labels(std::size_t at) const override { return series[at].first; }
  Result<> read(std::size_t at, Millis from, Millis to, Column& out) const override {
    out.clear();
    if (error) return fail(*error);
    const auto& samples = series[at].second.samples;
    const auto end = samples.upper_bound(to);
    for (auto i = samples.lower_bound(from); i != end; ++i) {
      out.times.push_back(i->first);
      out.values.push_back(i->second.value);
      if (i->second.histogram != nullptr || !out.histograms.empty()) {
        out.histograms.resize(out.times.size() - 1);
        out.histograms.push_back(i->second.histogram);
      }
    }
    return {};
  }

  std::vector<std::pair<Labels, Series>> series;
  std::optional<Error> error;
};

std::vector<std::string> limited(std::set<std::string> all, std::size_t limit) {
  std::vector<std::string> out(all.begin(), all.end());
  if (limit > 0 && out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace

struct MemoryStore::State {
  AllSeries series;
  std::map<std::string, MetricMetadata> metadata;
  std::optional<Error> error;
  SelectHints hints;
};

MemoryStore::MemoryStore() : state_(std::make_unique<State>()) {}
MemoryStore::~MemoryStore() = default;

void MemoryStore::add(LabelsView labels, Millis time, double value) {
  state_.with([&](auto& state) {
    state->series[Labels(labels)].samples[time] = {.value = value, .histogram = nullptr};
  });
}

void MemoryStore::add(LabelsView labels, Millis time, HistogramPtr histogram) {
  state_.with([&](auto& state) {
    state->series[Labels(labels)].samples[time] = {.value = 0, .histogram = std::move(histogram)};
  });
}

void MemoryStore::add_start(LabelsView labels, const StartRef& begun) {
  constexpr Millis reach = 60 * 60 * 1000;
  if (begun.start <= 0 || begun.start >= begun.time || begun.time - begun.start > reach) return;
  const bool newer = state_.with([&](auto& state) {
    const auto& samples = state->series[Labels(labels)].samples;
    return samples.empty() || samples.rbegin()->first < begun.start;
  });
  if (!newer) return;
  if (begun.pattern == nullptr) return add(labels, begun.start, 0);
  NativeHistogram zero;
  zero.reset_hint = NativeHistogram::ResetHint::yes;
  zero.schema = begun.pattern->schema;
  zero.zero_threshold = begun.pattern->zero_threshold;
  zero.custom_bounds = begun.pattern->custom_bounds;
  add(labels, begun.start, std::make_shared<const NativeHistogram>(std::move(zero)));
}

void MemoryStore::add_exemplar(LabelsView series, ExemplarSeries::Item exemplar) {
  state_.with([&](auto& state) { state->series[Labels(series)].exemplars.push_back(std::move(exemplar)); });
}

void MemoryStore::add_range(LabelsView labels, Millis start, Millis step, const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    add(labels, start + static_cast<Millis>(i) * step, values[i]);
}

void MemoryStore::fail_reads(std::optional<Error> error) {
  state_.with([&](auto& state) { state->error = std::move(error); });
}

SelectHints MemoryStore::last_hints() const {
  return state_.with([](auto& state) { return state->hints; });
}

std::vector<MetricMetadata> MemoryStore::metadata() const {
  return state_.with([](auto& state) {
    std::vector<MetricMetadata> out;
    for (const auto& [family, entry] : state->metadata) out.push_back(entry);
    return out;
  });
}

Result<WriteReport> MemoryStore::write(const MetricBatch& batch) {
  WriteReport report;
  const auto canonical = [&report](std::string_view bytes) -> std::optional<Labels> {
    std::string scratch;
    const auto labels = canonical_labels(bytes, scratch);
    if (labels) return Labels(*labels);
    ++report.rejected;
    if (report.first_rejection.empty()) report.first_rejection = labels.error().message();
    return std::nullopt;
  };
  for (const StartRef& begun : batch.starts) {
    std::string scratch;
    if (const auto labels = canonical_labels(begun.labels, scratch); labels) add_start(*labels, begun);
  }
  for (const SampleRef& sample : batch.samples) {
    if (const auto labels = canonical(sample.labels)) {
      add(*labels, sample.time, sample.value);
      ++report.accepted;
    }
  }
  for (const HistogramRef& sample : batch.histograms) {
    if (const auto labels = canonical(sample.labels)) {
      add(*labels, sample.time, sample.histogram);
      ++report.accepted;
      ++report.histograms;
    }
  }
  for (const ExemplarRef& exemplar : batch.exemplars) {
    if (const auto labels = canonical(exemplar.series)) {
      add_exemplar(*labels, {.labels = exemplar.labels, .value = exemplar.value, .time = exemplar.time});
      ++report.exemplars;
    }
  }
  state_.with([&](auto& state) {
    for (const MetricMetadata& entry : batch.metadata) state->metadata[entry.family] = entry;
  });
  return report;
}

Result<std::unique_ptr<Selection>> MemoryStore::select(Millis from, Millis to,
                                                       std::span<const Matcher> matchers,
                                                       const SelectHints& hints) const {
  return state_.with([&](auto& state) -> Result<std::unique_ptr<Selection>> {
    state->hints = hints;
    auto selection = std::make_unique<MemorySelection>();
    selection->error = state->error;
    for (const auto& [labels, series] : state->series) {
      if (series.has_any(from, to) && matches(matchers, labels))
        selection->series.emplace_back(labels, series);
    }
    if (hints.series_limit > 0 && selection->series.size() > hints.series_limit) {
      return fail(Code::too_large, fmt::format("the selector matches {} series, the limit is {}",
                                               selection->series.size(), hints.series_limit));
    }
    return selection;
  });
}

Result<std::vector<std::string>> MemoryStore::label_names(Millis from, Millis to,
                                                          std::span<const Matcher> matchers,
                                                          std::size_t limit) const {
  return state_.with([&](auto& state) {
    std::set<std::string> names;
    for (const auto& [labels, series] : state->series) {
      if (!series.has_any(from, to) || !matches(matchers, labels)) continue;
      for (const Label& label : labels) names.emplace(label.name);
    }
    return limited(std::move(names), limit);
  });
}

Result<std::vector<std::string>> MemoryStore::label_values(std::string_view name, Millis from, Millis to,
                                                           std::span<const Matcher> matchers,
                                                           std::size_t limit) const {
  return state_.with([&](auto& state) {
    std::set<std::string> values;
    for (const auto& [labels, series] : state->series) {
      if (!series.has_any(from, to) || !matches(matchers, labels)) continue;
      if (labels.has(name)) values.emplace(labels.get(name));
    }
    return limited(std::move(values), limit);
  });
}

Result<std::vector<ExemplarSeries>> MemoryStore::exemplars(
    Millis from, Millis to, std::span<const std::vector<Matcher>> matcher_sets) const {
  return state_.with([&](auto& state) {
    std::vector<ExemplarSeries> out;
    for (const auto& [labels, series] : state->series) {
      const bool wanted = std::ranges::any_of(
          matcher_sets, [&](const std::vector<Matcher>& set) { return matches(set, labels); });
      if (!wanted) continue;
      ExemplarSeries found{.labels = labels, .exemplars = {}};
      for (const auto& item : series.exemplars) {
        if (item.time >= from && item.time <= to) found.exemplars.push_back(item);
      }
      if (!found.exemplars.empty()) out.push_back(std::move(found));
    }
    return out;
  });
}

}  // namespace aloft::telemetry::metrics
