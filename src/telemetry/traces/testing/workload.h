// Traces as a shop of a dozen services makes them, for benchmarks: about 13 spans a trace, a dozen attributes
// a span, ids and times that do not repeat.
#pragma once

#include <cstdint>

#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces::testing {

// One batch of `traces` whole traces, grouped by service as an exporter sends them. Different seeds give
// different traces.
SpanBatch shop_batch(std::uint64_t seed, std::size_t traces);

}  // namespace aloft::telemetry::traces::testing
