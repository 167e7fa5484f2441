// A request and a responder that are only values.
#include "telemetry/logs/testing/call.h"

#include "io/scope.h"

namespace aloft::telemetry::logs {
namespace {

class ValueRequest final : public http::Request {
 public:
  ValueRequest(http::RequestHead head, std::string body) : head_(std::move(head)), body_(std::move(body)) {}
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
  std::string body_, given_;
  io::Address peer_;
};

class ValueResponder final : public http::Responder {
 public:
  explicit ValueResponder(io::Loop& loop) : loop_(loop) {}
  io::Task<Result<>> send(http::ResponseHead head, SharedBytes body) override {
    answer.status = head.status;
    answer.headers = std::move(head.headers);
    answer.body = body.view();
    co_return Result<>{};
  }
  io::Task<Result<>> begin(http::ResponseHead head) override {
    answer.status = head.status;
    co_return Result<>{};
  }
  io::Task<Result<>> write(SharedBytes bytes) override {
    answer.body += bytes.view();
    co_return Result<>{};
  }
  io::Task<Result<>> finish(http::Headers) override { co_return Result<>{}; }
  io::Task<Result<std::unique_ptr<io::Stream>>> upgrade(http::ResponseHead head) override {
    answer.status = head.status;
    auto [ours, theirs] = io::make_stream_pair(loop_);
    upgraded = std::move(theirs);
    std::unique_ptr<io::Stream> given = std::move(ours);
    co_return given;
  }
  bool begun() const override { return answer.status != 0; }
  io::Task<> gone() override { co_return; }
  Answer answer;
  std::unique_ptr<io::Stream> upgraded;

 private:
  io::Loop& loop_;
};

io::Task<int> run(http::Handler& handler, http::Request& request, http::Responder& responder) {
  co_await handler.handle(request, responder);
  co_return 0;
}

class Upgraded final : public UpgradedCall {
 public:
  Upgraded(io::EpollLoop& loop, http::Handler& handler, http::RequestHead head)
      : request_(std::move(head), {}), responder_(loop), scope_(loop) {
    scope_.spawn(handler.handle(request_, responder_));
  }
  std::unique_ptr<io::Stream> take_stream() override { return std::move(responder_.upgraded); }
  int status() const override { return responder_.answer.status; }

 private:
  ValueRequest request_;
  ValueResponder responder_;
  io::Scope scope_;
};

}  // namespace

Answer call(io::EpollLoop& loop, http::Handler& handler, std::string method, std::string target,
            http::Headers headers, std::string body) {
  http::RequestHead head;
  head.method = std::move(method);
  head.target = std::move(target);
  head.headers = std::move(headers);
  ValueRequest request(std::move(head), std::move(body));
  ValueResponder responder(loop);
  loop.run_until_done(run(handler, request, responder));
  return responder.answer;
}

std::unique_ptr<UpgradedCall> call_upgraded(io::EpollLoop& loop, http::Handler& handler, std::string target,
                                            http::Headers headers) {
  http::RequestHead head;
  head.method = "GET";
  head.target = std::move(target);
  head.headers = std::move(headers);
  return std::make_unique<Upgraded>(loop, handler, std::move(head));
}

}  // namespace aloft::telemetry::logs
