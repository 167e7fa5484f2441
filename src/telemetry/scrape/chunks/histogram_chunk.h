// Chunks of native histograms. All of one chunk have the same buckets. For this module's sources only.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "telemetry/scrape/chunks/chunk.h"

namespace aloft::telemetry::scrape {

// Whether two histograms can stand in one chunk, one after the other.
bool share_chunk(const NativeHistogram& before, const NativeHistogram& after);
// `histograms` share a chunk; `times` are as many.
std::string encode_histogram_chunk(std::span<const Millis> times, std::span<const HistogramPtr> histograms);
// `data` begins behind the number of samples. False for damaged bytes.
bool decode_float_histograms(std::string_view data, std::size_t count, metrics::Column& out);
bool decode_integer_histograms(std::string_view data, std::size_t count, metrics::Column& out);

}  // namespace aloft::telemetry::scrape
