// A served connection under arbitrary bytes, in one piece and byte by byte: HTTP/2 when they begin with its
// preface, HTTP/1.1 otherwise. Nothing may crash, and after the peer has hung up every handler must be gone.
#include "base/ensure.h"
#include "http/server.h"
#include "io/scope.h"
#include "io/sim_loop.h"

namespace {

using namespace aloft;
using namespace aloft::http;

class Echo final : public Handler {
 public:
  io::Task<> handle(Request& request, Responder& responder) override {
    struct Running {
      int& count;
      explicit Running(int& c) : count(c) { ++count; }
      ~Running() { --count; }
    };
    const Running guard(running);
    auto body = co_await request.read_whole_body(100'000);
    if (!body) co_return;
    ResponseHead head;
    head.headers.add("x-target", request.head().target);
    [[maybe_unused]] const auto sent = co_await responder.send(std::move(head), std::move(*body));
  }
  int running = 0;
};

io::Task<> feed(io::Stream& stream, std::string_view bytes, std::size_t step) {
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (!co_await stream.write(bytes.substr(at, step))) co_return;
  }
  stream.shutdown_write();
}

io::Task<> drain(io::Stream& stream) {
  std::vector<std::byte> buffer(16 * 1024);
  for (;;) {
    const auto got = co_await stream.read(buffer);
    if (!got || *got == 0) co_return;
  }
}

void serve(std::string_view bytes, std::size_t step) {
  io::SimLoop loop;
  Echo echo;
  {
    auto [near_end, far_end] = io::make_stream_pair(loop, 4096);
    io::Scope scope(loop);
    ServerSettings settings;
    scope.spawn(serve_connection(loop, std::move(far_end), echo, settings));
    scope.spawn(feed(*near_end, bytes, step));
    scope.spawn(drain(*near_end));
    loop.run_for(1h);
    ensure(scope.size() == 0, "a connection ends once its peer has");
  }
  ensure(echo.running == 0, "no handler outlives its connection");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  serve(text, size + 1);
  if (size < 4096) serve(text, 1);
  return 0;
}
