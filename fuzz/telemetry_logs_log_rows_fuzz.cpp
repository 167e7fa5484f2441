// Damaged blocks: any bytes decode to rows or to an error, in bounded memory.
#include <cstdint>

#include "telemetry/logs/store/row_group.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry::logs;
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  (void)decode_rows(bytes, {data[0], data[1]}, 4096);
  (void)decode_lines(bytes, data[0], 4096);
  return 0;
}
