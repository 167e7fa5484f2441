// Remote sessions with both ends ours, over SPDY and WebSocket, and the proxy between a client and a runtime.
#include "http/remote_session.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/random.h"
#include "http/channels.h"
#include "http/spdy.h"
#include "http/spdy_codec.h"
#include "http/testing/upgrade_fakes.h"
#include "http/websocket.h"
#include "io/scope.h"
#include "io/sim_loop.h"

namespace aloft::http {
namespace {

constexpr RemoteOptions everything{.with_stdin = true, .with_stdout = true, .with_stderr = true};
constexpr RemoteOptions terminal{.with_stdin = true, .with_stdout = true, .with_stderr = true, .tty = true};

// A runtime that a client connects to over SPDY; its server's end shows up in `server`.
struct ExecRuntime {
  explicit ExecRuntime(io::SimLoop& on, RemoteOptions with)
      : loop(on),
        options(with),
        scope(on),
        client(on, [this](RemoteHead head) { return accept(std::move(head)); }) {}
  using RemoteHead = RequestHead;

  Client::Upgraded accept(RequestHead head) {
    auto [near_end, far_end] = io::make_stream_pair(loop);
    request = std::make_unique<testing::FakeRequest>(std::move(head));
    responder = std::make_unique<testing::FakeResponder>(std::move(far_end));
    scope.spawn(serve());
    Client::Upgraded upgraded;
    if (responder->answer) {
      upgraded.head = *responder->answer;
      upgraded.stream = std::move(near_end);
    } else {
      upgraded.head.status = 403;
      upgraded.body = "no\n";
    }
    return upgraded;
  }
  io::Task<> serve() {
    auto session = co_await accept_remote_session(loop, *request, *responder, options, random);
    if (session) {
      server = std::move(*session);
    } else {
      refusal = session.error();
    }
  }

