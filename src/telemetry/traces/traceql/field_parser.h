// Expressions on fields: what stands inside braces, and what aggregates, groups and metrics are about. For
// the sources of this folder only.
#pragma once

#include <vector>

#include "telemetry/traces/traceql/ast.h"
#include "telemetry/traces/traceql/token_cursor.h"

namespace aloft::telemetry::traces::traceql {

// Precedence climbing. Borrows the words and the count of nesting, which the other parsers share.
class FieldParser {
 public:
  FieldParser(TokenCursor& words, int& depth) : words_(words), depth_(depth) {}
  // `{ ... }`
  Result<SpansetExprPtr> parse_filter();
  // One expression; whole ones begin at the lowest level.
  Result<FieldExprPtr> parse_field(int level = logic_level);
  // Several with commas between them.
  Result<> parse_fields(std::vector<FieldExprPtr>& fields);

 private:
  Result<FieldExprPtr> parse_unary();

  TokenCursor& words_;
  int& depth_;
};

}  // namespace aloft::telemetry::traces::traceql
