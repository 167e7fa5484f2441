// Kinds of spans under the names that OTLP's JSON gives them. For this module's sources only.
#pragma once

#include <array>
#include <string_view>

#include "telemetry/core/span_batch.h"

namespace aloft::telemetry::traces {

inline std::string_view kind_constant(SpanKind kind) {
  constexpr std::array<std::string_view, 6> names = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                                     "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                                     "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace aloft::telemetry::traces
