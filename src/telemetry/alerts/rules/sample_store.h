// Samples in memory for rule tests: what rules read and what they record. Private to the rules.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "telemetry/core/metric_batch.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::alerts {

// For one thread at a time.
class SampleStore final : public metrics::Queryable {
 public:
  struct Sample {
    Millis time = 0;
    double value = 0;
    HistogramPtr histogram;
  };
  // Times rise within a series; an equal time replaces.
  void add(const Labels& labels, Sample sample);
  void add(const MetricBatch& batch);

  Result<std::unique_ptr<metrics::Selection>> select(Millis from, Millis to,
                                                     std::span<const Matcher> matchers,
                                                     const metrics::SelectHints& hints) const override;
  Result<std::vector<std::string>> label_names(Millis from, Millis to, std::span<const Matcher> matchers,
                                               std::size_t limit) const override;
  Result<std::vector<std::string>> label_values(std::string_view name, Millis from, Millis to,
                                                std::span<const Matcher> matchers,
                                                std::size_t limit) const override;
  Result<std::vector<metrics::ExemplarSeries>> exemplars(
      Millis from, Millis to, std::span<const std::vector<Matcher>> matcher_sets) const override;

 private:
  std::map<Labels, std::vector<Sample>> series_;
};

}  // namespace aloft::telemetry::alerts