  io::SimLoop& loop;
  RemoteOptions options;
  SeededRandom random{1};
  std::unique_ptr<testing::FakeRequest> request;
  std::unique_ptr<testing::FakeResponder> responder;
  std::unique_ptr<RemoteSession> server;
  std::optional<Error> refusal;
  io::Scope scope;
  testing::FakeClient client;
};

struct RemoteEnds {
  explicit RemoteEnds(RemoteOptions options) : runtime(loop, options) {
    auto connected = loop.run_until_done(connect_remote_session(runtime.client, "/exec/token", options));
    if (connected) client = std::move(*connected);
    loop.settle();
  }
  io::SimLoop loop;
  ExecRuntime runtime;
  std::unique_ptr<RemoteClient> client;
};

template <class Read>
std::string read_text(io::SimLoop& loop, Read read) {
  std::array<std::byte, 1000> buffer;
  const auto size = loop.run_until_done(read(std::span<std::byte>(buffer)));
  return size ? std::string(as_text(std::span(buffer).first(*size))) : "error: " + size.error().message();
}
std::string read_stdin(io::SimLoop& loop, RemoteSession& session) {
  return read_text(loop, [&](std::span<std::byte> into) { return session.read_stdin(into); });
}
std::string read_stdout(io::SimLoop& loop, RemoteClient& client) {
  return read_text(loop, [&](std::span<std::byte> into) { return client.read_stdout(into); });
}
std::string read_stderr(io::SimLoop& loop, RemoteClient& client) {
  return read_text(loop, [&](std::span<std::byte> into) { return client.read_stderr(into); });
}

io::Task<> finish(RemoteSession& session, std::string status) {
  static_cast<void>(co_await session.finish(std::move(status)));
}

TEST(RemoteSession, the_standard_streams_and_the_outcome_pass_over_spdy) {
  RemoteEnds ends(everything);
  ASSERT_TRUE(ends.client && ends.runtime.server);
  RemoteSession& server = *ends.runtime.server;
  EXPECT_EQ(ends.runtime.responder->answer->headers.get("X-Stream-Protocol-Version"), "v4.channel.k8s.io");
  ASSERT_TRUE(ends.loop.run_until_done(ends.client->write_stdin("input")));
  ends.client->close_stdin();
  EXPECT_EQ(read_stdin(ends.loop, server), "input");
  EXPECT_EQ(read_stdin(ends.loop, server), "");
  ASSERT_TRUE(ends.loop.run_until_done(server.write_stdout("out")));
  ASSERT_TRUE(ends.loop.run_until_done(server.write_stderr("err")));
  io::Scope scope(ends.loop);
  scope.spawn(finish(server, "{\"status\":\"Success\"}"));
  EXPECT_EQ(read_stdout(ends.loop, *ends.client), "out");
  EXPECT_EQ(read_stdout(ends.loop, *ends.client), "");
  EXPECT_EQ(read_stderr(ends.loop, *ends.client), "err");
  EXPECT_EQ(read_stderr(ends.loop, *ends.client), "");
  EXPECT_EQ(ends.loop.run_until_done(ends.client->wait_status()).value(), "{\"status\":\"Success\"}");
}

TEST(RemoteSession, streams_that_were_not_asked_for_are_empty) {
  const RemoteOptions only_stdout{.with_stdout = true};
  RemoteEnds ends(only_stdout);
  ASSERT_TRUE(ends.client && ends.runtime.server);
  EXPECT_EQ(read_stdin(ends.loop, *ends.runtime.server), "");
  EXPECT_EQ(read_stderr(ends.loop, *ends.client), "");
  EXPECT_TRUE(ends.loop.run_until_done(ends.client->write_stdin("dropped")));
  EXPECT_TRUE(ends.loop.run_until_done(ends.runtime.server->write_stderr("dropped")));
}

TEST(RemoteSession, sizes_reach_a_terminal_and_its_end_is_noticed) {
  RemoteEnds ends(terminal);
  ASSERT_TRUE(ends.client && ends.runtime.server);
  const TerminalSize size{120, 50};
  ASSERT_TRUE(ends.loop.run_until_done(ends.client->resize(size)));
  EXPECT_EQ(ends.loop.run_until_done(ends.runtime.server->next_resize()), size);
  ends.client.reset();
  EXPECT_EQ(ends.loop.run_until_done(ends.runtime.server->next_resize()), std::nullopt);
  EXPECT_TRUE(read_stdin(ends.loop, *ends.runtime.server).starts_with("error: the client has gone"));
}

TEST(RemoteSession, finish_returns_as_soon_as_the_client_has_closed) {
  RemoteEnds ends(everything);
  const Time before = ends.loop.now();
  ASSERT_TRUE(ends.loop.run_until_done(ends.runtime.server->finish("")));
  EXPECT_EQ(ends.loop.now() - before, Duration(0s));
  EXPECT_EQ(ends.loop.run_until_done(ends.client->wait_status()).value(), "");
}

TEST(RemoteSession, a_client_that_never_closes_holds_finish_for_five_seconds_only) {
  io::SimLoop loop;
  const RemoteOptions only_stdout{.with_stdout = true};
  ExecRuntime runtime(loop, only_stdout);
  RequestHead head;
  head.headers = {
      {"Connection", "Upgrade"}, {"Upgrade", "SPDY/3.1"}, {"X-Stream-Protocol-Version", "v4.channel.k8s.io"}};
  const Client::Upgraded upgraded = runtime.accept(std::move(head));
  SpdySerializer serializer;
  std::string opening;
  for (const auto& [id, type] : {std::pair(1U, "error"), std::pair(3U, "stdout")}) {
    SpdySynStream syn;
    syn.stream = id;
    syn.headers.add("streamtype", type);
    opening += serializer.serialize(syn);
  }
  ASSERT_TRUE(loop.run_until_done(upgraded.stream->write(std::string_view(opening))));
  loop.settle();
  ASSERT_TRUE(runtime.server);
  const Time before = loop.now();
  ASSERT_TRUE(loop.run_until_done(runtime.server->finish("")));
  EXPECT_EQ(loop.now() - before, Duration(5s));
}

TEST(RemoteSession, a_client_that_opens_too_few_streams_is_given_up_after_thirty_seconds) {
  io::SimLoop loop;
  ExecRuntime runtime(loop, terminal);
  auto connected = loop.run_until_done(connect_remote_session(runtime.client, "/exec/token", everything));
  ASSERT_TRUE(connected);
  loop.run_for(29s);
  EXPECT_FALSE(runtime.refusal);
  loop.run_for(2s);
  ASSERT_TRUE(runtime.refusal);
  EXPECT_EQ(runtime.refusal->code(), Code::timeout);
}

TEST(RemoteSession, a_connection_that_breaks_is_no_outcome) {
  io::SimLoop loop;
  std::unique_ptr<SpdySession> session;
  std::vector<std::unique_ptr<SpdyStream>> streams;
  io::Scope scope(loop);
  testing::FakeClient client(loop, [&](RequestHead head) {
    auto [near_end, far_end] = io::make_stream_pair(loop);
    session = SpdySession::make(loop, std::move(far_end), SpdySession::Side::server);
    scope.spawn(
        [](SpdySession& running) -> io::Task<> { static_cast<void>(co_await running.run()); }(*session));
    scope.spawn([](SpdySession& from, std::vector<std::unique_ptr<SpdyStream>>& into) -> io::Task<> {
      for (auto stream = co_await from.accept(); stream; stream = co_await from.accept()) {
        into.push_back(std::move(stream));
      }
    }(*session, streams));
    Client::Upgraded upgraded;
    upgraded.head.status = 101;
    upgraded.head.headers.add("X-Stream-Protocol-Version",
                              std::string(head.headers.get("X-Stream-Protocol-Version")));
    upgraded.stream = std::move(near_end);
    return upgraded;
  });
  auto connected = loop.run_until_done(connect_remote_session(client, "/exec/token", everything));
  ASSERT_TRUE(connected);
  EXPECT_EQ(streams.size(), 4U);
  scope.cancel();
  session.reset();
  EXPECT_EQ(loop.run_until_done((*connected)->wait_status()).error().code(), Code::unavailable);
}

RequestHead upgrade_head(std::string protocol) {
  RequestHead head;
  head.method = "GET";
  head.headers = {{"Connection", "Upgrade"},
                  {"Upgrade", "websocket"},
                  {"Sec-WebSocket-Version", "13"},
                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                  {"Sec-WebSocket-Protocol", std::move(protocol)}};
  return head;
}

TEST(RemoteSession, a_refusal_leaves_the_responder_for_the_caller) {
  io::SimLoop loop;
  SeededRandom random(1);
  RequestHead plain;
  plain.method = "GET";
  RequestHead old_spdy;
  old_spdy.headers = {
      {"Connection", "Upgrade"}, {"Upgrade", "SPDY/3.1"}, {"X-Stream-Protocol-Version", "channel.k8s.io"}};
  const std::pair<RequestHead, Code> cases[]{{plain, Code::bad_request},
                                             {old_spdy, Code::forbidden},
                                             {upgrade_head("base64.channel.k8s.io"), Code::forbidden}};
  for (const auto& [head, code] : cases) {
    testing::FakeRequest request(head);
    testing::FakeResponder responder(nullptr);
    const auto session =
        loop.run_until_done(accept_remote_session(loop, request, responder, everything, random));
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code(), code);
    EXPECT_FALSE(responder.begun());
  }
}

TEST(RemoteSession, what_a_runtime_refuses_with_is_what_the_caller_sees) {
  io::SimLoop loop;
  testing::FakeClient client(loop, [](RequestHead) {
    Client::Upgraded upgraded;
    upgraded.head.status = 404;
    upgraded.body = "no such token\n";
    return upgraded;
  });
  const auto session = loop.run_until_done(connect_remote_session(client, "/exec/x", everything));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code(), Code::not_found);
  EXPECT_TRUE(session.error().message().ends_with("no such token")) << session.error().message();
}

