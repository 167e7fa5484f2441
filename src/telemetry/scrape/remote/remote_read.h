// Remote read: other Prometheus servers read our series at /api/v1/read (prometheus.ReadRequest, answered
// with samples or, where the reader takes them, with chunks).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/loop.h"
#include "io/pool.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/matcher.h"
#include "telemetry/core/router.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::scrape {

struct ReadQuery {
  Millis from = 0, to = 0;
  std::vector<Matcher> matchers;
  metrics::SelectHints hints;
};
// The forms of an answer (ReadRequest.ResponseType): one message with all samples, or frames with chunks.
enum class ReadForm : std::uint8_t { samples = 0, chunks = 1 };
struct ReadRequest {
  std::vector<ReadQuery> queries;
  std::vector<ReadForm> accepted;  // the best first; empty: samples
};
// Error: bad_request for damaged bytes, or for an expression that cannot be read.
Result<ReadRequest> decode_read_request(std::string_view message);
std::string encode_read_request(const ReadRequest& request);

struct ReadLimits {
  std::size_t samples = 50'000'000;               // of a whole request
  std::size_t answer_bytes = 1024 * 1024 * 1024;  // before compression
};
// The answer (prometheus.ReadResponse, not compressed). External labels are added to every series that lacks
// them, and matchers that ask for them are satisfied. Blocks. Error: too_large beyond the limits, the
// store's.
Result<std::string> answer_read_request(const metrics::Queryable& store,
                                        const std::vector<ReadQuery>& queries, LabelsView external,
                                        const ReadLimits& limits);

// The same as frames of prometheus.ChunkedReadResponse: each its length as a varint, its CRC-32C (big
// endian), and the message.
Result<std::string> answer_in_chunks(const metrics::Queryable& store, const std::vector<ReadQuery>& queries,
                                     LabelsView external, const ReadLimits& limits);

// Lives on the router's loop and outlives it.
class ReadHandler {
 public:
  ReadHandler(io::Loop& loop, io::Pool& pool, const metrics::Queryable& store,
              std::function<Labels()> external_labels, ReadLimits limits = {});
  void add_routes(Router& router);

 private:
  io::Task<> read(Exchange& exchange);

  io::Loop& loop_;
  io::Pool& pool_;
  const metrics::Queryable& store_;
  std::function<Labels()> external_labels_;
  ReadLimits limits_;
};

}  // namespace aloft::telemetry::scrape
