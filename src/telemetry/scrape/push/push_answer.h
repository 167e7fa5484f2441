// What somebody who pushed samples is told. For this module's sources only.
#pragma once

#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace aloft::telemetry::scrape {

// `taken` when everything was taken; otherwise 400 or, where trying again helps, 503, and the first reason.
io::Task<> send_push_answer(Exchange& exchange, Result<WriteReport> report, Rejections rejections,
                            int taken = 204);

}  // namespace aloft::telemetry::scrape
