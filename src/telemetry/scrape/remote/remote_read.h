// Remote read: other Prometheus servers read our series at /api/v1/read (prometheus.ReadRequest, answered
// with samples).
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
// Error: bad_request for damaged bytes, or for an expression that cannot be read.
Result<std::vector<ReadQuery>> decode_read_request(std::string_view message);
std::string encode_read_request(const std::vector<ReadQuery>& queries);

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
