// The one message of a unary gRPC call as it came: compressed or not. Source: gRPC over HTTP/2,
// "Length-Prefixed-Message".
#pragma once

#include <string>

#include "base/result.h"
#include "http/handler.h"
#include "io/task.h"

namespace aloft::telemetry {

struct GrpcMessage {
  std::string bytes;
  std::string encoding;  // for decode_content(); empty: as it is
};

// Error: bad_request for a body that is not one message or does not say how it is compressed, too_large, or
// the peer's.
io::Task<Result<GrpcMessage>> read_grpc_message(http::Request& request, std::size_t limit_bytes);

}  // namespace aloft::telemetry
