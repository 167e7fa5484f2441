// Requests of OTLP from bytes and back, in protobuf and in its JSON form. ExportTraceServiceRequest and
// TracesData are the same bytes, and so it is with metrics and logs; whoever answers with traces in OTLP's
// form uses these encoders too. Source: opentelemetry-proto, OTLP specification 1.x.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/core/span_batch.h"
#include "telemetry/otlp/codec/messages.h"

namespace aloft::telemetry::otlp {

// Unknown fields are left out, text that is not UTF-8 is repaired with U+FFFD. Error: invalid, naming the
// offset (protobuf) or the path (JSON); too_large for bytes that would unfold to many times their size.
Result<SpanBatch> decode_spans(std::string_view protobuf);
Result<MetricsData> decode_metrics(std::string_view protobuf);
Result<LogsData> decode_logs(std::string_view protobuf);
// lowerCamelCase names, ids in hexadecimal, 64-bit integers as strings or numbers, enumerations as numbers or
// names, unknown fields left out.
Result<SpanBatch> decode_spans_json(std::string_view json);
Result<MetricsData> decode_metrics_json(std::string_view json);
Result<LogsData> decode_logs_json(std::string_view json);

std::string encode(const SpanBatch& spans);
std::string encode(const MetricsData& metrics);
std::string encode(const LogsData& logs);
std::string encode_json(const SpanBatch& spans);
std::string encode_json(const MetricsData& metrics);
std::string encode_json(const LogsData& logs);

// The answers. `signal_count_field` is the name of what was rejected: "rejectedSpans", "rejectedDataPoints",
// "rejectedLogRecords"; nothing rejected gives the empty message.
struct PartialSuccess {
  std::int64_t rejected = 0;
  std::string message;
};
std::string encode_answer(const PartialSuccess& partial);
std::string encode_answer_json(std::string_view rejected_name, const PartialSuccess& partial);
Result<PartialSuccess> decode_answer(std::string_view protobuf);

// google.rpc.Status, the body of an error. With `retry_seconds` it carries a RetryInfo.
std::string encode_status(int grpc_code, std::string_view message, int retry_seconds = 0);
std::string encode_status_json(int grpc_code, std::string_view message);

}  // namespace aloft::telemetry::otlp
