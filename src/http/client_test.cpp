// The client against our own server, in memory and on a clock that jumps: bodies both ways, connections that
// are kept, answers that are dropped. Every case runs over HTTP/1.1 and over HTTP/2.
#include <gtest/gtest.h>
#include <malloc.h>

#include "http/testing/exchange.h"
#include "io/timeout.h"

namespace aloft::http {
namespace {

using testing::FunctionHandler;
using testing::InMemoryServer;

class ClientAndServer : public ::testing::TestWithParam<int> {
 protected:
  ClientSettings settings() const {
    ClientSettings out;
    out.http2_prior_knowledge = GetParam() == 2;
    return out;
  }
  Result<std::string> whole(Client& client, RequestHead head, std::string body = {}) {
    auto response = loop.run_until_done(client.send(std::move(head), std::move(body)));
    if (!response) return fail(std::move(response).error());
    return loop.run_until_done((*response)->read_whole_body());
  }

  io::SimLoop loop;
  FunctionHandler echo = testing::make_echo();
};

INSTANTIATE_TEST_SUITE_P(Http, ClientAndServer, ::testing::Values(1, 2),
                         [](const auto& parameter) { return fmt::format("version_{}", parameter.param); });

TEST_P(ClientAndServer, carry_a_request_and_its_answer) {
  InMemoryServer server(loop, echo);
  const auto client = server.client(settings());
  auto response = loop.run_until_done(client->send(testing::request("PUT", "/x?y=1"), "body"));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ((*response)->head().status, 200);
  EXPECT_EQ((*response)->head().headers.get("served-by"), std::to_string(GetParam()));
  EXPECT_EQ(loop.run_until_done((*response)->read_whole_body()), "PUT /x?y=1 body");
}

TEST_P(ClientAndServer, use_one_connection_for_requests_one_after_another) {
  InMemoryServer server(loop, echo);
  const auto client = server.client(settings());
  for (int i = 0; i < 5; ++i) ASSERT_EQ(whole(*client, testing::get("/a")), "GET /a ");
  EXPECT_EQ(server.connections_made(), 1u);
}

TEST_P(ClientAndServer, carry_bodies_of_ten_mebibytes_both_ways) {
  InMemoryServer server(loop, echo);
  const auto client = server.client(settings());
  std::string body(10 * 1024 * 1024, 'a');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('b' + i % 20);
  const auto answer = whole(*client, testing::request("POST", "/"), body);
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_TRUE(*answer == "POST / " + body);
}

TEST_P(ClientAndServer, run_many_requests_at_once) {
  InMemoryServer server(loop, echo);
  const auto client = server.client(settings());
  std::vector<std::string> answers(100);
  const auto one = [&](std::size_t i) -> io::Task<> {
    auto response =
        co_await client->send(testing::request("POST", fmt::format("/{}", i)), std::string(1000, 'x'));
    if (!response) co_return;
    auto body = co_await (*response)->read_whole_body();
    if (body) answers[i] = body->substr(0, body->find(' ', 5));
  };
  {
    io::Scope scope(loop);
    for (std::size_t i = 0; i < answers.size(); ++i) scope.spawn(one(i));
    loop.run_until_done(scope.finish());
  }
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i], fmt::format("POST /{}", i));
  if (GetParam() == 2) {
    EXPECT_EQ(server.connections_made(), 1u);
  }
}

TEST_P(ClientAndServer, stream_an_answer_piece_by_piece_with_trailers) {
  FunctionHandler ticks([this](Request&, Responder& responder) -> io::Task<> {
    if (!co_await responder.begin(testing::head_with_status(200))) co_return;
    for (int i = 0; i < 3; ++i) {
      co_await loop.sleep(1s);
      SharedBytes tick(fmt::format("tick {}", i));
      if (!co_await responder.write(std::move(tick))) co_return;
    }
    Headers trailers = {{"X-Count", "3"}};
    [[maybe_unused]] const auto done = co_await responder.finish(std::move(trailers));
  });
  InMemoryServer server(loop, ticks);
  const auto client = server.client(settings());
  auto response = loop.run_until_done(client->send(testing::get("/"), {}));
  ASSERT_TRUE(response);
  std::vector<std::pair<Duration, std::string>> seen;
  const Time start = loop.now();
  for (;;) {
    const auto piece = loop.run_until_done((*response)->read_body());
    ASSERT_TRUE(piece) << piece.error().to_string();
    if (piece->empty()) break;
    seen.emplace_back(loop.now() - start, *piece);
  }
  const std::vector<std::pair<Duration, std::string>> expected = {
      {1s, "tick 0"}, {2s, "tick 1"}, {3s, "tick 2"}};
  EXPECT_EQ(seen, expected);
  EXPECT_EQ((*response)->trailers().get("x-count"), "3");
}

