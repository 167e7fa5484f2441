// Export requests from anybody, in JSON: what is read must be written and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "telemetry/otlp/codec/codec.h"

namespace {

using namespace aloft::telemetry;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto spans = otlp::decode_spans_json(text)) {
    const auto again = otlp::decode_spans(otlp::encode(*spans));
    require(again && otlp::encode_json(*again) == otlp::encode_json(*spans));
  }
  if (const auto metrics = otlp::decode_metrics_json(text)) {
    const auto again = otlp::decode_metrics(otlp::encode(*metrics));
    require(again && otlp::encode_json(*again) == otlp::encode_json(*metrics));
  }
  if (const auto logs = otlp::decode_logs_json(text)) {
    const auto again = otlp::decode_logs(otlp::encode(*logs));
    require(again && otlp::encode_json(*again) == otlp::encode_json(*logs));
  }
  return 0;
}
