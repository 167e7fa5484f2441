// An upgrade without a network: a request that was received, a responder that gives one end of an in-memory
// pair, and a client whose upgrades go to a handler given by the test.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/client.h"
#include "http/handler.h"
#include "io/sim_loop.h"
#include "io/stream.h"

namespace aloft::http::testing {

class FakeRequest final : public Request {
 public:
  explicit FakeRequest(RequestHead head) : head_(std::move(head)) {}
  const RequestHead& head() const override { return head_; }
  io::Task<Result<std::string_view>> read_body() override { co_return std::string_view(); }
  io::Task<Result<std::string>> read_whole_body(std::size_t) override { co_return std::string(); }
  const io::Address& peer() const override { return peer_; }
  const PeerCertificate* certificate() const override { return nullptr; }
  bool secure() const override { return false; }
  int http_major() const override { return 1; }

 private:
  RequestHead head_;
  io::Address peer_;
};

// Takes the stream that it hands out when it is upgraded.
class FakeResponder final : public Responder {
 public:
  explicit FakeResponder(std::unique_ptr<io::Stream> stream) : stream_(std::move(stream)) {}
  io::Task<Result<>> send(ResponseHead head, SharedBytes) override {
    answer = std::move(head);
    co_return Result<>{};
  }
  io::Task<Result<>> begin(ResponseHead head) override {
    answer = std::move(head);
    co_return Result<>{};
  }
  io::Task<Result<>> write(SharedBytes) override { co_return Result<>{}; }
  io::Task<Result<>> finish(Headers) override { co_return Result<>{}; }
  io::Task<Result<std::unique_ptr<io::Stream>>> upgrade(ResponseHead head) override {
    answer = std::move(head);
    co_return std::move(stream_);
  }
  bool begun() const override { return answer.has_value(); }
  io::Task<> gone() override { co_return; }

  std::optional<ResponseHead> answer;

 private:
  std::unique_ptr<io::Stream> stream_;
};

// Answers each upgrade with what `on_upgrade` makes of its head; a status other than 101 is a refusal.
class FakeClient final : public Client {
 public:
  using OnUpgrade = std::function<Upgraded(RequestHead)>;
  FakeClient(io::Loop& loop, OnUpgrade on_upgrade) : loop_(loop), on_upgrade_(std::move(on_upgrade)) {}
  io::Loop& loop() const override { return loop_; }
  io::Task<Result<std::unique_ptr<Response>>> send(RequestHead, std::string) override {
    co_return fail(Code::internal, "only upgrades");
  }
  io::Task<Result<Exchange>> open(RequestHead) override { co_return fail(Code::internal, "only upgrades"); }
  io::Task<Result<Upgraded>> upgrade(RequestHead head) override { co_return on_upgrade_(std::move(head)); }

 private:
  io::Loop& loop_;
  OnUpgrade on_upgrade_;
};

}  // namespace aloft::http::testing
