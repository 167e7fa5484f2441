// Numbers, durations and quoted strings in Go's forms, which Prometheus' messages and notations use.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::promql {

// What PromQL and its notations leave out between words.
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Go's %q: double quotes, escapes for what is not printable ASCII or valid UTF-8.
std::string quote(std::string_view text);
// The text inside a PromQL string literal of any of the three quotes. False when it is malformed.
bool unquote(std::string_view literal, std::string& text);

// Go's %g: the shortest digits, with an exponent below 1e-4 and from 1e+06 on.
std::string format_g(double value);
// Go's %f with `decimals` digits.
std::string format_fixed(double value, int decimals);
// 'g' with ".0" behind whole numbers, as labels hold bounds: "0.5", "1.0", "+Inf".
std::string format_open_metrics(double value);

// A number as PromQL allows it: decimal, hexadecimal, octal with leading 0, Inf, NaN, digits separated by
// underscores. Error: bad_request with Go's words.
Result<double> parse_number(std::string_view text);

// Milliseconds of "1h30m". Error: bad_request with Prometheus' words.
Result<Millis> parse_millis(std::string_view text);
// "1h30m"; years and weeks only where nothing remains.
std::string format_millis(Millis millis);

}  // namespace aloft::telemetry::promql
