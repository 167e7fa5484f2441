// Federation: the newest samples of selected series at /federate, for other Prometheus servers to scrape.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "io/loop.h"
#include "io/pool.h"
#include "telemetry/core/labels.h"
#include "telemetry/core/matcher.h"
#include "telemetry/core/router.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::scrape {

// Reads a series selector such as `up{job="a"}`; the query language gives it (promql::parse_metric_selector).
using SelectorParser = std::function<Result<std::vector<Matcher>>(std::string_view)>;

struct FederateSettings {
  Duration lookback = 5min;
  std::function<Labels()> external_labels;  // empty: none; called on the loop
  std::size_t page_limit_bytes = 512 * 1024 * 1024;
};

// Lives on the router's loop and outlives it. Answers text, or protobuf to those that prefer it: native
// histograms go only by protobuf. Stale series are left out.
class FederateHandler {
 public:
  FederateHandler(io::Loop& loop, io::Pool& pool, const metrics::Queryable& store, SelectorParser parser,
                  const Clock& clock, FederateSettings settings);
  void add_routes(Router& router);

 private:
  io::Task<> federate(Exchange& exchange);

  io::Loop& loop_;
  io::Pool& pool_;
  const metrics::Queryable& store_;
  SelectorParser parser_;
  const Clock& clock_;
  FederateSettings settings_;
};

}  // namespace aloft::telemetry::scrape
