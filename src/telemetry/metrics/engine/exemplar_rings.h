// The latest exemplars of each series, bounded for a series and in all.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/guarded.h"
#include "telemetry/core/matcher.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::metrics {

// Any thread.
class ExemplarRings {
 public:
  ExemplarRings(std::size_t limit, std::size_t series_limit) : limit_(limit), series_limit_(series_limit) {}
  // False when the series has the same one already or it is older than all that are kept.
  bool add(LabelsView series, ExemplarSeries::Item exemplar);
  std::vector<ExemplarSeries> select(Millis from, Millis to,
                                     std::span<const std::vector<Matcher>> matcher_sets) const;
  void for_each(const std::function<void(const Labels&, const ExemplarSeries::Item&)>& visit) const;
  std::size_t size() const;

 private:
  struct Ring {
    std::deque<ExemplarSeries::Item> items;  // by time
  };
  struct State {
    std::map<Labels, Ring> rings;
    std::deque<std::pair<Labels, Millis>> arrival;  // oldest first, for the bound on all
    std::size_t count = 0;
  };
  static void drop_oldest(State& state);
  std::size_t limit_, series_limit_;
  mutable io::Guarded<State> state_;
};

}  // namespace aloft::telemetry::metrics
