// A request and a responder that are only values.
#include "telemetry/traces/testing/http.h"

namespace aloft::telemetry::traces::testing {
namespace {

class PlainRequest final : public http::Request {
 public:
  explicit PlainRequest(std::string_view text) {
    const std::size_t end = text.find("\r\n\r\n");
    body_ = text.substr(end + 4);
    std::string_view head = text.substr(0, end);
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head_.method = line.substr(0, line.find(' '));
    head_.target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
    while (head.find("\r\n") != std::string_view::npos) {
      head.remove_prefix(head.find("\r\n") + 2);
      const std::string_view field = head.substr(0, head.find("\r\n"));
      head_.headers.add(std::string(field.substr(0, field.find(':'))),
                        std::string(field.substr(field.find(':') + 2)));
    }
  }
  const http::RequestHead& head() const override { return head_; }
  io::Task<Result<std::string_view>> read_body() override {
    given_ = std::exchange(body_, {});
    co_return std::string_view(given_);
  }
  io::Task<Result<std::string>> read_whole_body(std::size_t) override { co_return std::exchange(body_, {}); }
  const io::Address& peer() const override { return peer_; }
  const http::PeerCertificate* certificate() const override { return nullptr; }
  bool secure() const override { return false; }
  int http_major() const override { return 1; }

 private:
  http::RequestHead head_;
  std::string body_;
  std::string given_;
  io::Address peer_;
};

class PlainResponder final : public http::Responder {
 public:
  io::Task<Result<>> send(http::ResponseHead head, SharedBytes body) override {
    put(head);
    text += body.view();
    co_return Result<>{};
  }
  io::Task<Result<>> begin(http::ResponseHead head) override {
    put(head);
    co_return Result<>{};
  }
  io::Task<Result<>> write(SharedBytes bytes) override {
    text += bytes.view();
    co_return Result<>{};
  }
  io::Task<Result<>> finish(http::Headers) override { co_return Result<>{}; }
  io::Task<Result<std::unique_ptr<io::Stream>>> upgrade(http::ResponseHead) override {
    co_return fail(Code::internal, "no upgrades here");
  }
  bool begun() const override { return !text.empty(); }
  io::Task<> gone() override { co_return; }
  std::string text;

 private:
  void put(const http::ResponseHead& head) {
    text = fmt::format("HTTP/1.1 {} {}\r\n", head.status, http::status_text(head.status));
    for (const auto& [name, value] : head.headers) text += name + ": " + value + "\r\n";
    text += "\r\n";
  }
};

io::Task<int> run(http::Handler& handler, http::Request& request, http::Responder& responder) {
  co_await handler.handle(request, responder);
  co_return 0;
}

}  // namespace

std::string fetch(io::EpollLoop& loop, http::Handler& handler, std::string_view request) {
  PlainRequest plain(request);
  PlainResponder responder;
  loop.run_until_done(run(handler, plain, responder));
  return responder.text;
}

}  // namespace aloft::telemetry::traces::testing
