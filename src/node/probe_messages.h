// The two messages of gRPC's health checking protocol (grpc.health.v1).
#pragma once

#include <cstdint>
#include <string>

#include "model/type_info.h"

namespace aloft::node::health {

struct CheckRequest {
  std::string service;
};
struct CheckResponse {
  std::int32_t status = 0;
};  // 0 unknown, 1 serving, 2 not serving, 3 no such service

}  // namespace aloft::node::health

DECLARE_TYPE(node::health::CheckRequest)
DECLARE_TYPE(node::health::CheckResponse)
