// WebSocket frames from a stranger: any bytes end in events or a violation, and the cut of the input never
// matters.
#include <cstdint>

#include "base/ensure.h"
#include "http/websocket_codec.h"

namespace {

using namespace aloft::http;

struct Outcome {
  std::vector<WebSocketEvent> events;
  int violation = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, WebSocketParser::Frames frames, std::size_t piece) {
  WebSocketParser parser(frames, 1000);
  Outcome outcome;
  while (!bytes.empty()) {
    parser.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto event = parser.next();
      if (!event) {
        outcome.violation = event.error().close_code;
        return outcome;
      }
      if (!event->has_value()) break;
      outcome.events.push_back(std::move(**event));
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto frames = (data[0] & 1) != 0 ? WebSocketParser::Frames::masked : WebSocketParser::Frames::bare;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  const Outcome whole = parse(bytes, frames, bytes.size() + 1);
  aloft::ensure(whole == parse(bytes, frames, 1 + data[1] % 16U), "the cut of the input does not show");
  return 0;
}
