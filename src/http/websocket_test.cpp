// WebSocket connections over in-memory streams: messages, pings, closing, violations, and the tunnel of
// bytes.
#include "http/websocket.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "http/testing/upgrade_fakes.h"
#include "http/websocket_codec.h"
#include "io/scope.h"
#include "io/sim_loop.h"

namespace aloft::http {
namespace {

using Kind = WebSocketMessage::Kind;
using SocketSide = WebSocket::Side;

struct SocketPair {
  explicit SocketPair(std::size_t limit = 1 << 20, std::size_t buffer = 64 * 1024) {
    auto [near_end, far_end] = io::make_stream_pair(loop, buffer);
    client = WebSocket::make(loop, std::move(near_end), SocketSide::client, random, limit);
    server = WebSocket::make(loop, std::move(far_end), SocketSide::server, random, limit);
  }
  io::SimLoop loop;
  SeededRandom random{1};
  std::unique_ptr<WebSocket> client, server;
};

// A server's end whose peer the test plays byte by byte.
struct HandPlayedSocket {
  HandPlayedSocket() {
    auto [near_end, far_end] = io::make_stream_pair(loop);
    wire = std::move(near_end);
    server = WebSocket::make(loop, std::move(far_end), SocketSide::server, random, 100);
  }
  void send(WebSocketOpcode opcode, std::string_view data) {
    const std::string frame = websocket_frame(opcode, data, true, WebSocketMask{1, 2, 3, 4});
    ASSERT_TRUE(loop.run_until_done(wire->write(std::string_view(frame))));
  }
  WebSocketEvent receive() {
    WebSocketParser parser(WebSocketParser::Frames::bare, 1000);
    for (;;) {
      auto event = parser.next();
      if (event && event->has_value()) return **event;
      std::array<std::byte, 1> one;
      const auto size = loop.run_until_done(wire->read(one));
      if (!size || *size == 0) return {WebSocketOpcode::close, "the transport ended", -1};
      parser.add(as_text(one));
    }
  }
  io::SimLoop loop;
  SeededRandom random{1};
  std::unique_ptr<io::Stream> wire;
  std::unique_ptr<WebSocket> server;
};

TEST(WebSocket, messages_of_both_kinds_arrive_whole_and_in_order) {
  SocketPair pair(1 << 20, 100);
  io::Scope scope(pair.loop);
  const std::string big(50'000, 'b');
  scope.spawn([](WebSocket& socket, const std::string& text) -> io::Task<> {
    EXPECT_TRUE(co_await socket.write(Kind::text, "hello"));
    EXPECT_TRUE(co_await socket.write(Kind::binary, text));
    EXPECT_TRUE(co_await socket.write(Kind::binary, ""));
  }(*pair.client, big));
  auto first = pair.loop.run_until_done(pair.server->read());
  ASSERT_TRUE(first && first->has_value());
  EXPECT_EQ((*first)->kind, Kind::text);
  EXPECT_EQ((*first)->data, "hello");
  auto second = pair.loop.run_until_done(pair.server->read());
  EXPECT_EQ((*second)->kind, Kind::binary);
  EXPECT_EQ((*second)->data, big);
  auto third = pair.loop.run_until_done(pair.server->read());
  EXPECT_EQ((*third)->data, "");
}

TEST(WebSocket, closing_ends_both_sides_in_order) {
  SocketPair pair;
  ASSERT_TRUE(pair.loop.run_until_done(pair.client->close(1000, "done")));
  auto end = pair.loop.run_until_done(pair.server->read());
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->has_value());
  end = pair.loop.run_until_done(pair.client->read());
  ASSERT_TRUE(end);
  EXPECT_FALSE(end->has_value());
  EXPECT_EQ(pair.loop.run_until_done(pair.server->write(Kind::text, "late")).error().code(),
            Code::unavailable);
}

TEST(WebSocket, a_ping_is_answered_while_reading) {
  HandPlayedSocket raw;
  raw.send(WebSocketOpcode::ping, "are you there");
  raw.send(WebSocketOpcode::text, "x");
  ASSERT_TRUE(raw.loop.run_until_done(raw.server->read()));
  EXPECT_EQ(raw.receive(), (WebSocketEvent{WebSocketOpcode::pong, "are you there", 0}));
}

TEST(WebSocket, the_peers_close_code_comes_back) {
  HandPlayedSocket raw;
  raw.send(WebSocketOpcode::close, websocket_close_payload(3001, "bye"));
  ASSERT_TRUE(raw.loop.run_until_done(raw.server->read()));
  EXPECT_EQ(raw.receive(), (WebSocketEvent{WebSocketOpcode::close, "", 3001}));
  EXPECT_EQ(raw.receive().close_code, -1);
}

TEST(WebSocket, a_violation_is_told_to_the_peer_and_to_the_reader) {
  HandPlayedSocket raw;
  ASSERT_TRUE(raw.loop.run_until_done(raw.wire->write(std::string_view("\x83\x80\x01\x02\x03\x04", 6))));
  const auto read = raw.loop.run_until_done(raw.server->read());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::bad_request);
  EXPECT_EQ(raw.receive().close_code, 1002);

  HandPlayedSocket big;
  big.send(WebSocketOpcode::binary, std::string(101, 'x'));
  const auto too_large = big.loop.run_until_done(big.server->read());
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code(), Code::too_large);
  EXPECT_EQ(big.receive().close_code, 1009);
}

