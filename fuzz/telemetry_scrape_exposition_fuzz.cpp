// Pages of targets in every format: the first byte chooses it. Labels that are given must be canonical.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "telemetry/scrape/exposition/reader.h"
#include "telemetry/scrape/remote/remote_write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry;
  using namespace aloft::telemetry::scrape;
  if (size == 0) return 0;
  constexpr ExpositionFormat formats[] = {ExpositionFormat::text_0_0_4, ExpositionFormat::openmetrics_1_0_0,
                                          ExpositionFormat::protobuf};
  const std::string_view page(reinterpret_cast<const char*>(data) + 1, size - 1);
  ReaderOptions options;
  options.classic_too = (data[0] & 0x80) != 0;
  options.created_lines_are_starts = (data[0] & 0x40) != 0;
  for (const bool skip : {false, true}) {
    const auto reader = make_reader(formats[data[0] % 3], page, options);
    Rejections rejections;
    const auto batch = read_page(*reader, {.now = 1, .skip_damaged_lines = skip}, rejections);
    if (!batch) continue;
    std::string scratch;
    for (const SampleRef& sample : batch->samples) {
      const auto labels = canonical_labels(sample.labels, scratch);
      if (!labels || labels->encoded() != sample.labels || labels->metric_name().empty()) std::abort();
    }
  }
  return 0;
}
