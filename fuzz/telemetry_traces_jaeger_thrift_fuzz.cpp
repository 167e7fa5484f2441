// Spans in Jaeger's Thrift come from any client: lengths and counts in them are never believed.
#include "base/ensure.h"
#include "telemetry/traces/ingest/jaeger_thrift.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry;
  if (const auto batch = traces::decode_jaeger_thrift({reinterpret_cast<const char*>(data), size})) {
    aloft::ensure(batch->span_count() <= size, "a span takes a byte at least");
  }
  return 0;
}
