// Understanding what another server answers to a remote read request, in either form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/labels.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::scrape {

struct ReadSeries {
  Labels labels;
  metrics::Column column;
};

// By labels.
void sort_series(std::vector<ReadSeries>& series);

struct ReadAnswerLimits {
  std::size_t bytes = 512 * 1024 * 1024;  // decompressed
  std::size_t samples = 50'000'000;
};

// The answer to a single query; series in the order of labels, each once, its samples in rising time. Error:
// bad_request for what is no such answer, too_large beyond the limits.
Result<std::vector<ReadSeries>> decode_read_answer(std::string_view body, std::string_view content_type,
                                                   const ReadAnswerLimits& limits = {});

}  // namespace aloft::telemetry::scrape
