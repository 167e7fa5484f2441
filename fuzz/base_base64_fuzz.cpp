// Secrets and tokens arrive as base64: no text may crash the decoders, and what they accept survives a round
// trip.
#include "base/bytes.h"
#include "base/ensure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string bytes;
  std::string again;
  if (aloft::base64_decode(text, bytes)) {
    aloft::ensure(aloft::base64_decode(aloft::base64_encode(bytes), again) && again == bytes,
                  "base64 round trip");
  }
  if (aloft::base64url_decode(text, bytes)) {
    aloft::ensure(aloft::base64url_encode(bytes) == text, "a URL-safe text has one spelling");
  }
  // Decoders of text rely on this check never reading past the end.
  aloft::is_utf8(text);
  return 0;
}
