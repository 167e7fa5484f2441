// SPDY frames from a stranger: any bytes end in frames or an error, in bounded memory; what was read can be
// written and read again.
#include <cstdint>

#include "base/ensure.h"
#include "http/spdy_codec.h"

namespace {

using namespace aloft::http;

std::vector<SpdyFrame> parse(std::string_view bytes, std::size_t piece, bool& failed) {
  SpdyParser parser;
  std::vector<SpdyFrame> frames;
  while (!bytes.empty()) {
    parser.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto frame = parser.next();
      failed = !frame;
      if (failed) return frames;
      if (!frame->has_value()) break;
      frames.push_back(std::move(**frame));
    }
  }
  return frames;
}

std::string serialize(const std::vector<SpdyFrame>& frames) {
  SpdySerializer serializer;
  std::string bytes;
  for (const SpdyFrame& frame : frames) bytes += serializer.serialize(frame);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  bool failed = false;
  const auto frames = parse(bytes, 1 + data[0], failed);
  const std::string written = serialize(frames);
  failed = false;
  const auto again = parse(written, written.size() + 1, failed);
  aloft::ensure(!failed, "what was read can be written and read");
  aloft::ensure(serialize(again) == written, "nothing is lost on the way");
  return 0;
}
