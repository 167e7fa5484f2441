// Logs as lines of JSON, one object each, Elasticsearch's bulk form of the same, and the journal of systemd.
// Source: VictoriaLogs' documentation of /insert/jsonline.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/core/log_batch.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/core/router.h"
#include "telemetry/logs/ingest/bulk.h"

namespace aloft::telemetry::logs {

// Which members of the objects are what; names of nested ones are joined by dots.
struct JsonLineOptions {
  std::vector<std::string> message = {"_msg", "message", "msg", "log"};
  std::vector<std::string> time = {"_time", "@timestamp", "timestamp", "time", "ts"};
  std::vector<std::string> stream;  // become labels; the others become fields
  std::vector<std::pair<std::string, std::string>> extra_labels;
  std::string index;  // of bulk requests whose actions name none
};

// A line that is no object is counted in `skipped`. An object without a message is kept whole as the line.
// Times are RFC 3339 or numbers since 1970 in seconds to nanoseconds; `now_ns` where there is none.
LogBatch decode_json_lines(std::string_view body, const JsonLineOptions& options, std::int64_t now_ns,
                           std::size_t& skipped);
// The same with an action before each object; its index becomes a label. What comes where an action should
// stand, and objects to be updated or deleted, are refused item by item.
LogBatch decode_bulk(std::string_view body, const JsonLineOptions& options, std::int64_t now_ns,
                     std::vector<BulkItem>& items);

// /insert/jsonline, Elasticsearch's interface for writing below /insert/elasticsearch, and
// /insert/journald/upload. Lives on the router's loop.
class JsonLineApi {
 public:
  JsonLineApi(io::Loop& loop, Pipeline& pipeline, const Clock& clock)
      : loop_(loop), pipeline_(pipeline), clock_(clock) {}
  void add_routes(Router& router);

 private:
  io::Task<> insert_lines(Exchange& exchange);
  io::Task<> insert_bulk(Exchange& exchange);
  io::Task<> insert_journal(Exchange& exchange);
  io::Task<> greet(Exchange& exchange);
  // Decodes on a pool and pushes; answers itself where that fails.
  io::Task<bool> take(Exchange& exchange, std::move_only_function<Result<LogBatch>(std::string body)> decode);
  io::Loop& loop_;
  Pipeline& pipeline_;
  const Clock& clock_;
};

}  // namespace aloft::telemetry::logs
