// The HTTP/1.1 parser under arbitrary bytes: a head, then its body cut into pieces. Whatever parses must come
// out the same however it was cut, and what an accepted head holds must be safe to write out again.
#include "base/ensure.h"
#include "http/http1_message.h"
#include "http/http1_parser.h"

namespace {

using namespace aloft;
using namespace aloft::http;

struct Body {
  std::string data;
  bool ended = false;
  bool malformed = false;
  bool operator==(const Body&) const = default;
};

Body decode(BodyLength length, std::string_view bytes, std::size_t step) {
  BodyDecoder decoder(length, 4096);
  Buffer buffer;
  Body out;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    buffer.append(bytes.substr(at, step));
    for (;;) {
      const auto next = decoder.next(buffer);
      out.ended = next.kind == ChunkDecoder::Step::Kind::end;
      out.malformed = next.kind == ChunkDecoder::Step::Kind::malformed;
      if (next.kind != ChunkDecoder::Step::Kind::data) break;
      out.data += next.data;
    }
    if (out.ended || out.malformed) break;
  }
  return out;
}

void check_request(std::string_view text) {
  const std::size_t end = find_head_end(text);
  if (end == 0) {
    may_become_request(text);
    return;
  }
  ensure(may_become_request(text) || !parse_request_head(text.substr(0, end)),
         "noise is told early but never wrongly");
  const auto parsed = parse_request_head(text.substr(0, end));
  if (!parsed) return;
  std::string again = fmt::format("{} {} HTTP/1.1\r\n", parsed->head.method, parsed->head.target);
  detail::append_fields(again, parsed->head.headers);
  again += "\r\n";
  if (parsed->minor_version == 1) {
    const auto second = parse_request_head(again);
    ensure(second && second->head.headers == parsed->head.headers && second->body.kind == parsed->body.kind,
           "an accepted head means the same when it is written and read again");
  }
  static_cast<void>(parsed->head.path());
  static_cast<void>(parsed->head.query());
  const std::string_view body = text.substr(end);
  ensure(decode(parsed->body, body, 1) == decode(parsed->body, body, body.size() + 1),
         "a body does not depend on its cuts");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_request(text);
  if (const std::size_t end = find_head_end(text); end > 0) {
    static_cast<void>(parse_response_head(text.substr(0, end), "GET"));
  }
  static_cast<void>(parse_fields(text));
  return 0;
}
