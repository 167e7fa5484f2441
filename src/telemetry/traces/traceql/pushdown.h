// Which rows of a table may match a filter, column by column: a superset of those that do, found without
// putting traces together.
#pragma once

#include <cstdint>
#include <vector>

#include "telemetry/traces/traceql/bind.h"

namespace aloft::telemetry::traces::traceql {

// One byte for each row; not zero: the row may match. A null filter takes all.
using RowMask = std::vector<std::uint8_t>;
RowMask may_match(const FieldExpr* filter, const BoundTable& table);

// Rows of which a trace needs one at least to match the pipeline.
RowMask may_match(const Pipeline& pipeline, const BoundTable& table);
// False when no trace can match that has what is needed in this part: a service, an operation or a key is not
// there at all.
bool may_match(const Pipeline& pipeline, const PartSummary& summary);
// True when may_match() would take every row, so that looking is of no use.
bool takes_everything(const Pipeline& pipeline);

}  // namespace aloft::telemetry::traces::traceql
