// An HTTP/1.1 connection as its peer sees it, byte by byte, on a clock that jumps.
#include <gtest/gtest.h>

#include "http/testing/exchange.h"

namespace aloft::http {
namespace {

using testing::FunctionHandler;
using testing::RawConnection;

constexpr std::string_view plain_get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

struct Http1Server : ::testing::Test {
  io::SimLoop loop;
  FunctionHandler echo = testing::make_echo();
};

TEST_F(Http1Server, answers_requests_one_after_another_on_one_connection) {
  RawConnection peer(loop, echo);
  const std::string expected = "HTTP/1.1 200 OK\r\nServed-By: 1\r\nContent-Length: 7\r\n\r\nGET /a ";
  EXPECT_EQ(peer.talk(plain_get), expected);
  EXPECT_EQ(peer.talk(plain_get), expected);
  EXPECT_FALSE(peer.closed());
}

TEST_F(Http1Server, answers_requests_that_were_sent_together) {
  RawConnection peer(loop, echo);
  const std::string post = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";
  const std::string answers = peer.talk(std::string(plain_get) + post + std::string(plain_get));
  EXPECT_TRUE(answers.ends_with("GET /a ")) << answers;
  EXPECT_NE(answers.find("POST /b hi"), std::string::npos) << answers;
}

TEST_F(Http1Server, understands_a_request_that_comes_byte_by_byte) {
  RawConnection peer(loop, echo);
  const std::string_view text =
      "POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (const char c : text) peer.send(std::string_view(&c, 1));
  EXPECT_TRUE(peer.receive().ends_with("POST /b abcde"));
}

TEST_F(Http1Server, lets_others_work_between_requests_that_were_sent_together) {
  int handled = 0;
  FunctionHandler count([&handled](Request&, Responder& responder) -> io::Task<> {
    ++handled;
    [[maybe_unused]] const auto sent = co_await responder.send(testing::head_with_status(200), SharedBytes());
  });
  RawConnection peer(loop, count);
  int turns = 0;
  const auto other = [&]() -> io::Task<> {
    while (handled < 1000) {
      ++turns;
      co_await loop.yield();
    }
  };
  io::Scope scope(loop);
  scope.spawn(other());
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += plain_get;
  peer.send(requests);
  EXPECT_EQ(handled, 1000);
  EXPECT_GE(turns, 30);
}

TEST_F(Http1Server, answers_noise_with_400_and_closes) {
  for (const std::string_view noise :
       {"\x16\x03\x01\x02\x03", "GET /\r\n\r\n", "hello world\r\n\r\n", "G T / HTTP/1.1\r\n\r\n"}) {
    RawConnection peer(loop, echo);
    EXPECT_TRUE(peer.talk(noise).starts_with("HTTP/1.1 400 Bad Request\r\n")) << noise;
    loop.run_for(3s);
    EXPECT_TRUE(peer.closed()) << noise;
  }
}

TEST_F(Http1Server, refuses_a_head_beyond_the_limit) {
  ServerSettings settings;
  settings.header_limit_bytes = 1000;
  RawConnection peer(loop, echo, settings);
  const std::string answer = peer.talk("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'a'));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
}

TEST_F(Http1Server, refuses_a_body_beyond_the_limit_before_it_comes) {
  ServerSettings settings;
  settings.body_limit_bytes = 10;
  RawConnection peer(loop, echo, settings);
  const std::string answer = peer.talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST_F(Http1Server, refuses_a_chunked_body_beyond_the_limit) {
  ServerSettings settings;
  settings.body_limit_bytes = 10;
  RawConnection peer(loop, echo, settings);
  const std::string answer = peer.talk(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + std::string(32, 'x'));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST_F(Http1Server, what_still_comes_of_a_refused_body_is_read_before_the_connection_is_closed) {
  ServerSettings settings;
  settings.body_limit_bytes = 10;
  RawConnection peer(loop, echo, settings, 1000);
  const std::string answer = peer.talk(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n" + std::string(500, 'x'));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(loop.run_until_done(peer.wire().write(std::string(100'000, 'x'))));
  EXPECT_FALSE(peer.closed());
  loop.run_for(2s);
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, asks_for_the_body_that_a_client_holds_back) {
  RawConnection peer(loop, echo);
  EXPECT_EQ(peer.talk("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"),
            "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(peer.talk("ok").ends_with("POST / ok"));
}

TEST_F(Http1Server, an_answer_without_asking_for_the_body_ends_the_connection) {
  FunctionHandler refuse([](Request&, Responder& responder) -> io::Task<> {
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(403), std::string("no"));
  });
  RawConnection peer(loop, refuse);
  const std::string answer =
      peer.talk("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  loop.run_for(3s);
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, a_small_body_that_nobody_read_does_not_end_the_connection) {
  FunctionHandler ignore([](Request&, Responder& responder) -> io::Task<> {
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(200), std::string("ok"));
  });
  RawConnection peer(loop, ignore);
  EXPECT_TRUE(peer.talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n").ends_with("ok"));
  EXPECT_EQ(peer.talk(std::string(100, 'x')), "");
  EXPECT_TRUE(peer.talk(plain_get).ends_with("ok"));
}

TEST_F(Http1Server, a_handler_without_an_answer_counts_as_an_error) {
  FunctionHandler silent([](Request&, Responder&) -> io::Task<> { co_return; });
  RawConnection peer(loop, silent);
  EXPECT_TRUE(peer.talk(plain_get).starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST_F(Http1Server, an_answer_to_head_has_fields_and_no_body) {
  RawConnection peer(loop, echo);
  EXPECT_EQ(peer.talk("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nServed-By: 1\r\nContent-Length: 8\r\n\r\n");
}

TEST_F(Http1Server, an_old_client_gets_its_answer_and_the_end_of_the_connection) {
  RawConnection peer(loop, echo);
  const std::string answer = peer.talk("GET / HTTP/1.0\r\n\r\n");
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("GET / "));
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, values_cannot_smuggle_a_second_field) {
  FunctionHandler careless([](Request&, Responder& responder) -> io::Task<> {
    ResponseHead head;
    head.headers.add("Location", "/a\r\nSet-Cookie: x");
    [[maybe_unused]] const auto sent = co_await responder.send(std::move(head), std::string());
  });
  RawConnection peer(loop, careless);
  EXPECT_NE(peer.talk(plain_get).find("Location: /a  Set-Cookie: x\r\n"), std::string::npos);
}

FunctionHandler make_streamer() {
  return FunctionHandler([](Request& request, Responder& responder) -> io::Task<> {
    if (!co_await responder.begin(testing::head_with_status(200))) co_return;
    if (!co_await responder.write(SharedBytes("one"))) co_return;
    if (!co_await responder.write(SharedBytes("twotwotwotwotwo!"))) co_return;
    if (request.head().target == "/broken") co_return;
    Headers trailers = {{"X-Sum", "9"}};
    [[maybe_unused]] const auto done = co_await responder.finish(std::move(trailers));
  });
}

TEST_F(Http1Server, streams_an_answer_in_chunks_with_trailers) {
  FunctionHandler streamer = make_streamer();
  RawConnection peer(loop, streamer);
  EXPECT_EQ(peer.talk(plain_get),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\none\r\n10\r\ntwotwotwotwotwo!\r\n0\r\nX-Sum: 9\r\n\r\n");
  EXPECT_FALSE(peer.closed());
}

TEST_F(Http1Server, a_streamed_answer_that_broke_off_does_not_look_complete) {
  FunctionHandler streamer = make_streamer();
  RawConnection peer(loop, streamer);
  EXPECT_TRUE(peer.talk("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n").ends_with("twotwotwotwotwo!\r\n"));
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, an_upgrade_hands_over_the_connection_with_what_was_sent_already) {
  FunctionHandler tunnel([](Request&, Responder& responder) -> io::Task<> {
    ResponseHead head = testing::head_with_status(101);
    head.headers.add("Upgrade", "echo");
    auto stream = co_await responder.upgrade(std::move(head));
    if (!stream) co_return;
    [[maybe_unused]] const auto copied = co_await io::copy(**stream, **stream);
  });
  RawConnection peer(loop, tunnel);
  EXPECT_EQ(peer.talk("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly"),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nearly");
  EXPECT_EQ(peer.talk("late"), "late");
  peer.finish_sending();
  loop.settle();
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, an_idle_connection_is_closed_at_its_time_and_not_earlier) {
  RawConnection peer(loop, echo);
  peer.talk(plain_get);
  loop.run_for(299s);
  EXPECT_FALSE(peer.closed());
  peer.talk(plain_get);
  loop.run_for(299s);
  EXPECT_FALSE(peer.closed());
  loop.run_for(1s);
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, half_a_head_is_given_ten_seconds_however_it_trickles) {
  RawConnection peer(loop, echo);
  peer.send("GET / HTTP/1.1\r\n");
  for (int i = 0; i < 9; ++i) {
    loop.run_for(1s);
    peer.send("X: 1\r\n");
  }
  EXPECT_FALSE(peer.closed());
  loop.run_for(1s);
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, a_body_may_come_slowly_but_not_stop) {
  RawConnection peer(loop, echo);
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
  for (int i = 0; i < 5; ++i) {
    loop.run_for(59s);
    peer.send("x");
  }
  EXPECT_FALSE(peer.closed());
  loop.run_for(61s);
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, a_peer_that_reads_nothing_is_given_up) {
  FunctionHandler large([](Request&, Responder& responder) -> io::Task<> {
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(200), std::string(100'000, 'x'));
  });
  RawConnection peer(loop, large, {}, 1000);
  peer.send(plain_get);
  loop.run_for(59s);
  EXPECT_FALSE(peer.closed());
  loop.run_for(1s);
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, a_slow_reader_gets_everything) {
  FunctionHandler large([](Request&, Responder& responder) -> io::Task<> {
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(200), std::string(1'000'000, 'x'));
  });
  RawConnection peer(loop, large, {}, 1000);
  peer.send(plain_get);
  loop.run_for(30s);
  EXPECT_GT(peer.receive().size(), 1'000'000u);
}

TEST_F(Http1Server, a_handler_learns_that_its_peer_has_gone) {
  int told = 0;
  FunctionHandler waits([&told](Request&, Responder& responder) -> io::Task<> {
    co_await responder.gone();
    ++told;
  });
  RawConnection peer(loop, waits);
  peer.send(plain_get);
  EXPECT_EQ(told, 0);
  peer.hang_up();
  loop.settle();
  EXPECT_EQ(told, 1);
}

TEST_F(Http1Server, a_handler_that_waits_for_something_else_is_dropped_when_its_peer_has_gone) {
  struct Dropped {
    bool& flag;
    ~Dropped() { flag = true; }
  };
  bool dropped = false;
  FunctionHandler waits([this, &dropped](Request&, Responder&) -> io::Task<> {
    const Dropped guard{dropped};
    co_await loop.sleep(1h);
  });
  RawConnection peer(loop, waits);
  peer.send(plain_get);
  peer.hang_up();
  loop.run_for(6s);
  EXPECT_TRUE(dropped);
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http1Server, a_peer_that_only_stopped_sending_gets_its_answer) {
  FunctionHandler slow([this](Request&, Responder& responder) -> io::Task<> {
    co_await loop.sleep(2s);
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(200), std::string("late"));
  });
  RawConnection peer(loop, slow);
  peer.send(plain_get);
  peer.finish_sending();
  loop.run_for(3s);
  EXPECT_TRUE(peer.receive().ends_with("late"));
}

TEST_F(Http1Server, tells_the_time_when_it_has_a_clock) {
  io::SimLoop dated(WallTime{std::chrono::seconds(784'111'777)});
  ServerSettings settings;
  settings.clock = &dated;
  RawConnection peer(dated, echo, settings);
  EXPECT_NE(peer.talk(plain_get).find("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), std::string::npos);
}

}  // namespace
}  // namespace aloft::http