TEST_P(ClientAndServer, a_writer_waits_for_a_reader_that_does_not_read) {
  std::size_t written = 0;
  FunctionHandler flood([&written](Request&, Responder& responder) -> io::Task<> {
    if (!co_await responder.begin(testing::head_with_status(200))) co_return;
    const SharedBytes block(std::string(64 * 1024, 'x'));
    while (written < 100 * 1024 * 1024) {
      if (!co_await responder.write(block)) co_return;
      written += block.size();
    }
  });
  InMemoryServer server(loop, flood);
  const auto client = server.client(settings());
  auto response = loop.run_until_done(client->send(testing::get("/"), {}));
  ASSERT_TRUE(response);
  loop.run_for(10s);
  EXPECT_LT(written, 4u * 1024 * 1024);
  const std::size_t before = written;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(loop.run_until_done((*response)->read_body()));
  EXPECT_GT(written, before);
}

TEST_P(ClientAndServer, dropping_an_answer_tells_the_handler) {
  bool told = false;
  FunctionHandler waits([&told](Request&, Responder& responder) -> io::Task<> {
    if (!co_await responder.begin(testing::head_with_status(200))) co_return;
    co_await responder.gone();
    told = true;
  });
  InMemoryServer server(loop, waits);
  const auto client = server.client(settings());
  auto response = loop.run_until_done(client->send(testing::get("/watch"), {}));
  ASSERT_TRUE(response);
  loop.run_for(1s);
  EXPECT_FALSE(told);
  response->reset();
  loop.run_for(1s);
  EXPECT_TRUE(told);
}

TEST_P(ClientAndServer, dropping_a_request_before_its_answer_drops_the_handler) {
  struct Dropped {
    bool& flag;
    ~Dropped() { flag = true; }
  };
  bool dropped = false;
  FunctionHandler waits([this, &dropped](Request&, Responder&) -> io::Task<> {
    const Dropped guard{dropped};
    co_await loop.sleep(1h);
  });
  InMemoryServer server(loop, waits);
  const auto client = server.client(settings());
  const auto answer = loop.run_until_done(io::within(loop, 1s, client->send(testing::get("/"), {})));
  EXPECT_FALSE(answer);
  loop.run_for(10s);
  EXPECT_TRUE(dropped);
}

TEST_P(ClientAndServer, stream_a_request_while_the_handler_reads_it) {
  std::vector<std::string> seen;
  FunctionHandler reads([&seen](Request& request, Responder& responder) -> io::Task<> {
    for (;;) {
      const auto piece = co_await request.read_body();
      if (!piece) co_return;
      if (piece->empty()) break;
      seen.emplace_back(*piece);
    }
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(201), std::string("done"));
  });
  InMemoryServer server(loop, reads);
  const auto client = server.client(settings());
  auto exchange = loop.run_until_done(client->open(testing::request("POST", "/")));
  ASSERT_TRUE(exchange) << exchange.error().to_string();
  ASSERT_TRUE(loop.run_until_done(exchange->writer->write("first")));
  loop.run_for(1s);
  EXPECT_EQ(seen, std::vector<std::string>{"first"});
  ASSERT_TRUE(loop.run_until_done(exchange->writer->write("second")));
  ASSERT_TRUE(loop.run_until_done(exchange->writer->finish()));
  auto response = loop.run_until_done(exchange->response());
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ((*response)->head().status, 201);
  EXPECT_EQ(loop.run_until_done((*response)->read_whole_body()), "done");
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(ClientAndServer, a_body_beyond_the_limit_is_refused) {
  ServerSettings limits;
  limits.body_limit_bytes = 1000;
  InMemoryServer server(loop, echo, limits);
  const auto client = server.client(settings());
  auto response = loop.run_until_done(client->send(testing::request("POST", "/"), std::string(5000, 'x')));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ((*response)->head().status, 413);
}

TEST_P(ClientAndServer, a_head_beyond_the_limit_is_refused) {
  ServerSettings limits;
  limits.header_limit_bytes = 2000;
  InMemoryServer server(loop, echo, limits);
  const auto client = server.client(settings());
  RequestHead head = testing::get("/");
  head.headers.add("x-large", std::string(3000, 'x'));
  auto response = loop.run_until_done(client->send(std::move(head), {}));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ((*response)->head().status, 431);
}

TEST_P(ClientAndServer, a_kept_connection_that_the_server_closed_is_replaced) {
  ServerSettings impatient;
  impatient.idle_timeout = 5s;
  InMemoryServer server(loop, echo, impatient);
  const auto client = server.client(settings());
  ASSERT_EQ(whole(*client, testing::get("/a")), "GET /a ");
  loop.run_for(6s);
  EXPECT_EQ(whole(*client, testing::get("/b")), "GET /b ");
  EXPECT_EQ(server.connections_made(), 2u);
}

