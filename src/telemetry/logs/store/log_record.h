// A batch as the write-ahead log keeps it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "telemetry/core/log_batch.h"

namespace aloft::telemetry::logs {

void encode_batch(const LogBatch& batch, std::string& out);
// Error: invalid for bytes that encode_batch() did not make.
Result<LogBatch> decode_batch(std::string_view record);

}  // namespace aloft::telemetry::logs
