// LogQL text to a query.
#pragma once

#include <string_view>

#include "base/result.h"
#include "telemetry/logs/logql/ast.h"

namespace aloft::telemetry::logs::logql {

// Error: bad_request, worded as Loki's: "parse error at line 1, col 5: syntax error: unexpected ...".
Result<ExprPtr> parse(std::string_view text);
// The same, refusing what is no log query or metric query respectively.
Result<LogQuery> parse_log_query(std::string_view text);
// A selector alone, {a="b"}; `{}` and matchers that accept everything are allowed where `any` is.
enum class Selectors { specific, any };
Result<std::vector<Matcher>> parse_selector(std::string_view text, Selectors selectors = Selectors::specific);

// Units of bytes as LogQL reads them, of a thousand (kB, MB) or 1024 (KiB, MiB). False when it is no size.
bool parse_bytes(std::string_view text, double& bytes);
// A duration of Prometheus or, failing that, of Go. False when it is none.
bool parse_any_duration(std::string_view text, Duration& duration);

}  // namespace aloft::telemetry::logs::logql