TEST(WebSocket, a_peer_that_vanishes_is_an_error_not_an_end) {
  HandPlayedSocket raw;
  raw.wire.reset();
  const auto read = raw.loop.run_until_done(raw.server->read());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), Code::unavailable);
}

TEST(WebSocket, two_ends_that_both_write_before_reading_do_not_block_each_other) {
  SocketPair pair(1 << 20, 1000);
  io::Scope scope(pair.loop);
  const std::string big(100'000, 'b');
  for (WebSocket* socket : {pair.client.get(), pair.server.get()}) {
    scope.spawn([](WebSocket& end, const std::string& text) -> io::Task<> {
      EXPECT_TRUE(co_await end.write(Kind::binary, text));
    }(*socket, big));
  }
  EXPECT_EQ((*pair.loop.run_until_done(pair.server->read()))->data, big);
  EXPECT_EQ((*pair.loop.run_until_done(pair.client->read()))->data, big);
}

TEST(WebSocket, a_slow_peer_makes_the_writer_wait) {
  SocketPair pair(1 << 20, 1000);
  io::Scope scope(pair.loop);
  bool done = false;
  const std::string big(100'000, 'b');
  scope.spawn([](WebSocket& end, const std::string& text, bool& flag) -> io::Task<> {
    EXPECT_TRUE(co_await end.write(Kind::binary, text));
    flag = true;
  }(*pair.server, big, done));
  pair.loop.settle();
  EXPECT_FALSE(done);
  ASSERT_TRUE(pair.loop.run_until_done(pair.client->read()));
  pair.loop.settle();
  EXPECT_TRUE(done);
}

RequestHead good_head() {
  RequestHead head;
  head.method = "GET";
  head.target = "/";
  head.headers = {{"Connection", "keep-alive, Upgrade"},
                  {"Upgrade", "WebSocket"},
                  {"Sec-WebSocket-Version", "13"},
                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                  {"Sec-WebSocket-Protocol", "v5.channel.k8s.io, v4.channel.k8s.io"},
                  {"Sec-WebSocket-Protocol", "other"}};
  return head;
}

TEST(WebSocketHandshake, the_accept_value_is_the_standards) {
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(WebSocketHandshake, every_part_of_the_request_counts) {
  EXPECT_TRUE(wants_websocket(good_head()));
  const std::vector<std::pair<std::string, std::string>> wrong{{"Connection", "keep-alive"},
                                                               {"Upgrade", "h2c"},
                                                               {"Sec-WebSocket-Version", "8"},
                                                               {"Sec-WebSocket-Key", "c2hvcnQ="},
                                                               {"Sec-WebSocket-Key", "not base64 at all!!!"}};
  for (const auto& [name, value] : wrong) {
    RequestHead head = good_head();
    head.headers.set(name, value);
    EXPECT_FALSE(wants_websocket(head)) << name << ": " << value;
  }
  RequestHead post = good_head();
  post.method = "POST";
  EXPECT_FALSE(wants_websocket(post));
}

TEST(WebSocketHandshake, offered_protocols_keep_their_order_over_all_lines) {
  const std::vector<std::string> expected{"v5.channel.k8s.io", "v4.channel.k8s.io", "other"};
  EXPECT_EQ(offered_protocols(good_head()), expected);
}

TEST(WebSocketHandshake, accepting_answers_101_with_the_chosen_protocol) {
  io::SimLoop loop;
  SeededRandom random(1);
  auto [near_end, far_end] = io::make_stream_pair(loop);
  testing::FakeRequest request(good_head());
  testing::FakeResponder responder(std::move(far_end));
  auto socket = loop.run_until_done(accept_websocket(loop, request, responder, "other", random));
  ASSERT_TRUE(socket);
  ASSERT_TRUE(responder.answer);
  EXPECT_EQ(responder.answer->status, 101);
  EXPECT_EQ(responder.answer->headers.get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(responder.answer->headers.get("Sec-WebSocket-Protocol"), "other");
  EXPECT_TRUE(responder.answer->headers.has_token("Connection", "upgrade"));
}

TEST(WebSocketTunnel, bytes_pass_whatever_the_messages_were) {
  SocketPair pair;
  auto near_end = make_websocket_stream(pair.loop, std::move(pair.client));
  auto far_end = make_websocket_stream(pair.loop, std::move(pair.server));
  for (const std::string_view piece : {"ab", "", "cdefg", "h"}) {
    ASSERT_TRUE(pair.loop.run_until_done(near_end->write(piece)));
  }
  near_end->shutdown_write();
  EXPECT_EQ(pair.loop.run_until_done(io::read_all(*far_end, 100)).value(), "abcdefgh");
  EXPECT_EQ(pair.loop.run_until_done(io::read_all(*near_end, 100)).value(), "");
}

TEST(WebSocketTunnel, a_text_message_is_not_bytes) {
  SocketPair pair;
  ASSERT_TRUE(pair.loop.run_until_done(pair.client->write(Kind::text, "hi")));
  auto tunnel = make_websocket_stream(pair.loop, std::move(pair.server));
  std::array<std::byte, 10> into;
  EXPECT_EQ(pair.loop.run_until_done(tunnel->read(into)).error().code(), Code::bad_request);
}

}  // namespace
}  // namespace aloft::http
