// PromQL of users and series of test files: nothing crashes, and what parses prints to what parses to the
// same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "telemetry/promql/parser.h"
#include "telemetry/promql/series_notation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace promql = aloft::telemetry::promql;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size > 4096) return 0;
  if (auto expr = promql::parse(text)) {
    const std::string printed = promql::to_string(**expr);
    auto again = promql::parse(printed);
    if (!again || promql::to_string(**again) != printed) std::abort();
    (void)promql::prettify(**expr);
    (void)promql::to_json(**expr);
  }
  (void)promql::parse_metric_selector(text);
  (void)promql::parse_series_description(text);
  return 0;
}