// A person's client over WebSocket, our proxy, and a runtime over SPDY behind it.
struct ProxiedSession {
  explicit ProxiedSession(RemoteOptions options) : runtime(loop, options), scope(loop) {
    auto [near_end, far_end] = io::make_stream_pair(loop);
    person = WebSocket::make(loop, std::move(near_end), WebSocket::Side::client, random);
    request = std::make_unique<testing::FakeRequest>(upgrade_head("v5.channel.k8s.io"));
    responder = std::make_unique<testing::FakeResponder>(std::move(far_end));
    auto accepted = loop.run_until_done(accept_remote_session(loop, *request, *responder, options, random));
    if (accepted) server = std::move(*accepted);
    auto connected = loop.run_until_done(connect_remote_session(runtime.client, "/exec/token", options));
    if (connected) client = std::move(*connected);
    scope.spawn(proxy());
    loop.settle();
  }
  io::Task<> proxy() { outcome = co_await proxy_remote_session(loop, *server, *client); }
  void type(std::string_view message) {
    ASSERT_TRUE(loop.run_until_done(person->write(WebSocketMessage::Kind::binary, message)));
  }
  std::string see() {
    const auto message = loop.run_until_done(person->read());
    return message && message->has_value() ? (*message)->data : "(end)";
  }
  io::SimLoop loop;
  SeededRandom random{1};
  ExecRuntime runtime;
  std::unique_ptr<testing::FakeRequest> request;
  std::unique_ptr<testing::FakeResponder> responder;
  std::unique_ptr<WebSocket> person;
  std::unique_ptr<RemoteSession> server;
  std::unique_ptr<RemoteClient> client;
  std::optional<Result<>> outcome;
  io::Scope scope;
};

