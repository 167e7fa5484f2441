// SPDY sessions over in-memory streams: many streams, half-closing, resets, windows, and peers of both
// habits: those that manage windows and those that ignore them.
#include "http/spdy.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.h"
#include "base/random.h"
#include "http/spdy_codec.h"
#include "io/scope.h"
#include "io/sim_loop.h"

namespace aloft::http {
namespace {

using SpdySide = SpdySession::Side;

io::Task<> drive(SpdySession& session) { static_cast<void>(co_await session.run()); }

io::Task<> write_all(SpdyStream& stream, std::string bytes, bool& done) {
  io::Stream& target = stream;
  const auto sent = co_await target.write(std::string_view(bytes));
  if (sent) stream.shutdown_write();
  done = true;
}

struct SessionPair {
  explicit SessionPair(std::size_t buffer = 64 * 1024) : scope(loop) {
    auto [near_end, far_end] = io::make_stream_pair(loop, buffer);
    client = SpdySession::make(loop, std::move(near_end), SpdySide::client);
    server = SpdySession::make(loop, std::move(far_end), SpdySide::server);
    scope.spawn(drive(*client));
    scope.spawn(drive(*server));
  }
  ~SessionPair() { scope.cancel(); }

  // Both ends of a new stream.
  std::pair<std::unique_ptr<SpdyStream>, std::unique_ptr<SpdyStream>> connect(std::string name) {
    std::unique_ptr<SpdyStream> opened;
    Headers headers{{"streamtype", std::move(name)}};
    scope.spawn(open(*client, std::move(headers), opened));
    auto accepted = loop.run_until_done(server->accept());
    loop.settle();
    return {std::move(opened), std::move(accepted)};
  }
  static io::Task<> open(SpdySession& session, Headers headers, std::unique_ptr<SpdyStream>& into) {
    auto stream = co_await session.open(std::move(headers));
    if (stream) into = std::move(*stream);
  }

