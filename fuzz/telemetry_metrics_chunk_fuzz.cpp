// Damaged chunks: decoders of numbers, values and histograms read no byte too many, and what they accept is
// written and read again as the same.
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/metrics/codec/histograms.h"
#include "telemetry/metrics/codec/integers.h"
#include "telemetry/metrics/codec/values.h"

namespace {

using namespace aloft::telemetry::metrics;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<double> decode(std::string_view bytes, std::size_t count) {
  ByteReader in(bytes);
  const ValuesHead head = read_values_head(in);
  std::vector<std::int64_t> numbers;
  std::vector<double> values;
  const std::vector<std::int64_t> reference(count, 7);
  if (!decode_numbers(head, in, count, reference, numbers)) return {};
  if (!numbers_to_values(head, numbers, count, values)) return {};
  return values;
}

void values_again(const std::vector<double>& values) {
  if (values.empty()) return;
  ScaledValues scaled;
  scale_values(values, scaled);
  IntegerScratch scratch;
  std::string bytes;
  encode_values(scaled, {}, scratch, bytes);
  const std::vector<double> read = decode(bytes, values.size());
  require(read.size() == values.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    require(std::bit_cast<std::uint64_t>(read[i]) == std::bit_cast<std::uint64_t>(values[i]));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t count = data[0] + std::size_t{1};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  values_again(decode(bytes, count));
  std::vector<std::int64_t> numbers;
  if (decode_integers(ByteReader(bytes), count, numbers)) {
    IntegerScratch scratch;
    std::string written;
    encode_integers(numbers, scratch, written);
    std::vector<std::int64_t> again;
    require(decode_integers(ByteReader(written), count, again) && again == numbers);
  }
  std::vector<aloft::telemetry::HistogramPtr> histograms;
  if (decode_histograms(ByteReader(bytes), count, histograms)) {
    std::string written;
    encode_histograms(histograms, written);
    std::vector<aloft::telemetry::HistogramPtr> again;
    require(decode_histograms(ByteReader(written), count, again) && again.size() == histograms.size());
  }
  return 0;
}
