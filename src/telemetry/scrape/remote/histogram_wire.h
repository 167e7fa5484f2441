// Native histograms as remote write 1.0, 2.0 and remote read carry them: one message whose fields have the
// same numbers everywhere (prompb.Histogram). For this module's sources only.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/core/metric_batch.h"
#include "telemetry/core/native_histogram.h"

namespace aloft::telemetry::scrape {

struct WireHistogram {
  NativeHistogram histogram;
  Millis time = 0;
  Millis start_time = 0;  // 0: unknown; only 2.0 has it
  bool integer = false;   // counts came as integers, whose sum must be right
};

// False when the bytes are no such message. The content still needs check_histogram().
bool decode_histogram(std::string_view message, WireHistogram& out);
// What a store needs to rely on: a known schema, spans that cover the buckets exactly, no negative counts,
// rising custom bounds, and for integers a count that the buckets add up to. Error: invalid, saying what.
Result<> check_histogram(const NativeHistogram& histogram, bool integer);
// Appends the fields of the message: integer counts and deltas where every count is a whole number, float
// counts otherwise.
void encode_histogram(std::string& out, const NativeHistogram& histogram, Millis time, Millis start_time = 0);

}  // namespace aloft::telemetry::scrape
