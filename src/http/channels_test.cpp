// Channel framing over WebSocket as clients and servers of both versions speak it.
#include "http/channels.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.h"
#include "base/random.h"
#include "http/testing/recording.h"
#include "http/websocket_codec.h"
#include "io/scope.h"
#include "io/sim_loop.h"

namespace aloft::http {
namespace {

using Kind = WebSocketMessage::Kind;

struct Session {
  explicit Session(RemoteOptions options, ChannelVersion version = ChannelVersion::v5) {
    auto [near_end, far_end] = io::make_stream_pair(loop);
    client = WebSocket::make(loop, std::move(near_end), WebSocket::Side::client, random);
    auto socket = WebSocket::make(loop, std::move(far_end), WebSocket::Side::server, random);
    server = make_channel_session(loop, std::move(socket), options, version);
  }
  void send(std::string_view message) {
    ASSERT_TRUE(loop.run_until_done(client->write(Kind::binary, message)));
    loop.settle();
  }
  std::string receive() {
    const auto message = loop.run_until_done(client->read());
    return message && message->has_value() ? (*message)->data : "(end)";
  }
  std::string read_stdin() {
    std::array<std::byte, 100> buffer;
    const auto size = loop.run_until_done(server->read_stdin(buffer));
    return size ? std::string(as_text(std::span(buffer).first(*size))) : "error: " + size.error().message();
  }
  io::SimLoop loop;
  SeededRandom random{1};
  std::unique_ptr<WebSocket> client;
  std::unique_ptr<RemoteSession> server;
};

TEST(Channels, the_first_message_is_empty_and_names_the_first_stream_that_is_written) {
  EXPECT_EQ(Session({.with_stdout = true, .with_stderr = true}).receive(), std::string("\1"));
  EXPECT_EQ(Session({.with_stderr = true}).receive(), std::string("\2"));
  EXPECT_EQ(Session({.with_stdin = true}).receive(), std::string("\3"));
}

TEST(Channels, streams_and_outcome_arrive_on_their_channels_and_then_the_socket_closes) {
  Session session({.with_stdout = true, .with_stderr = true});
  io::Scope scope(session.loop);
  scope.spawn([](RemoteSession& server) -> io::Task<> {
    EXPECT_TRUE(co_await server.write_stdout("out"));
    EXPECT_TRUE(co_await server.write_stderr("err"));
    std::string status = "{\"status\":\"Success\"}";
    EXPECT_TRUE(co_await server.finish(std::move(status)));
  }(*session.server));
  for (const std::string_view expected : {"\1", "\1out", "\2err", "\3{\"status\":\"Success\"}", "(end)"}) {
    EXPECT_EQ(session.receive(), expected);
  }
  session.loop.settle();
  EXPECT_EQ(scope.size(), 0U);
}

TEST(Channels, a_server_writes_what_the_recorded_one_wrote) {
  const std::string path = std::string(ALOFT_SHARED_DIR) + "/k8s/golden/kubectl-1.32-session.jsonl";
  const auto recorded = testing::recorded_frames(path, "exec");
  if (recorded.empty()) GTEST_SKIP() << "no recordings at " << path;
  std::string expected;
  for (const auto& frame : recorded) expected += frame.from_client ? "" : frame.bytes;

  io::SimLoop loop;
  SeededRandom random(1);
  auto [near_end, far_end] = io::make_stream_pair(loop);
  auto socket = WebSocket::make(loop, std::move(far_end), WebSocket::Side::server, random);
  auto server = make_channel_session(loop, std::move(socket), {.with_stdout = true, .with_stderr = true},
                                     ChannelVersion::v5);
  ASSERT_TRUE(loop.run_until_done(server->write_stdout("/bin/busybox\n")));
  std::string status = R"({"metadata":{},"status":"Success"})";
  ASSERT_TRUE(loop.run_until_done(server->finish(std::move(status))));
  server.reset();
  EXPECT_EQ(hex_encode(loop.run_until_done(io::read_all(*near_end, 1000)).value()), hex_encode(expected));
}

TEST(Channels, stdin_ends_where_version_5_closes_it) {
  Session session({.with_stdin = true});
  session.send(std::string_view("\0hello", 6));
  session.send(std::string_view("\xff\0", 2));
  EXPECT_EQ(session.read_stdin(), "hello");
  EXPECT_EQ(session.read_stdin(), "");
}

TEST(Channels, version_4_knows_no_closing_of_a_channel) {
  Session session({.with_stdin = true}, ChannelVersion::v4);
  session.send(std::string_view("\xff\0", 2));
  session.send(std::string_view("\0still", 6));
  EXPECT_EQ(session.read_stdin(), "still");
}

TEST(Channels, a_client_that_goes_before_closing_stdin_is_told_apart_from_an_end) {
  Session session({.with_stdin = true});
  ASSERT_TRUE(session.loop.run_until_done(session.client->close(1000, "")));
  EXPECT_EQ(session.read_stdin(), "error: the client has gone");
  EXPECT_EQ(session.loop.run_until_done(session.server->next_resize()), std::nullopt);
}

TEST(Channels, of_several_sizes_only_the_newest_is_given) {
  Session session({.with_stdin = true, .tty = true});
  session.send("\4{\"Width\":80,\"Height\":24}\n");
  session.send("\4{\"Width\":100,\"Height\":40}");
  EXPECT_EQ(session.loop.run_until_done(session.server->next_resize()), (TerminalSize{100, 40}));
}

TEST(Channels, a_slow_reader_of_stdin_stops_the_client_and_loses_nothing) {
  Session session({.with_stdin = true});
  io::Scope scope(session.loop);
  bool done = false;
  scope.spawn([](WebSocket& client, bool& flag) -> io::Task<> {
    const std::string message = '\0' + std::string(10'000, 'x');
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(co_await client.write(Kind::binary, message));
    EXPECT_TRUE(co_await client.write(Kind::binary, std::string_view("\xff\0", 2)));
    flag = true;
  }(*session.client, done));
  session.loop.settle();
  EXPECT_FALSE(done);
  std::size_t got = 0;
  for (std::string piece = session.read_stdin(); !piece.empty(); piece = session.read_stdin())
    got += piece.size();
  EXPECT_EQ(got, 1'000'000U);
  EXPECT_TRUE(done);
}

TEST(Channels, an_outcome_is_delivered_though_stdin_is_full_of_what_nobody_reads) {
  Session session({.with_stdin = true, .with_stdout = true});
  io::Scope scope(session.loop);
  scope.spawn([](WebSocket& client) -> io::Task<> {
    const std::string message = '\0' + std::string(10'000, 'x');
    for (int i = 0; i < 50; ++i) static_cast<void>(co_await client.write(Kind::binary, message));
  }(*session.client));
  session.loop.settle();
  scope.spawn([](RemoteSession& server) -> io::Task<> {
    std::string status = "gone";
    EXPECT_TRUE(co_await server.finish(std::move(status)));
  }(*session.server));
  EXPECT_EQ(session.receive(), "\1");
  EXPECT_EQ(session.receive(), "\3gone");
  EXPECT_EQ(session.receive(), "(end)");
}

TEST(Channels, messages_that_make_no_sense_are_passed_over_or_refused) {
  const struct {
    std::string message;
    ChannelVersion version;
    bool refused;
  } cases[]{
      {"", ChannelVersion::v5, false},         {"\1from a client", ChannelVersion::v5, false},
      {"\x7f", ChannelVersion::v5, false},     {"\xff", ChannelVersion::v5, true},
      {"\xff\1\2", ChannelVersion::v5, true},  {"\xff\1", ChannelVersion::v5, false},
      {"\xff\1\2", ChannelVersion::v4, false},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_channel_message(c.message, c.version);
    EXPECT_EQ(!parsed, c.refused) << hex_encode(c.message);
    EXPECT_FALSE(parsed && parsed->has_value()) << hex_encode(c.message);
  }
}

TEST(TerminalSizes, objects_read_the_same_however_they_are_cut) {
  EXPECT_TRUE(
      rc::check([](const std::vector<std::pair<std::uint16_t, std::uint16_t>>& sizes, std::uint8_t cut) {
        std::string text;
        for (const auto& [width, height] : sizes) text += terminal_size_json({width, height});
        TerminalSizeParser parser;
        std::vector<std::pair<std::uint16_t, std::uint16_t>> got;
        for (std::size_t at = 0; at < text.size(); at += 1 + cut % 7) {
          parser.add(std::string_view(text).substr(at, 1 + cut % 7));
          for (auto size = parser.next(); size && size->has_value(); size = parser.next()) {
            got.emplace_back((*size)->width, (*size)->height);
          }
        }
        RC_ASSERT(got == sizes);
      }));
}

TEST(TerminalSizes, anything_but_two_small_numbers_is_refused) {
  for (const std::string_view text :
       {"[1]}", "{\"Width\":-1}", "{\"Width\":70000}", "{\"Width\":1.5}", "{Width:1}", "{\"Width\":1,}",
        "{\"Width\" 1}", "x{\"Width\":1}", "{\"Width\":\"1\"}"}) {
    TerminalSizeParser parser;
    parser.add(text);
    EXPECT_FALSE(parser.next()) << text;
  }
  TerminalSizeParser endless;
  endless.add(std::string(2000, ' '));
  EXPECT_FALSE(endless.next());
}

}  // namespace
}  // namespace aloft::http
