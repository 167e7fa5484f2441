// Export requests from anybody, in protobuf: what is read must be written and read again as the same, and
// its translation must be labels in canonical form.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "telemetry/otlp/codec/codec.h"
#include "telemetry/otlp/translate/log_translator.h"
#include "telemetry/otlp/translate/metric_translator.h"

namespace {

using namespace aloft;
using namespace aloft::telemetry;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto spans = otlp::decode_spans(bytes)) {
    const std::string written = otlp::encode(*spans);
    const auto again = otlp::decode_spans(written);
    require(again && otlp::encode(*again) == written);
    require(otlp::decode_spans_json(otlp::encode_json(*spans)).has_value());
  }
  if (auto metrics = otlp::decode_metrics(bytes)) {
    const std::string written = otlp::encode(*metrics);
    const auto again = otlp::decode_metrics(written);
    require(again && otlp::encode(*again) == written);
    otlp::MetricTranslator translator{otlp::MetricSettings()};
    otlp::Refusals refusals;
    const MetricBatch batch = translator.translate(std::move(*metrics), WallTime{}, refusals);
    std::string scratch;
    for (const SampleRef& sample : batch.samples) {
      const auto labels = canonical_labels(sample.labels, scratch);
      require(!labels || labels->encoded() == sample.labels);
    }
  }
  if (auto logs = otlp::decode_logs(bytes)) {
    const std::string written = otlp::encode(*logs);
    const auto again = otlp::decode_logs(written);
    require(again && otlp::encode(*again) == written);
    const std::size_t entries = otlp::translate(std::move(*logs), {}, WallTime{}).entry_count();
    require(entries <= bytes.size());
  }
  return 0;
}
