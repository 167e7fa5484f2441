// A store of samples in memory with the real one's meaning, for tests of what queries and of what writes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "io/guarded.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::metrics {

// Thread safe. A later sample at the same time replaces the earlier one; out-of-order samples are taken.
class MemoryStore final : public Queryable, public Exporter<MetricBatch> {
 public:
  MemoryStore();
  ~MemoryStore() override;
  void add(LabelsView labels, Millis time, double value);
  void add(LabelsView labels, Millis time, HistogramPtr histogram);
  void add_exemplar(LabelsView series, ExemplarSeries::Item exemplar);
  // `values` at start, start + step, ...; "_" cannot be had here: leave samples out with add().
  void add_range(LabelsView labels, Millis start, Millis step, const std::vector<double>& values);
  // Every later read() gives this error; nullopt ends it.
  void fail_reads(std::optional<Error> error);
  // The hints of the last select().
  SelectHints last_hints() const;
  std::vector<MetricMetadata> metadata() const;

  std::string_view name() const override { return "memory"; }
  Result<WriteReport> write(const MetricBatch& batch) override;
  Result<std::unique_ptr<Selection>> select(Millis from, Millis to, std::span<const Matcher> matchers,
                                            const SelectHints& hints) const override;
  Result<std::vector<std::string>> label_names(Millis from, Millis to, std::span<const Matcher> matchers,
                                               std::size_t limit) const override;
  Result<std::vector<std::string>> label_values(std::string_view name, Millis from, Millis to,
                                                std::span<const Matcher> matchers,
                                                std::size_t limit) const override;
  Result<std::vector<ExemplarSeries>> exemplars(
      Millis from, Millis to, std::span<const std::vector<Matcher>> matcher_sets) const override;

 private:
  struct State;
  void add_start(LabelsView labels, const StartRef& begun);
  mutable io::Guarded<std::unique_ptr<State>> state_;
};

}  // namespace aloft::telemetry::metrics
