// Going through the fields of a message of protocol buffers. For this module's sources only.
#pragma once

#include <string_view>
#include <type_traits>

#include "telemetry/core/wire.h"

namespace aloft::telemetry::traces {

// Calls f(field) for every field, until one for which it says false. False then, and when the message is
// malformed.
template <class F>
bool each_field(std::string_view message, F f) {
  WireCursor in(message);
  WireField field;
  while (!in.at_end()) {
    if (!in.next(field)) return false;
    if constexpr (std::is_void_v<std::invoke_result_t<F&, const WireField&>>) {
      f(field);
    } else if (!f(field)) {
      return false;
    }
  }
  return true;
}

}  // namespace aloft::telemetry::traces
