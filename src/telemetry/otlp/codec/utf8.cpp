// Repair of text that is not UTF-8.
#include "telemetry/otlp/codec/utf8.h"

#include "base/bytes.h"

namespace aloft::telemetry::otlp {
namespace {

// The length of the longest well-formed sequence at the start, 0 when there is none.
std::size_t sequence_length(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return length <= bytes.size() && is_utf8(bytes.substr(0, length)) ? length : 0;
}

}  // namespace

void assign_utf8(std::string& out, std::string_view bytes) {
  if (is_utf8(bytes)) {
    out = bytes;
    return;
  }
  out.clear();
  while (!bytes.empty()) {
    const std::size_t length = sequence_length(bytes);
    if (length == 0) {
      out += "\xef\xbf\xbd";
      bytes.remove_prefix(1);
    } else {
      out += bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
  }
}

}  // namespace aloft::telemetry::otlp
