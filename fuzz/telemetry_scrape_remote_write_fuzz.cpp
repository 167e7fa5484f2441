// Remote write requests from anybody: what is read must be written and read again as the same.
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "telemetry/scrape/remote/remote_read.h"
#include "telemetry/scrape/remote/remote_write.h"

namespace {

using aloft::telemetry::MetricBatch;

bool same(const MetricBatch& a, const MetricBatch& b) {
  if (a.samples.size() != b.samples.size() || a.histograms.size() != b.histograms.size()) return false;
  double left = 0, right = 0;
  // Groups may change the order between series, not what there is.
  for (const auto& s : a.samples)
    left += static_cast<double>(s.time % 1000) + static_cast<double>(s.labels.size());
  for (const auto& s : b.samples)
    right += static_cast<double>(s.time % 1000) + static_cast<double>(s.labels.size());
  return left == right;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace aloft::telemetry::scrape;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Rejections rejections;
  if (const auto batch = decode_write_request(bytes, rejections)) {
    const auto again = decode_write_request(encode_write_request(*batch), rejections);
    if (!again || !same(*batch, *again)) std::abort();
    (void)encode_write_request_v2(*batch);
  }
  if (const auto batch = decode_write_request_v2(bytes, rejections, {.zero_at_start = true})) {
    const auto again = decode_write_request(encode_write_request(*batch), rejections);
    if (!again || !same(*batch, *again)) std::abort();
  }
  (void)decode_read_request(bytes);
  return 0;
}
