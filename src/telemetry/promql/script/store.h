// The series of a test script in memory. A private header of the script's files.
#pragma once

#include <map>
#include <string>

#include "telemetry/metrics/queryable.h"
#include "telemetry/promql/script/script.h"

namespace aloft::telemetry::promql::script {

// One thread writes, then any may read. Native histograms get the reset hints that Prometheus' storage would
// give them: whether they continue the chunk before.
class ScriptStore final : public metrics::Queryable {
 public:
  // Error: bad_request for classic histograms that are none.
  Result<> load(const Load& load);
  void clear() { series_.clear(); }

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
  struct Stored {
    double value = 0;
    HistogramPtr histogram;
    Millis start = 0;
  };
  using Samples = std::map<Millis, Stored>;
  struct Compare {
    bool operator()(const Labels& a, const Labels& b) const { return a < b; }
  };
  class Picked;
  static void give_reset_hints(Samples& samples);
  Result<> convert_classic(const Load& load);
  std::map<Labels, Samples, Compare> series_;
};

}  // namespace aloft::telemetry::promql::script
