// Words and numbers that all formats of exposition share. For this module's sources only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::scrape {

class SeriesText;

// "counter", "gauge", ..., "untyped"; nullopt for what is none.
std::optional<MetricType> metric_type_of(std::string_view word);
// The escapes of HELP lines undone.
std::string unescape_help(std::string_view text);
// A number as Go reads it; every NaN becomes the ordinary one, so that no text makes a series stale.
bool parse_value(std::string_view text, double& value);
// le of a histogram's and quantile of a summary's series get the spelling that storage knows them by ("1"
// becomes "1.0"), so that a target may change its format or its client library.
void normalize_bounds(SeriesText& series, std::string_view family, MetricType type);

}  // namespace aloft::telemetry::scrape