TEST_P(ClientAndServer, what_is_streamed_to_many_is_not_copied_for_each) {
  // One megabyte to a hundred peers that read nothing: what waits for them is the one buffer.
  const SharedBytes event(std::string(1'000'000, 'e'));
  FunctionHandler watch([&event](Request&, Responder& responder) -> io::Task<> {
    if (!co_await responder.begin(testing::head_with_status(200))) co_return;
    [[maybe_unused]] const auto written = co_await responder.write(event);
  });
  InMemoryServer server(loop, watch, {}, 1000);
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::unique_ptr<Response>> answers;
  const std::size_t before = ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(server.client(settings()));
    auto answer = loop.run_until_done(clients.back()->send(testing::get("/"), {}));
    ASSERT_TRUE(answer);
    answers.push_back(std::move(*answer));
  }
  loop.settle();
  // A client over HTTP/2 takes in a window of 1 MiB before it is read from, so only the first protocol shows
  // it.
  const std::size_t held = ::mallinfo2().uordblks + ::mallinfo2().hblkhd - before;
  if (GetParam() == 1) {
    EXPECT_LT(held, 100u * 64 * 1024);
  }
}

TEST_P(ClientAndServer, an_answer_may_outlive_its_client) {
  InMemoryServer server(loop, echo);
  auto client = server.client(settings());
  auto response = loop.run_until_done(client->send(testing::get("/a"), {}));
  ASSERT_TRUE(response);
  client.reset();
  EXPECT_EQ(loop.run_until_done((*response)->read_whole_body()), "GET /a ");
}

TEST_P(ClientAndServer, an_answer_whose_handler_fails_in_the_middle_is_an_error) {
  FunctionHandler breaks([](Request&, Responder& responder) -> io::Task<> {
    if (!co_await responder.begin(testing::head_with_status(200))) co_return;
    [[maybe_unused]] const auto written = co_await responder.write(SharedBytes("half"));
  });
  InMemoryServer server(loop, breaks);
  const auto client = server.client(settings());
  EXPECT_FALSE(whole(*client, testing::get("/")));
}

TEST_P(ClientAndServer, answers_without_body_are_complete_at_once) {
  FunctionHandler empty([](Request&, Responder& responder) -> io::Task<> {
    [[maybe_unused]] const auto sent = co_await responder.send(testing::head_with_status(204), SharedBytes());
  });
  InMemoryServer server(loop, empty);
  const auto client = server.client(settings());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(whole(*client, testing::request("DELETE", "/")), "");
  EXPECT_EQ(server.connections_made(), 1u);
}

TEST(Client, gives_up_a_server_that_does_not_answer_the_handshake) {
  io::SimLoop loop;
  std::vector<std::unique_ptr<io::Stream>> held;
  const Connector nobody = [&]() -> io::Task<Result<std::unique_ptr<io::Stream>>> {
    co_await loop.sleep(1h);
    co_return fail(Code::internal, "unreachable");
  };
  ClientSettings settings;
  settings.authority = "far.example";
  const auto client = Client::make(loop, nobody, settings);
  const auto answer = loop.run_until_done(client->send(testing::get("/"), {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Code::timeout);
  EXPECT_EQ(answer.error().message(), "connect far.example: no answer within 5s");
}

TEST(Client, upgrades_a_connection_or_tells_why_it_was_refused) {
  io::SimLoop loop;
  FunctionHandler tunnel([](Request& request, Responder& responder) -> io::Task<> {
    if (request.head().target == "/no") {
      [[maybe_unused]] const auto sent =
          co_await responder.send(testing::head_with_status(403), std::string("never"));
      co_return;
    }
    auto stream = co_await responder.upgrade(testing::head_with_status(101));
    if (!stream) co_return;
    [[maybe_unused]] const auto copied = co_await io::copy(**stream, **stream);
  });
  InMemoryServer server(loop, tunnel);
  const auto client = server.client();
  auto refused = loop.run_until_done(client->upgrade(testing::get("/no")));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->head.status, 403);
  EXPECT_EQ(refused->body, "never");
  EXPECT_EQ(refused->stream, nullptr);
  auto upgraded = loop.run_until_done(client->upgrade(testing::get("/yes")));
  ASSERT_TRUE(upgraded);
  ASSERT_NE(upgraded->stream, nullptr);
  ASSERT_TRUE(loop.run_until_done(upgraded->stream->write(std::string_view("there and back"))));
  upgraded->stream->shutdown_write();
  EXPECT_EQ(loop.run_until_done(io::read_all(*upgraded->stream, 1000)), "there and back");
}

}  // namespace
}  // namespace aloft::http
