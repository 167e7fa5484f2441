// Bodies of /loki/api/v1/push: JSON in its present and its old form, and protobuf.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/core/log_batch.h"

namespace aloft::telemetry::logs {

// Error: bad_request, saying where the text is wrong.
Result<LogBatch> decode_json_push(std::string_view body);
// The message logproto.PushRequest, not compressed. Error: bad_request.
Result<LogBatch> decode_protobuf_push(std::string_view body);
// {a="b", c="d"} as senders name streams. Error: bad_request.
Result<Labels> parse_stream_labels(std::string_view text);

}  // namespace aloft::telemetry::logs
