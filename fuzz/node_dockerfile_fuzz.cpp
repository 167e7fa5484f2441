// Dockerfiles of users: parsed or refused with a line, in time that grows with their length.
#include <cstdint>
#include <string_view>

#include "node/dockerfile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)aloft::node::parse_dockerfile(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
