// The end of a query: the function that makes series of spans, what is done with the series, hints. For the
// sources of this folder only.
#pragma once

#include <optional>

#include "telemetry/traces/traceql/field_parser.h"

namespace aloft::telemetry::traces::traceql {

// Borrows the words and the parser of expressions.
class MetricsParser {
 public:
  MetricsParser(TokenCursor& words, FieldParser& fields) : words_(words), fields_(fields) {}
  bool starts_here() const { return function_here().has_value(); }
  // The function and the series' stages behind it. It must start here.
  Result<> parse_metrics(Query& query);
  // `with (...)`, where there is one.
  Result<> parse_hints(Query& query);

 private:
  std::optional<MetricsFunction> function_here() const;
  Result<> parse_quantiles(MetricsStage& stage);
  Result<> parse_compare(MetricsStage& stage);
  Result<> parse_series(Query& query);

  TokenCursor& words_;
  FieldParser& fields_;
};

}  // namespace aloft::telemetry::traces::traceql
