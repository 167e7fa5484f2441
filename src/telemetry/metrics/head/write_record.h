// The form in which a batch of samples stands in the log: series by number, times and numbers as differences.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/core/metric_batch.h"
#include "telemetry/metrics/head/series_table.h"

namespace aloft::telemetry::metrics {

struct NewSample {
  SeriesRef ref = no_series;
  Millis time = 0;
  double value = 0;
};
struct NewHistogram {
  SeriesRef ref = no_series;
  Millis time = 0;
  HistogramPtr histogram;
};

std::string encode_write_record(std::span<const NewSample> samples, std::span<const NewHistogram> histograms);
// Replaces what is there. False for damaged bytes; what was read up to there is kept.
bool decode_write_record(std::string_view record, std::vector<NewSample>& samples,
                         std::vector<NewHistogram>& histograms);

}  // namespace aloft::telemetry::metrics
