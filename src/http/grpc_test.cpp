// gRPC calls between our client and a handler: messages, statuses, deadlines, streams.
#include "http/grpc.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "http/testing/exchange.h"

namespace aloft::http {
namespace {

using testing::FunctionHandler;
using testing::InMemoryServer;

struct Grpc : ::testing::Test {
  std::unique_ptr<Client> client_of(InMemoryServer& server) {
    ClientSettings settings;
    settings.http2_prior_knowledge = true;
    return server.client(settings);
  }
  io::SimLoop loop;
  FunctionHandler service{[this](Request& request, Responder& responder) -> io::Task<> {
    auto message = co_await grpc_read_message(request);
    if (!message) co_return;
    const std::string path = request.head().path();
    Result<std::string> answer = "echo " + *message;
    if (path == "/absent") answer = fail(Code::not_found, "no \"such\" thing: 100%\nbyebye");
    if (path == "/slow") co_await loop.sleep(1h);
    if (path != "/count") {
      [[maybe_unused]] const auto sent = co_await grpc_answer(responder, std::move(answer));
      co_return;
    }
    if (!co_await grpc_begin(responder)) co_return;
    for (int i = 0; i < 3; ++i) {
      co_await loop.sleep(1s);
      if (!co_await grpc_send(responder, std::to_string(i))) co_return;
    }
    Result<> outcome = fail(Code::unavailable, "that was all");
    [[maybe_unused]] const auto done = co_await grpc_finish(responder, std::move(outcome));
  }};
};

TEST_F(Grpc, a_call_gives_the_message_of_the_server) {
  InMemoryServer server(loop, service);
  const auto client = client_of(server);
  EXPECT_EQ(loop.run_until_done(grpc_call(*client, "/echo", "hello", 5s)), "echo hello");
  const std::string large(2'000'000, 'x');
  EXPECT_EQ(loop.run_until_done(grpc_call(*client, "/echo", large, 5s)), "echo " + large);
}

TEST_F(Grpc, an_error_carries_code_and_message) {
  InMemoryServer server(loop, service);
  const auto client = client_of(server);
  const auto answer = loop.run_until_done(grpc_call(*client, "/absent", "x", 5s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Code::not_found);
  EXPECT_EQ(answer.error().message(), "/absent: no \"such\" thing: 100%\nbyebye");
}

TEST_F(Grpc, a_call_ends_at_its_deadline) {
  InMemoryServer server(loop, service);
  const auto client = client_of(server);
  const auto answer = loop.run_until_done(grpc_call(*client, "/slow", "x", 5s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Code::timeout);
  EXPECT_EQ(loop.now().since_origin, 5s);
}

TEST_F(Grpc, a_stream_gives_messages_as_they_come_and_then_its_status) {
  InMemoryServer server(loop, service);
  const auto client = client_of(server);
  auto stream = loop.run_until_done(grpc_stream(*client, "/count", "x"));
  ASSERT_TRUE(stream) << stream.error().to_string();
  for (int i = 0; i < 3; ++i) {
    const auto message = loop.run_until_done((*stream)->next());
    ASSERT_TRUE(message);
    EXPECT_EQ(*message, std::to_string(i));
    EXPECT_EQ(loop.now().since_origin, (i + 1) * 1s);
  }
  const auto end = loop.run_until_done((*stream)->next());
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code(), Code::unavailable);
  EXPECT_EQ(end.error().message(), "that was all");
}

TEST_F(Grpc, a_server_that_speaks_something_else_is_an_error) {
  FunctionHandler web = testing::make_echo();
  InMemoryServer server(loop, web);
  const auto client = client_of(server);
  EXPECT_EQ(loop.run_until_done(grpc_call(*client, "/x", "x", 5s)).error().message(),
            "/x: the server does not speak gRPC");
}

TEST(GrpcDeframer, gives_back_what_was_framed_however_it_arrives) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& messages) {
    std::string wire;
    for (const std::string& message : messages) wire += grpc_frame(message);
    const auto step = *rc::gen::inRange<std::size_t>(1, wire.size() + 2);
    GrpcDeframer deframer;
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < wire.size(); at += step) {
      deframer.add(std::string_view(wire).substr(at, step));
      for (;;) {
        auto next = deframer.next();
        RC_ASSERT(next.has_value());
        if (!*next) break;
        seen.push_back(std::move(**next));
      }
    }
    RC_ASSERT(seen == messages);
  }));
}

TEST(GrpcDeframer, refuses_what_is_compressed_or_too_large) {
  GrpcDeframer compressed;
  compressed.add(std::string_view("\1\0\0\0\1x", 6));
  EXPECT_EQ(compressed.next().error().code(), Code::invalid);
  GrpcDeframer small(10);
  small.add(grpc_frame("eleven bytes"));
  EXPECT_EQ(small.next().error().code(), Code::too_large);
}

}  // namespace
}  // namespace aloft::http