TEST(RemoteProxy, everything_passes_between_a_websocket_client_and_a_spdy_runtime) {
  ProxiedSession proxied(terminal);
  ASSERT_TRUE(proxied.server && proxied.client && proxied.runtime.server);
  RemoteSession& inside = *proxied.runtime.server;
  EXPECT_EQ(proxied.see(), "\1");
  proxied.type(std::string_view("\0date\n", 6));
  proxied.type("\4{\"Width\":80,\"Height\":24}");
  proxied.type(std::string_view("\xff\0", 2));
  EXPECT_EQ(read_stdin(proxied.loop, inside), "date\n");
  EXPECT_EQ(read_stdin(proxied.loop, inside), "");
  EXPECT_EQ(proxied.loop.run_until_done(inside.next_resize()), (TerminalSize{80, 24}));
  ASSERT_TRUE(proxied.loop.run_until_done(inside.write_stdout("Sunday\n")));
  EXPECT_EQ(proxied.see(), "\1Sunday\n");
  io::Scope scope(proxied.loop);
  scope.spawn(finish(inside, "{\"status\":\"Failure\"}"));
  EXPECT_EQ(proxied.see(), "\3{\"status\":\"Failure\"}");
  EXPECT_EQ(proxied.see(), "(end)");
  proxied.loop.settle();
  ASSERT_TRUE(proxied.outcome);
  EXPECT_TRUE(proxied.outcome->has_value());
}

TEST(RemoteProxy, output_that_came_before_the_outcome_is_never_lost) {
  ProxiedSession proxied(everything);
  ASSERT_TRUE(proxied.runtime.server);
  io::Scope scope(proxied.loop);
  scope.spawn([](RemoteSession& inside) -> io::Task<> {
    const std::string line(1000, 'x');
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(co_await inside.write_stdout(line));
    static_cast<void>(co_await inside.finish("done"));
  }(*proxied.runtime.server));
  std::size_t got = 0;
  std::string status;
  for (std::string message = proxied.see(); message != "(end)"; message = proxied.see()) {
    if (message[0] == '\1') got += message.size() - 1;
    if (message[0] == '\3') status = message.substr(1);
  }
  EXPECT_EQ(got, 1'000'000U);
  EXPECT_EQ(status, "done");
}

TEST(RemoteProxy, a_client_that_goes_ends_the_proxy) {
  ProxiedSession proxied(everything);
  proxied.person.reset();
  proxied.loop.settle();
  ASSERT_TRUE(proxied.outcome);
  EXPECT_EQ(proxied.outcome->error().code(), Code::cancelled);
}

TEST(RemoteProxy, a_command_that_stops_reading_still_gets_to_say_how_it_ended) {
  ProxiedSession proxied(everything);
  ASSERT_TRUE(proxied.runtime.server);
  io::Scope scope(proxied.loop);
  scope.spawn([](WebSocket& person) -> io::Task<> {
    const std::string message = '\0' + std::string(20'000, 'x');
    for (int i = 0; i < 100; ++i) {
      if (!co_await person.write(WebSocketMessage::Kind::binary, message)) co_return;
    }
  }(*proxied.person));
  proxied.loop.settle();
  scope.spawn(finish(*proxied.runtime.server, "enough"));
  EXPECT_EQ(proxied.see(), "\1");
  EXPECT_EQ(proxied.see(), "\3enough");
}

}  // namespace
}  // namespace aloft::http
