// Forwarded ports over WebSocket channels, seen from a client that speaks them.
#include "http/portforward_channels.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "http/testing/upgrade_fakes.h"
#include "io/scope.h"
#include "io/sim_loop.h"

namespace aloft::http {
namespace {

using Kind = WebSocketMessage::Kind;

// A client that has upgraded with `protocol` and `query`.
struct Forwarding {
  explicit Forwarding(std::string protocol, std::string query = "?ports=80&ports=443") {
    RequestHead head;
    head.method = "GET";
    head.target = "/portForward/n/p" + query;
    head.headers = {{"Connection", "Upgrade"},
                    {"Upgrade", "websocket"},
                    {"Sec-WebSocket-Version", "13"},
                    {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    if (!protocol.empty()) head.headers.add("Sec-WebSocket-Protocol", std::move(protocol));
    auto [near_end, far_end] = io::make_stream_pair(loop);
    testing::FakeRequest request(head);
    testing::FakeResponder responder(std::move(far_end));
    auto accepted = loop.run_until_done(accept_portforward(loop, request, responder, random));
    if (!accepted) {
      refusal = accepted.error().message();
      return;
    }
    server = std::move(*accepted);
    answer = *responder.answer;
    client = WebSocket::make(loop, std::move(near_end), WebSocket::Side::client, random);
  }
  // The next message in hexadecimal, "closed" at the end.
  std::string receive() {
    const auto message = loop.run_until_done(client->read());
    if (!message) return message.error().message();
    return message->has_value() ? hex_encode((*message)->data) : "closed";
  }
  void send(Kind kind, std::string_view bytes) {
    EXPECT_TRUE(loop.run_until_done(client->write(kind, bytes)));
  }
  std::optional<ForwardedConnection> accept() { return loop.run_until_done(server->accept()); }
  static std::string read(io::SimLoop& on, io::Stream& stream) {
    std::vector<std::byte> bytes(1000);
    const auto count = on.run_until_done(stream.read(bytes));
    return count ? std::string(as_text(std::span(bytes).first(*count))) : count.error().message();
  }

  io::SimLoop loop;
  SeededRandom random{1};
  std::string refusal;
  ResponseHead answer;
  std::unique_ptr<PortForwardServer> server;
  std::unique_ptr<WebSocket> client;
};

TEST(PortForwardChannels, each_port_has_a_pair_of_channels_that_begin_with_its_number) {
  Forwarding forwarding("v5.channel.k8s.io, v4.channel.k8s.io");
  EXPECT_EQ(forwarding.answer.headers.get("Sec-WebSocket-Protocol"), "v4.channel.k8s.io");
  auto first = forwarding.accept();
  auto second = forwarding.accept();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->port, 80);
  EXPECT_EQ(second->port, 443);
  for (const char* expected : {"005000", "015000", "02bb01", "03bb01"})
    EXPECT_EQ(forwarding.receive(), expected);
  forwarding.send(Kind::binary, std::string_view("\2to 443", 7));
  forwarding.send(Kind::binary, std::string_view("\0to 80", 6));
  EXPECT_EQ(Forwarding::read(forwarding.loop, *first->data), "to 80");
  EXPECT_EQ(Forwarding::read(forwarding.loop, *second->data), "to 443");
  EXPECT_TRUE(forwarding.loop.run_until_done(second->data->write(std::string_view("hi"))));
  EXPECT_TRUE(forwarding.loop.run_until_done(first->error->write(std::string_view("no"))));
  EXPECT_EQ(forwarding.receive(), "02" + hex_encode("hi"));
  EXPECT_EQ(forwarding.receive(), "01" + hex_encode("no"));
}

TEST(PortForwardChannels, the_socket_closes_when_all_connections_have_ended) {
  Forwarding forwarding("v4.channel.k8s.io");
  auto first = forwarding.accept();
  auto second = forwarding.accept();
  io::Scope scope(forwarding.loop);
  bool over = false;
  scope.spawn([](PortForwardServer& server, bool& flag) -> io::Task<> {
    EXPECT_FALSE(co_await server.accept());
    flag = true;
  }(*forwarding.server, over));
  first.reset();
  forwarding.loop.settle();
  EXPECT_FALSE(over);
  second.reset();
  for (int i = 0; i < 4; ++i) forwarding.receive();
  EXPECT_EQ(forwarding.receive(), "closed");
  EXPECT_TRUE(over);
}

TEST(PortForwardChannels, a_client_that_goes_ends_every_connection) {
  Forwarding forwarding("v4.channel.k8s.io", "?port=80,81");
  auto first = forwarding.accept();
  auto second = forwarding.accept();
  EXPECT_TRUE(forwarding.loop.run_until_done(forwarding.client->close(1000, "")));
  EXPECT_EQ(Forwarding::read(forwarding.loop, *first->data), "");
  EXPECT_EQ(Forwarding::read(forwarding.loop, *second->data), "");
  EXPECT_FALSE(forwarding.accept());
}

TEST(PortForwardChannels, messages_may_be_base64) {
  Forwarding forwarding("v4.base64.channel.k8s.io", "?ports=80");
  auto connection = forwarding.accept();
  ASSERT_TRUE(connection);
  EXPECT_EQ(forwarding.receive(), hex_encode("0UAA="));
  EXPECT_EQ(forwarding.receive(), hex_encode("1UAA="));
  forwarding.send(Kind::text, "0aGVsbG8=");
  EXPECT_EQ(Forwarding::read(forwarding.loop, *connection->data), "hello");
  forwarding.send(Kind::text, "0%%%");
  EXPECT_EQ(Forwarding::read(forwarding.loop, *connection->data), "");
}

TEST(PortForwardChannels, what_has_no_reader_is_passed_over) {
  Forwarding forwarding("", "?ports=80");
  EXPECT_FALSE(forwarding.answer.headers.has("Sec-WebSocket-Protocol"));
  auto connection = forwarding.accept();
  ASSERT_TRUE(connection);
  for (const std::string_view message : {std::string_view(), std::string_view("\1x"), std::string_view("\2x"),
                                         std::string_view("\xffx"), std::string_view("\0y", 2)})
    forwarding.send(Kind::binary, message);
  EXPECT_EQ(Forwarding::read(forwarding.loop, *connection->data), "y");
}

TEST(PortForwardChannels, a_slow_reader_stops_the_client_and_loses_nothing) {
  Forwarding forwarding("v4.channel.k8s.io", "?ports=80");
  auto connection = forwarding.accept();
  io::Scope scope(forwarding.loop);
  bool sent = false;
  scope.spawn([](WebSocket& client, bool& flag) -> io::Task<> {
    const std::string message = '\0' + std::string(10'000, 'x');
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(co_await client.write(Kind::binary, message));
    flag = true;
  }(*forwarding.client, sent));
  forwarding.loop.settle();
  EXPECT_FALSE(sent);
  std::size_t got = 0;
  while (got < 1'000'000) {
    const std::string piece = Forwarding::read(forwarding.loop, *connection->data);
    if (piece.empty()) break;
    got += piece.size();
  }
  EXPECT_EQ(got, 1'000'000U);
  EXPECT_TRUE(sent);
}

TEST(PortForwardChannels, a_request_names_its_ports) {
  const auto ports = [](std::string_view query) {
    const auto found = forwarded_ports(Query::parse(query));
    return found ? fmt::format("{}", fmt::join(*found, " ")) : found.error().message();
  };
  EXPECT_EQ(ports("ports=80&ports=81"), "80 81");
  EXPECT_EQ(ports("port=80,81"), "80 81");
  EXPECT_EQ(ports("x=1"), "query parameter \"port\" is required");
  EXPECT_EQ(ports("ports=0"), "ports: \"0\" is no port");
  EXPECT_EQ(ports("port=80,"), "port: \"\" is no port");
  EXPECT_EQ(ports("ports=65536"), "ports: \"65536\" is no port");
  std::string many = "port=1";
  for (int i = 0; i < 64; ++i) many += ",1";
  EXPECT_EQ(ports(many), "at most 64 ports are forwarded at once");
  EXPECT_EQ(Forwarding("v4.channel.k8s.io", "").refusal, "query parameter \"port\" is required");
}

}  // namespace
}  // namespace aloft::http
