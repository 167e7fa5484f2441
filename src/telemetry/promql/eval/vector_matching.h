// Which series of two vectors belong together.
#pragma once

#include <vector>

#include "telemetry/promql/eval/element.h"
#include "telemetry/promql/eval/grid.h"

namespace aloft::telemetry::promql {

// Numbers for the label values that a matching compares; rows that have the same number match.
struct Signatures {
  std::vector<std::size_t> left;
  std::vector<std::size_t> right;
  std::size_t count = 0;
};
Signatures make_signatures(const VectorMatching& matching, const Grid& left, const Grid& right);

// A vector operation that is no set operation, with all its matching and its errors.
Result<Grid> match_vectors(QueryContext& query, const Binary& node, Grid left, Grid right);

}  // namespace aloft::telemetry::promql
