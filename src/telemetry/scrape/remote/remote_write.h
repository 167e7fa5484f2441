// The messages of Prometheus remote write, read into batches and written from them: 1.0
// (prometheus.WriteRequest) and 2.0 (io.prometheus.write.v2.Request, with a table of symbols). A 1.0 request
// is not copied: the label set of a sample is a slice of the request.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/core/metric_batch.h"

namespace aloft::telemetry::scrape {

// What a decoder left out, because no store could take it; the rest of its request stands in the batch.
struct Rejections {
  std::uint64_t count = 0;
  std::string first;  // names the series and the reason
  void add(std::string why) {
    if (count++ == 0) first = std::move(why);
  }
};

// What one request or page may hold. An item takes two bytes at its smallest, so the limit on bytes alone
// would let a small body become gigabytes.
inline constexpr std::size_t samples_per_request = 8'000'000;
inline constexpr std::size_t rare_items_per_request = 1'000'000;  // histograms, exemplars, metadata: of each
// Error: too_large, when the batch holds more.
Result<> check_size(const MetricBatch& batch);

struct DecodeOptions {
  // The start times that 2.0 gives with counts go into the batch (see StartRef), so that a first increase
  // shows.
  bool zero_at_start = false;
};

// The request after decompression; the batch keeps it. Error: bad_request for bytes that are no such message,
// with the offset; too_large for more items than check_size() allows.
Result<MetricBatch> decode_write_request(std::string request, Rejections& rejections);
Result<MetricBatch> decode_write_request_v2(std::string request, Rejections& rejections,
                                            const DecodeOptions& options = {});

// The opposite. Label sets are written as they stand in the batch (1.0), or must be well formed (2.0: series
// that are not are left out). Not compressed.
std::string encode_write_request(const MetricBatch& batch);
// Metadata by family, null for none; without it the batch's own counts.
using MetadataLookup = std::function<const MetricMetadata*(std::string_view family)>;
std::string encode_write_request_v2(const MetricBatch& batch, const MetadataLookup& metadata = {});

}  // namespace aloft::telemetry::scrape
