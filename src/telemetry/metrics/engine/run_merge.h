// Several runs read as one: series in the order of labels, samples of one series put together.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "telemetry/metrics/engine/view.h"

namespace aloft::telemetry::metrics {

// A deletion, as the series of the head that it hides.
struct HiddenSeries {
  std::uint64_t sequence = 0;
  Millis from = 0, to = 0;
  std::vector<bool> series;  // by SeriesRef
};

// On one thread.
class RunMerge {
 public:
  // `runs` in rising sequence.
  RunMerge(const std::vector<RunPtr>& runs, SeriesOrderPtr order, const std::vector<HiddenSeries>& hidden);
  // The next series; its column may be empty. False at the end.
  bool next(SeriesRef& ref, Column& column);
  // Files of which something could not be read; it is left out then.
  const std::set<std::string>& damaged() const { return damaged_; }
  const std::string& first_damage() const { return first_damage_; }

 private:
  struct Input {
    RunPtr run;
    ChunkFile::Scan scan;
    std::size_t at = 0;
  };
  std::vector<Input> inputs_;
  SeriesOrderPtr order_;
  const std::vector<HiddenSeries>& hidden_;
  Column part_;
  std::set<std::string> damaged_;
  std::string first_damage_;
};

}  // namespace aloft::telemetry::metrics
