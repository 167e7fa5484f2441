// Configuration files and target lists from anybody.
#include <cstdint>
#include <string_view>

#include "telemetry/scrape/config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry::scrape;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_config(text, "/etc");
  (void)parse_target_groups(text, "file");
  (void)parse_byte_size(text);
  return 0;
}
