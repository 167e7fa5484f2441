// Jaeger over gRPC: spans in (jaeger.api_v2.CollectorService, port 14250) and its query service
// (jaeger.api_v2.QueryService). Source: jaeger-idl proto/api_v2.
#pragma once

#include <string_view>

#include "base/time.h"
#include "http/handler.h"
#include "telemetry/core/pipeline.h"
#include "telemetry/traces/api/jaeger_queries.h"

namespace aloft::telemetry::traces {

// Lives on the loop of its server; what it is given outlives it.
class JaegerGrpc final : public http::Handler {
 public:
  JaegerGrpc(Pipeline& pipeline, const TraceStore& store, io::Pool& pool, io::Loop& loop, const Clock& clock,
             QuerySettings settings = {})
      : pipeline_(pipeline), loop_(loop), clock_(clock), queries_(store, pool, loop, settings) {}
  // Whether a path is a call of these services.
  static bool takes(std::string_view path) { return path.starts_with("/jaeger.api_v2."); }
  io::Task<> handle(http::Request& request, http::Responder& responder) override;

 private:
  // Answers of one message.
  io::Task<Result<std::string>> post_spans(http::Request& request);
  io::Task<Result<std::string>> services(http::Request& request);
  io::Task<Result<std::string>> operations(http::Request& request);
  io::Task<Result<std::string>> dependencies(http::Request& request);
  // Streams of chunks of spans.
  io::Task<Result<>> trace(http::Request& request, http::Responder& responder);
  io::Task<Result<>> find_traces(http::Request& request, http::Responder& responder);
  io::Task<Result<>> send_chunks(std::vector<std::string> chunks, http::Responder& responder);

  Pipeline& pipeline_;
  io::Loop& loop_;
  const Clock& clock_;
  JaegerQueries queries_;
};

}  // namespace aloft::telemetry::traces
