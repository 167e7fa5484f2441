// Forwarded ports with both ends ours: pairing, tunnels, the proxy, and a recorded client.
#include "http/portforward.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/random.h"
#include "http/spdy.h"
#include "http/testing/recording.h"
#include "http/testing/upgrade_fakes.h"
#include "http/websocket.h"
#include "io/scope.h"
#include "io/sim_loop.h"

namespace aloft::http {
namespace {

// A runtime that clients connect to; its server's end shows up in `server`.
struct ForwardingRuntime {
  explicit ForwardingRuntime(io::SimLoop& on)
      : loop(on), scope(on), client(on, [this](RequestHead head) { return accept(std::move(head)); }) {}
  Client::Upgraded accept(RequestHead head) {
    auto [near_end, far_end] = io::make_stream_pair(loop);
    request = std::make_unique<testing::FakeRequest>(std::move(head));
    responder = std::make_unique<testing::FakeResponder>(std::move(far_end));
    scope.spawn(serve());
    Client::Upgraded upgraded;
    upgraded.head = *responder->answer;
    upgraded.stream = std::move(near_end);
    return upgraded;
  }
  io::Task<> serve() {
    auto accepted = co_await accept_portforward(loop, *request, *responder, random);
    if (accepted) server = std::move(*accepted);
  }
  io::SimLoop& loop;
  SeededRandom random{1};
  std::unique_ptr<testing::FakeRequest> request;
  std::unique_ptr<testing::FakeResponder> responder;
  std::unique_ptr<PortForwardServer> server;
  io::Scope scope;
  testing::FakeClient client;
};

io::Task<> open_into(PortForwardClient& client, std::uint16_t port,
                     std::optional<Result<ForwardedConnection>>& into) {
  auto opened = co_await client.open(port);
  into.emplace(std::move(opened));
}

struct ForwardingEnds {
  ForwardingEnds() : runtime(loop), scope(loop) {
    auto connected = loop.run_until_done(connect_portforward(runtime.client, "/portforward/token"));
    if (connected) client = std::move(*connected);
  }
  io::SimLoop loop;
  ForwardingRuntime runtime;
  std::unique_ptr<PortForwardClient> client;
  io::Scope scope;
};

void write(io::SimLoop& loop, io::Stream& stream, std::string_view text) {
  EXPECT_TRUE(loop.run_until_done(stream.write(text)));
}

TEST(PortForward, connections_pair_up_and_carry_bytes_both_ways) {
  ForwardingEnds ends;
  std::optional<Result<ForwardedConnection>> first, second;
  ends.scope.spawn(open_into(*ends.client, 80, first));
  ends.scope.spawn(open_into(*ends.client, 5432, second));
  auto one = ends.loop.run_until_done(ends.runtime.server->accept());
  auto two = ends.loop.run_until_done(ends.runtime.server->accept());
  ends.loop.settle();
  ASSERT_TRUE(one && two && first && first->has_value() && second && second->has_value());
  EXPECT_EQ(one->port, 80);
  EXPECT_EQ(two->port, 5432);
  write(ends.loop, *(*first)->data, "to 80");
  (*first)->data->shutdown_write();
  write(ends.loop, *two->data, "from 5432");
  two->data->shutdown_write();
  EXPECT_EQ(ends.loop.run_until_done(io::read_all(*one->data, 100)).value(), "to 80");
  EXPECT_EQ(ends.loop.run_until_done(io::read_all(*(*second)->data, 100)).value(), "from 5432");
  EXPECT_EQ(ends.loop.run_until_done(io::read_all(*one->error, 100)).value(), "");
}

TEST(PortForward, streams_that_make_no_connection_are_reset) {
  io::SimLoop loop;
  SeededRandom random(1);
  RequestHead head;
  head.headers = {{"Connection", "Upgrade"},
                  {"Upgrade", "SPDY/3.1"},
                  {"X-Stream-Protocol-Version", "portforward.k8s.io"}};
  auto [near_end, far_end] = io::make_stream_pair(loop);
  testing::FakeRequest request(head);
  testing::FakeResponder responder(std::move(far_end));
  auto server = loop.run_until_done(accept_portforward(loop, request, responder, random));
  ASSERT_TRUE(server);
  auto client = SpdySession::make(loop, std::move(near_end), SpdySession::Side::client);
  io::Scope scope(loop);
  scope.spawn([](SpdySession& session) -> io::Task<> { static_cast<void>(co_await session.run()); }(*client));
  scope.spawn([](PortForwardServer& accepting) -> io::Task<> {
    EXPECT_FALSE(co_await accepting.accept());
  }(**server));
  const Headers cases[]{{{"streamtype", "data"}, {"port", "80"}},
                        {{"streamtype", "data"}, {"requestid", "1"}},
                        {{"streamtype", "data"}, {"requestid", "1"}, {"port", "0"}},
                        {{"streamtype", "data"}, {"requestid", "1"}, {"port", "65536"}},
                        {{"streamtype", "data"}, {"requestid", "1"}, {"port", "80x"}},
                        {{"streamtype", "stdin"}, {"requestid", "1"}, {"port", "80"}}};
  for (const Headers& headers : cases) {
    auto stream = loop.run_until_done(client->open(headers));
    ASSERT_TRUE(stream);
    std::array<std::byte, 1> one;
    EXPECT_EQ(loop.run_until_done((*stream)->read(one)).error().code(), Code::cancelled);
  }
  client->close();
  loop.settle();
}

RequestHead tunnel_head(std::string protocol) {
  RequestHead head;
  head.method = "GET";
  head.headers = {{"Connection", "Upgrade"},
                  {"Upgrade", "websocket"},
                  {"Sec-WebSocket-Version", "13"},
                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                  {"Sec-WebSocket-Protocol", std::move(protocol)}};
  return head;
}

TEST(PortForward, an_unknown_protocol_is_forbidden_without_an_answer) {
  io::SimLoop loop;
  SeededRandom random(1);
  testing::FakeRequest request(tunnel_head("v5.channel.k8s.io"));
  testing::FakeResponder responder(nullptr);
  const auto server = loop.run_until_done(accept_portforward(loop, request, responder, random));
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code(), Code::forbidden);
  EXPECT_FALSE(responder.begun());
}

TEST(PortForward, the_recorded_kubectl_finds_its_connection) {
  const std::string path = std::string(ALOFT_SHARED_DIR) + "/k8s/golden/kubectl-1.32-session.jsonl";
  const auto recorded = testing::recorded_frames(path, "port-forward");
  if (recorded.empty()) GTEST_SKIP() << "no recordings at " << path;
  io::SimLoop loop;
  SeededRandom random(1);
  auto [kubectl, far_end] = io::make_stream_pair(loop, 1 << 20);
  testing::FakeRequest request(tunnel_head("SPDY/3.1+portforward.k8s.io"));
  testing::FakeResponder responder(std::move(far_end));
  auto server = loop.run_until_done(accept_portforward(loop, request, responder, random));
  ASSERT_TRUE(server);
  EXPECT_EQ(responder.answer->headers.get("Sec-WebSocket-Protocol"), "SPDY/3.1+portforward.k8s.io");
  for (const auto& frame : recorded) {
    if (frame.from_client) write(loop, *kubectl, frame.bytes);
  }
  auto connection = loop.run_until_done((*server)->accept());
  ASSERT_TRUE(connection);
  EXPECT_GT(connection->port, 0);
  std::array<std::byte, 1000> buffer;
  const auto size = loop.run_until_done(connection->data->read(buffer));
  ASSERT_TRUE(size);
  EXPECT_TRUE(as_text(std::span(buffer).first(*size)).starts_with("GET / HTTP/1.1"));
  EXPECT_EQ(loop.run_until_done(io::read_all(*connection->error, 100)).value(), "");
}

// A person's client, our proxy and a runtime behind it.
struct ProxiedForwarding {
  ProxiedForwarding() : near_runtime(loop), far_runtime(loop), scope(loop) {
    auto person_side = loop.run_until_done(connect_portforward(near_runtime.client, "/api"));
    person = std::move(*person_side);
    auto runtime_side = loop.run_until_done(connect_portforward(far_runtime.client, "/runtime"));
    client = std::move(*runtime_side);
    scope.spawn(proxy());
  }
  io::Task<> proxy() {
    co_await proxy_portforward(loop, *near_runtime.server, *client);
    ended = true;
  }
  io::SimLoop loop;
  ForwardingRuntime near_runtime, far_runtime;
  std::unique_ptr<PortForwardClient> person, client;
  bool ended = false;
  io::Scope scope;
};

TEST(PortForwardProxy, a_connection_passes_with_both_half_closes) {
  ProxiedForwarding proxied;
  std::optional<Result<ForwardedConnection>> opened;
  proxied.scope.spawn(open_into(*proxied.person, 8080, opened));
  auto inside = proxied.loop.run_until_done(proxied.far_runtime.server->accept());
  proxied.loop.settle();
  ASSERT_TRUE(inside && opened && opened->has_value());
  EXPECT_EQ(inside->port, 8080);
  write(proxied.loop, *(*opened)->data, "question");
  (*opened)->data->shutdown_write();
  EXPECT_EQ(proxied.loop.run_until_done(io::read_all(*inside->data, 100)).value(), "question");
  write(proxied.loop, *inside->data, "answer");
  inside->data->shutdown_write();
  inside->error->shutdown_write();
  EXPECT_EQ(proxied.loop.run_until_done(io::read_all(*(*opened)->data, 100)).value(), "answer");
  EXPECT_EQ(proxied.loop.run_until_done(io::read_all(*(*opened)->error, 100)).value(), "");
}

TEST(PortForwardProxy, what_the_runtime_says_went_wrong_reaches_the_person) {
  ProxiedForwarding proxied;
  std::optional<Result<ForwardedConnection>> opened;
  proxied.scope.spawn(open_into(*proxied.person, 1, opened));
  auto inside = proxied.loop.run_until_done(proxied.far_runtime.server->accept());
  proxied.loop.settle();
  ASSERT_TRUE(inside && opened && opened->has_value());
  write(proxied.loop, *inside->error, "connection refused");
  inside->error->shutdown_write();
  inside->data->shutdown_write();
  EXPECT_EQ(proxied.loop.run_until_done(io::read_all(*(*opened)->error, 100)).value(), "connection refused");
  EXPECT_EQ(proxied.loop.run_until_done(io::read_all(*(*opened)->data, 100)).value(), "");
}

TEST(PortForwardProxy, a_runtime_that_has_gone_is_told_per_connection) {
  ProxiedForwarding proxied;
  proxied.far_runtime.server.reset();
  proxied.loop.settle();
  std::optional<Result<ForwardedConnection>> opened;
  proxied.scope.spawn(open_into(*proxied.person, 1, opened));
  proxied.loop.settle();
  ASSERT_TRUE(opened && opened->has_value());
  EXPECT_FALSE(proxied.loop.run_until_done(io::read_all(*(*opened)->error, 1000)).value().empty());
}

TEST(PortForwardProxy, it_ends_with_its_client) {
  ProxiedForwarding proxied;
  proxied.person.reset();
  proxied.loop.settle();
  EXPECT_TRUE(proxied.ended);
}

}  // namespace
}  // namespace aloft::http
