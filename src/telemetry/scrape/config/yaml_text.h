// YAML with every scalar as it was written. Most fields of a configuration are texts, and `version: 1.10` or
// `answer: yes` must not come out as 1.1 and true; what a field is decides who reads it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/value.h"

namespace aloft::telemetry::scrape {

// The first document of the text; null when there is none. Scalars are strings, plain nulls null. Anchors,
// aliases and merge keys are expanded within a bound. Error: bad_request, with the line.
Result<model::Value> parse_yaml_texts(std::string_view yaml);

// The value at a path such as "scrape_configs[0].params"; null when there is none.
const model::Value* value_at(const model::Value& document, std::string_view path);
// On which line (from 1) the last part of the path that is there stands; 0 when none is.
std::size_t yaml_line_of(std::string_view yaml, std::string_view path);

}  // namespace aloft::telemetry::scrape
