// PromQL from text to tree and back. The language is Prometheus 3's, experimental parts included.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/promql/ast.h"

namespace aloft::telemetry::promql {

struct ParserOptions {
  // Functions and aggregations that Prometheus hides behind --enable-feature=promql-experimental-functions,
  // and anchored, smoothed, fill and arithmetic on durations.
  bool experimental = true;
};

// Error: bad_request, worded as Prometheus does: `1:5: parse error: unexpected ...`. Nesting is bounded, so a
// hostile text cannot exhaust the stack. Any thread.
Result<ExprPtr> parse(std::string_view text, const ParserOptions& options = {});
// A selector without offset or range, as match[] parameters hold. Error: bad_request.
Result<std::vector<Matcher>> parse_metric_selector(std::string_view text);

// The canonical text on one line; parse(to_string(e)) is e.
std::string to_string(const Expr& expr);
// Broken over lines and indented, as format_query answers.
std::string prettify(const Expr& expr);
// The JSON document of /api/v1/parse_query.
std::string to_json(const Expr& expr);

}  // namespace aloft::telemetry::promql