  io::SimLoop loop;
  std::unique_ptr<SpdySession> client, server;
  io::Scope scope;
};

// A server session whose peer the test plays frame by frame.
struct HandPlayedSession {
  HandPlayedSession() : scope(loop) {
    auto [near_end, far_end] = io::make_stream_pair(loop);
    wire = std::move(near_end);
    session = SpdySession::make(loop, std::move(far_end), SpdySide::server);
    scope.spawn(drive(*session));
  }
  ~HandPlayedSession() { scope.cancel(); }
  void send(const SpdyFrame& frame) {
    const std::string bytes = serializer.serialize(frame);
    ASSERT_TRUE(loop.run_until_done(wire->write(std::string_view(bytes))));
    loop.settle();
  }
  // Everything that the session has sent by now.
  std::vector<SpdyFrame> receive() {
    loop.settle();
    io::Scope reading(loop);
    reading.spawn(collect());
    loop.settle();
    std::vector<SpdyFrame> frames;
    for (auto frame = parser.next(); frame && frame->has_value(); frame = parser.next())
      frames.push_back(**frame);
    return frames;
  }
  io::Task<> collect() {
    std::vector<std::byte> buffer(64 * 1024);
    for (;;) {
      const auto size = co_await wire->read(buffer);
      if (!size || *size == 0) co_return;
      parser.add(as_text(std::span(buffer).first(*size)));
    }
  }
  io::SimLoop loop;
  SpdySerializer serializer;
  SpdyParser parser;
  std::unique_ptr<io::Stream> wire;
  std::unique_ptr<SpdySession> session;
  io::Scope scope;
};

std::string read_some(io::SimLoop& loop, SpdyStream& stream, std::size_t limit = 1000) {
  std::vector<std::byte> buffer(limit);
  const auto size = loop.run_until_done(stream.read(buffer));
  return size ? std::string(as_text(std::span(buffer).first(*size))) : "error: " + size.error().message();
}

TEST(Spdy, a_stream_carries_headers_and_bytes_both_ways_and_half_closes) {
  SessionPair pair;
  auto [near_end, far_end] = pair.connect("data");
  ASSERT_TRUE(near_end && far_end);
  EXPECT_EQ(far_end->headers().get("streamtype"), "data");
  bool done = false;
  pair.scope.spawn(write_all(*near_end, "question", done));
  EXPECT_EQ(pair.loop.run_until_done(io::read_all(*far_end, 100)).value(), "question");
  pair.scope.spawn(write_all(*far_end, "answer", done));
  EXPECT_EQ(pair.loop.run_until_done(io::read_all(*near_end, 100)).value(), "answer");
}

TEST(Spdy, a_write_after_the_end_is_refused) {
  SessionPair pair;
  auto [near_end, far_end] = pair.connect("data");
  near_end->shutdown_write();
  io::Stream& stream = *near_end;
  EXPECT_EQ(pair.loop.run_until_done(stream.write(std::string_view("x"))).error().code(), Code::unavailable);
}

TEST(Spdy, a_reset_comes_after_what_was_sent_before_it) {
  SessionPair pair;
  auto [near_end, far_end] = pair.connect("data");
  io::Stream& stream = *near_end;
  ASSERT_TRUE(pair.loop.run_until_done(stream.write(std::string_view("last words"))));
  near_end->reset();
  pair.loop.settle();
  EXPECT_EQ(read_some(pair.loop, *far_end), "last words");
  std::array<std::byte, 1> one;
  EXPECT_EQ(pair.loop.run_until_done(far_end->read(one)).error().code(), Code::cancelled);
  io::Stream& back = *far_end;
  EXPECT_EQ(pair.loop.run_until_done(back.write(std::string_view("x"))).error().code(), Code::cancelled);
}

TEST(Spdy, destroying_an_open_stream_resets_it_and_leaves_the_others) {
  SessionPair pair;
  auto [first_near, first_far] = pair.connect("one");
  auto [second_near, second_far] = pair.connect("two");
  first_near.reset();
  pair.loop.settle();
  std::array<std::byte, 1> one;
  EXPECT_EQ(pair.loop.run_until_done(first_far->read(one)).error().code(), Code::cancelled);
  io::Stream& stream = *second_near;
  ASSERT_TRUE(pair.loop.run_until_done(stream.write(std::string_view("still here"))));
  EXPECT_EQ(read_some(pair.loop, *second_far), "still here");
}

TEST(Spdy, many_streams_at_once_keep_their_bytes_apart) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    SeededRandom random(seed);
    SessionPair pair(1 + random.below(5000));
    const std::size_t count = 1 + random.below(12);
    std::vector<std::unique_ptr<SpdyStream>> near_ends, far_ends;
    std::vector<std::string> sent;
    std::vector<char> done(count);
    for (std::size_t i = 0; i < count; ++i) {
      auto [near_end, far_end] = pair.connect(std::to_string(i));
      near_ends.push_back(std::move(near_end));
      far_ends.push_back(std::move(far_end));
      sent.emplace_back(random.below(150'000), static_cast<char>('a' + i));
    }
    std::vector<std::string> got(count);
    bool ignored = false;
    const auto read = [](SpdyStream& stream, std::string& into) -> io::Task<> {
      auto all = co_await io::read_all(stream, 1 << 20);
      into = all ? *all : all.error().message();
    };
    io::Scope scope(pair.loop);
    for (std::size_t i = 0; i < count; ++i) {
      SpdyStream& from = random.below(2) == 0 ? *near_ends[i] : *far_ends[i];
      SpdyStream& to = &from == near_ends[i].get() ? *far_ends[i] : *near_ends[i];
      scope.spawn(write_all(from, sent[i], ignored));
      scope.spawn(read(to, got[i]));
    }
    pair.loop.settle();
    RC_ASSERT(scope.size() == 0U);
    RC_ASSERT(got == sent);
  }));
}

TEST(Spdy, a_reader_that_stands_still_stops_its_writer_within_bounds) {
  SessionPair pair;
  auto [near_end, far_end] = pair.connect("data");
  bool done = false;
  pair.scope.spawn(write_all(*near_end, std::string(10'000'000, 'x'), done));
  pair.loop.settle();
  EXPECT_FALSE(done);
  EXPECT_EQ(pair.loop.run_until_done(io::read_all(*far_end, 20'000'000)).value().size(), 10'000'000U);
  EXPECT_TRUE(done);
}

TEST(Spdy, dropping_a_stream_that_nobody_reads_frees_the_others) {
  SessionPair pair;
  auto [full_near, full_far] = pair.connect("full");
  auto [other_near, other_far] = pair.connect("other");
  bool full_done = false, other_done = false;
  pair.scope.spawn(write_all(*full_near, std::string(10'000'000, 'x'), full_done));
  pair.loop.settle();
  pair.scope.spawn(write_all(*other_near, "through", other_done));
  pair.loop.settle();
  full_far.reset();
  EXPECT_EQ(pair.loop.run_until_done(io::read_all(*other_far, 100)).value(), "through");
  pair.loop.settle();
  EXPECT_TRUE(full_done);
}

