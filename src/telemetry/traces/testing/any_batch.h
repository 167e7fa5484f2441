// Random batches of spans of every shape, for properties.
#pragma once

#include <rapidcheck.h>

#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces::testing {

// Batches whose traces overlap, with attributes of all types, events and links. A span id has the same
// content each time, as senders that repeat a batch send it.
rc::Gen<SpanBatch> any_batch();
}  // namespace aloft::telemetry::traces::testing
