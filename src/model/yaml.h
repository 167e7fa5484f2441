// YAML as Kubernetes means it: YAML 1.1 scalars as sigs.k8s.io/yaml resolves them, converted to the same
// documents as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/json.h"
#include "model/value.h"

namespace aloft::model {

// One document. Anchors and aliases are expanded within a bound on the total size (no billion laughs). Error:
// bad_request with line and column.
Result<Value> parse_yaml(std::string_view text, const ParseOptions& options = {});
// Every document of a stream separated by "---"; empty ones are left out.
Result<std::vector<Value>> parse_yaml_documents(std::string_view text, const ParseOptions& options = {});
// Block style with keys in sorted order, as kubectl prints.
std::string to_yaml(const Value& value);

}  // namespace aloft::model
