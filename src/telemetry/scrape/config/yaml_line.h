// On which line of a YAML text something stands, so that errors found in a parsed document can say so.
#pragma once

#include <cstddef>
#include <string_view>

namespace aloft::telemetry::scrape {

// `path` is as errors write it: "scrape_configs[0].static_configs[1].targets". The line (from 1) of the last
// part of the path that is there; 0 when none is.
std::size_t yaml_line_of(std::string_view yaml, std::string_view path);

}  // namespace aloft::telemetry::scrape
