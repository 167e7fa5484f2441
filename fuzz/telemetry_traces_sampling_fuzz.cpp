// The configuration of sampling is written by hand: whatever it holds, reading ends with settings or with a
// message.
#include "base/ensure.h"
#include "telemetry/traces/derive/sampling.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry;
  const auto settings = traces::parse_sampling({reinterpret_cast<const char*>(data), size});
  aloft::ensure(settings || !settings.error().message().empty(), "a refusal says why");
  return 0;
}
