// TraceQL as Tempo documents it: text to a checked query.
#pragma once

#include <string_view>

#include "base/result.h"
#include "telemetry/traces/traceql/ast.h"

namespace aloft::telemetry::traces::traceql {

// Error: invalid. Mistakes of syntax tell the place: "parse error at line 1, col 7: syntax error: unexpected
// }"; mistakes of meaning tell the expression: "binary operations must operate on the same type: ...".
Result<Query> parse_query(std::string_view text);

// What the parser applies to a query that is grammatical: types fit, aggregates and groups refer to spans,
// expressions are regular. For queries made by programs.
Result<> check_query(const Query& query);
// Numbers the fields and compiles regular expressions; for queries made by programs. Error: invalid.
Result<> prepare_query(Query& query);

}  // namespace aloft::telemetry::traces::traceql
