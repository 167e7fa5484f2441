// Logs as lines of JSON, one object each, and Elasticsearch's bulk form of the same. Source: VictoriaLogs'
// documentation of /insert/jsonline, Elasticsearch's Bulk API.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/log_batch.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"

namespace aloft::telemetry::logs {

// Which members of the objects are what; names of nested ones are joined by dots.
struct JsonLineOptions {
  std::vector<std::string> message = {"_msg", "message", "msg", "log"};
  std::vector<std::string> time = {"_time", "@timestamp", "timestamp", "time", "ts"};
  std::vector<std::string> stream;  // become labels; the others become fields
  std::vector<std::pair<std::string, std::string>> extra_labels;
  bool bulk = false;  // every second line is an action
};

// A line that is no object is counted in `skipped`. An object without a message is kept whole as the line.
// Times are RFC 3339 or numbers since 1970 in seconds to nanoseconds; `now_ns` where there is none.
LogBatch decode_json_lines(std::string_view body, const JsonLineOptions& options, std::int64_t now_ns,
                           std::size_t& skipped);

// /insert/jsonline and /insert/elasticsearch/_bulk. Lives on the router's loop.
class JsonLineApi {
 public:
  JsonLineApi(io::Loop& loop, Pipeline& pipeline, const Clock& clock)
      : loop_(loop), pipeline_(pipeline), clock_(clock) {}
  void add_routes(Router& router);

 private:
  io::Task<> insert(Exchange& exchange, bool bulk);
  io::Loop& loop_;
  Pipeline& pipeline_;
  const Clock& clock_;
};

}  // namespace aloft::telemetry::logs
