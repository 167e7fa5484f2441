// The paths that Zipkin's and Jaeger's clients send spans to.
#pragma once

#include "io/loop.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"

namespace aloft::telemetry::traces {

// POST /api/v2/spans and /api/v1/spans (Zipkin JSON; port 9411) and POST /api/traces (Jaeger Thrift over
// HTTP; port 14268). Answers 202 when everything was taken, 400 for what cannot be read, 429 and 503 with
// Retry-After when there is no room. Pipeline and loop outlive the router.
void add_ingest_routes(Router& router, Pipeline& pipeline, io::Loop& loop);

}  // namespace aloft::telemetry::traces
