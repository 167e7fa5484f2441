// Spans in Jaeger's protobuf come from any client.
#include "base/ensure.h"
#include "telemetry/traces/ingest/jaeger_proto.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry;
  if (const auto batch = traces::decode_jaeger_proto({reinterpret_cast<const char*>(data), size})) {
    aloft::ensure(batch->span_count() <= size, "a span takes a byte at least");
  }
  return 0;
}
