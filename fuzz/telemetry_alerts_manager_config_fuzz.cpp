// Whatever an Alertmanager's configuration says, reading it ends; what was accepted is shown without its
// secrets and can be read again.
#include "base/ensure.h"
#include "telemetry/alerts/manager/config.h"

using namespace aloft;
using namespace aloft::telemetry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = alerts::parse_manager_config(text);
  if (!config) return 0;
  ensure(!config->route.receiver.empty(), "the root route has a receiver");
  const auto again = alerts::parse_yaml_nodes(config->masked);
  ensure(again.has_value(), "what is shown is YAML");
  return 0;
}
