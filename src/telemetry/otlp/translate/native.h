// Histograms of OpenTelemetry as native histograms of Prometheus.
#pragma once

#include "base/result.h"
#include "telemetry/core/native_histogram.h"
#include "telemetry/otlp/codec/messages.h"

namespace aloft::telemetry::otlp {

// More than this many buckets on one side are refused: what a hostile offset could otherwise ask for.
inline constexpr std::size_t native_bucket_limit = 65'536;

// Scales above 8 are brought down to 8, which is the finest schema. Error: invalid for scales below -4 and
// for bucket numbers that no schema has.
Result<NativeHistogram> to_native(const ExponentialPoint& point);
// With the explicit bounds as custom ones (schema -53). Error: invalid for bounds that do not rise or counts
// that do not fit them.
Result<NativeHistogram> to_native(const HistogramPoint& point);

// Merges neighbouring buckets until they have the coarser scale.
void downscale(Buckets& buckets, std::int32_t from_scale, std::int32_t to_scale);
// `total` grows where `part` reaches beyond it. Both have the same scale.
void add_buckets(Buckets& total, const Buckets& part);

}  // namespace aloft::telemetry::otlp
