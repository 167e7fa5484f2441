// The _created lines of an OpenMetrics page as what they mean: since when the other samples of their metric
// count. For this module's sources only.
#pragma once

#include <string>
#include <unordered_map>

#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/exposition/series_text.h"

namespace aloft::telemetry::scrape {

class CreatedTimes {
 public:
  enum class Use { collect, look_up };
  // Tells whether the sample is such a line. A line is noted when collecting; any other sample gets its time
  // when looking up.
  bool take(Use use, const MetricMetadata& family, const SeriesText& series, ExpositionItem& item);

 private:
  std::unordered_map<std::string, Millis> times_;  // by family and the labels of the metric
  std::string key_;
};

}  // namespace aloft::telemetry::scrape
