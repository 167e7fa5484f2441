// Spans in Zipkin's JSON come from any client: whatever it is, it is read or refused.
#include "base/ensure.h"
#include "telemetry/traces/ingest/zipkin.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry;
  for (const auto decode : {traces::decode_zipkin_json, traces::decode_zipkin_v1_json}) {
    if (const auto batch = decode({reinterpret_cast<const char*>(data), size})) {
      aloft::ensure(batch->span_count() <= size, "a span takes a byte at least");
    }
  }
  return 0;
}
