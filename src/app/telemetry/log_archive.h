// What `kubectl logs` shows of containers whose files are gone: their lines in the log store.
#pragma once

#include "app/telemetry/telemetry_loop.h"
#include "io/loop.h"
#include "node/log_archive.h"

namespace aloft::app {

// For the node's loop `home`; the telemetry outlives it.
node::LogArchive make_log_archive(io::Loop& home, TelemetryLoop& telemetry);

}  // namespace aloft::app