TEST(Spdy, both_ends_writing_before_reading_do_not_block_each_other) {
  SessionPair pair(1000);
  auto [near_end, far_end] = pair.connect("data");
  bool first = false, second = false;
  pair.scope.spawn(write_all(*near_end, std::string(200'000, 'a'), first));
  pair.scope.spawn(write_all(*far_end, std::string(200'000, 'b'), second));
  pair.loop.settle();
  EXPECT_EQ(pair.loop.run_until_done(io::read_all(*far_end, 1 << 20)).value().size(), 200'000U);
  EXPECT_EQ(pair.loop.run_until_done(io::read_all(*near_end, 1 << 20)).value().size(), 200'000U);
}

TEST(Spdy, a_closed_session_ends_accepting_reading_and_opening) {
  SessionPair pair;
  auto [near_end, far_end] = pair.connect("data");
  pair.client->close();
  pair.loop.settle();
  EXPECT_EQ(pair.loop.run_until_done(pair.server->accept()), nullptr);
  std::array<std::byte, 1> one;
  EXPECT_EQ(pair.loop.run_until_done(far_end->read(one)).error().code(), Code::unavailable);
  EXPECT_EQ(pair.loop.run_until_done(pair.server->open({})).error().code(), Code::unavailable);
}

TEST(Spdy, a_stream_may_outlive_its_session) {
  SessionPair pair;
  auto [near_end, far_end] = pair.connect("data");
  io::Stream& stream = *near_end;
  ASSERT_TRUE(pair.loop.run_until_done(stream.write(std::string_view("kept"))));
  pair.loop.settle();
  pair.scope.cancel();
  pair.server.reset();
  EXPECT_EQ(read_some(pair.loop, *far_end), "kept");
  std::array<std::byte, 1> one;
  EXPECT_EQ(pair.loop.run_until_done(far_end->read(one)).error().code(), Code::unavailable);
}

SpdySynStream syn(std::uint32_t id) {
  SpdySynStream frame;
  frame.stream = id;
  return frame;
}

TEST(Spdy, a_peer_that_ignores_windows_gets_and_sends_more_than_one_window) {
  HandPlayedSession raw;
  raw.send(syn(1));
  auto stream = raw.loop.run_until_done(raw.session->accept());
  ASSERT_TRUE(std::holds_alternative<SpdySynReply>(raw.receive().at(0)));
  bool done = false;
  raw.scope.spawn(write_all(*stream, std::string(300'000, 'x'), done));
  std::size_t got = 0;
  for (const SpdyFrame& frame : raw.receive()) {
    if (const auto* data = std::get_if<SpdyData>(&frame)) got += data->bytes.size();
  }
  EXPECT_EQ(got, 300'000U);
  EXPECT_TRUE(done);
}

TEST(Spdy, a_peer_that_manages_windows_is_kept_to) {
  HandPlayedSession raw;
  raw.send(SpdySettings{{{SpdySettings::initial_window_size, 1000}}});
  raw.send(syn(1));
  auto stream = raw.loop.run_until_done(raw.session->accept());
  bool done = false;
  raw.scope.spawn(write_all(*stream, std::string(3000, 'x'), done));
  const auto count = [&raw] {
    std::size_t got = 0;
    for (const SpdyFrame& frame : raw.receive()) {
      if (const auto* data = std::get_if<SpdyData>(&frame)) got += data->bytes.size();
    }
    return got;
  };
  EXPECT_EQ(count(), 1000U);
  raw.send(SpdyWindowUpdate{1, 500});
  EXPECT_EQ(count(), 500U);
  raw.send(SpdySettings{{{SpdySettings::initial_window_size, 3000}}});
  EXPECT_EQ(count(), 1500U);
  EXPECT_TRUE(done);
}

TEST(Spdy, a_peer_that_has_used_up_its_window_is_told_what_was_read) {
  HandPlayedSession raw;
  raw.send(syn(1));
  auto stream = raw.loop.run_until_done(raw.session->accept());
  raw.receive();
  raw.send(SpdyData{1, false, std::string(40'000, 'x')});
  EXPECT_EQ(read_some(raw.loop, *stream, 40'000).size(), 40'000U);
  EXPECT_TRUE(raw.receive().empty()) << "it may still send";
  raw.send(SpdyData{1, false, std::string(65'536 - 40'000, 'x')});
  read_some(raw.loop, *stream, 65'536 - 40'000);
  const auto frames = raw.receive();
  ASSERT_FALSE(frames.empty());
  std::size_t told = 0;
  for (const SpdyFrame& frame : frames) told += std::get<SpdyWindowUpdate>(frame).delta;
  EXPECT_EQ(told, 65'536U);
}

TEST(Spdy, a_peer_that_goes_beyond_its_window_is_told_nothing) {
  HandPlayedSession raw;
  raw.send(syn(1));
  auto stream = raw.loop.run_until_done(raw.session->accept());
  raw.receive();
  raw.send(SpdyData{1, false, std::string(70'000, 'x')});
  std::size_t got = 0;
  while (got < 70'000) got += read_some(raw.loop, *stream, 70'000 - got).size();
  EXPECT_TRUE(raw.receive().empty());
}

TEST(Spdy, pings_of_the_peer_come_back_and_echoes_of_ours_do_not) {
  HandPlayedSession raw;
  raw.send(SpdyPing{2});
  raw.send(SpdyPing{7});
  const auto frames = raw.receive();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(std::get<SpdyPing>(frames[0]).id, 7U);
}

TEST(Spdy, a_stream_number_of_the_wrong_side_or_out_of_order_ends_the_session) {
  for (const std::uint32_t second : {2U, 5U, 3U}) {
    HandPlayedSession raw;
    raw.send(syn(5));
    raw.send(syn(second));
    const auto frames = raw.receive();
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(std::get<SpdyGoAway>(frames.back()).status, SpdyGoAway::protocol_error);
  }
}

TEST(Spdy, data_for_a_stream_that_never_was_is_answered_with_a_reset) {
  HandPlayedSession raw;
  raw.send(SpdyData{9, false, "x"});
  const auto frames = raw.receive();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(std::get<SpdyReset>(frames[0]).status, SpdyReset::invalid_stream);
}

TEST(Spdy, data_behind_the_end_of_a_stream_resets_it) {
  HandPlayedSession raw;
  raw.send(syn(1));
  auto stream = raw.loop.run_until_done(raw.session->accept());
  raw.receive();
  raw.send(SpdyData{1, true, "all"});
  raw.send(SpdyData{1, false, "more"});
  const auto frames = raw.receive();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(std::get<SpdyReset>(frames[0]).status, SpdyReset::stream_already_closed);
  EXPECT_EQ(read_some(raw.loop, *stream), "all");
}

TEST(Spdy, streams_beyond_the_limit_are_refused) {
  HandPlayedSession raw;
  for (std::uint32_t i = 0; i < 1001; ++i) raw.send(syn(2 * i + 1));
  const auto frames = raw.receive();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(std::get<SpdyReset>(frames[0]).stream, 2001U);
  EXPECT_EQ(std::get<SpdyReset>(frames[0]).status, SpdyReset::refused_stream);
}

TEST(Spdy, a_peer_that_asks_without_reading_the_answers_loses_its_session) {
  HandPlayedSession raw;
  std::string pings;
  for (std::uint32_t i = 0; i < 200'000; ++i) pings += raw.serializer.serialize(SpdyPing{2 * i + 1});
  raw.scope.spawn([](io::Stream& wire, const std::string& bytes) -> io::Task<> {
    // Cut short when the session gives up.
    static_cast<void>(co_await wire.write(std::string_view(bytes)));
  }(*raw.wire, pings));
  raw.loop.settle();
  EXPECT_EQ(raw.loop.run_until_done(raw.session->accept()), nullptr);
}

TEST(Spdy, an_opening_that_the_peer_resets_fails) {
  SessionPair pair;
  auto opening = pair.client->open(Headers{});
  opening.start();
  pair.loop.settle();
  pair.scope.cancel();
  pair.server.reset();
  EXPECT_FALSE(opening.done());
  pair.client.reset();
  pair.loop.settle();
  ASSERT_TRUE(opening.done());
  EXPECT_EQ(opening.result().error().code(), Code::unavailable);
}

}  // namespace
}  // namespace aloft::http
