// The traces' HTTP interfaces on a router: one port for all, or a port of its own for each.
#pragma once

#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/traces/api/jaeger.h"
#include "telemetry/traces/api/tempo.h"

namespace aloft::telemetry::traces {

// Tempo's and Jaeger's paths side by side, and again below /tempo and /jaeger. Both have /api/traces/{id}:
// without a prefix it answers as Tempo when the client accepts protobuf (Grafana's Tempo data source does)
// and as Jaeger otherwise, whose clients know no other path. The parts outlive the router.
void add_shared_routes(Router& router, TempoApi& tempo, JaegerApi& jaeger);
// For dedicated ports (3200, 16686): the interface at the root and below its prefix.
void add_tempo_routes(Router& router, TempoApi& tempo);
void add_jaeger_routes(Router& router, JaegerApi& jaeger);

}  // namespace aloft::telemetry::traces
