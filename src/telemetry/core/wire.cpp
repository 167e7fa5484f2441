// How bytes from outside are shown in messages.
#include "telemetry/core/wire.h"

#include "base/bytes.h"

namespace aloft::telemetry {

std::string hex_or_text(std::string_view bytes) {
  return is_utf8(bytes) ? std::string(bytes) : "0x" + hex_encode(bytes);
}

}  // namespace aloft::telemetry
