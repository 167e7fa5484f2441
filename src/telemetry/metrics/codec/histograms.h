// Columns of native histograms in few bytes: a histogram with the same buckets as the one before it is
// written as differences of its counts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "telemetry/core/native_histogram.h"
#include "telemetry/metrics/codec/bytes.h"

namespace aloft::telemetry::metrics {

// None of them is null.
void encode_histograms(std::span<const HistogramPtr> histograms, std::string& out);
// Appends `count` histograms from all of `in`. False for damaged bytes.
bool decode_histograms(ByteReader in, std::size_t count, std::vector<HistogramPtr>& out);

}  // namespace aloft::telemetry::metrics
