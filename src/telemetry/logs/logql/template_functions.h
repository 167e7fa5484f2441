// The functions of line_format and label_format beside those of Go's templates. Source: Loki's documentation
// of template functions.
#pragma once

#include "telemetry/core/template/text_template.h"

namespace aloft::telemetry::logs::logql {

// __line__ and __timestamp__ are there for parsing only; each execution brings its own.
templates::Functions make_template_functions();
// Those of times: date, now, toDate, unixEpoch and their like.
void add_time_functions(templates::Functions& table);

}  // namespace aloft::telemetry::logs::logql
