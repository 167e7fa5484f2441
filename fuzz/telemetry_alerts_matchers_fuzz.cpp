// Matchers from anybody: what is read can be written and read again as the same.
#include "base/ensure.h"
#include "telemetry/alerts/manager/matcher_syntax.h"

using namespace aloft;
using namespace aloft::telemetry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto matchers = alerts::parse_matchers(text);
  if (!matchers) return 0;
  alerts::matches_labels(*matchers, {{"a", "b"}});
  const auto again = alerts::parse_matchers(alerts::matchers_text(*matchers));
  ensure(again.has_value(), "written matchers can be read");
  ensure(*again == *matchers, "and are the same");
  return 0;
}
