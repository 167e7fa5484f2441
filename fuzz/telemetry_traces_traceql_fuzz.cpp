// Queries come from anybody: no text may crash the parser, and what it accepts reads back as it was written.
#include "base/ensure.h"
#include "telemetry/traces/api/parameters.h"
#include "telemetry/traces/traceql/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry::traces;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto query = traceql::parse_query(text)) {
    const std::string once = to_string(*query);
    const auto again = traceql::parse_query(once);
    aloft::ensure(again.has_value() && to_string(*again) == once, "a query reads back as it was written");
  }
  if (size < 4096) {
    const std::string filter = usable_filter(text);
    aloft::ensure(filter.empty() || filter.starts_with("{ "), "a usable filter is a selector");
  }
  return 0;
}
