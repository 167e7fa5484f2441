// HTTP/2 as a hostile or unlucky peer sees it, frame by frame.
#include <gtest/gtest.h>

#include "http/testing/exchange.h"

namespace aloft::http {
namespace {

using testing::FunctionHandler;
using testing::RawConnection;

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::string frame(int type, int flags, std::uint32_t stream, std::string_view payload = {}) {
  std::string out;
  for (int shift = 16; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(payload.size() >> shift & 0xff));
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(stream >> shift & 0xff));
  return out.append(payload);
}

std::string number(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
  return out;
}

const std::string settings_frame = frame(4, 0, 0);
// GET https://x/ in the static table of HPACK, :authority as a literal.
const std::string get_fields = "\x82\x87\x84\x41\x01x";
std::string get_frame(std::uint32_t stream) { return frame(1, 0x5, stream, get_fields); }
std::string reset_frame(std::uint32_t stream) { return frame(3, 0, stream, number(8)); }

struct Frame {
  int type = 0;
  int flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
};
std::vector<Frame> frames(std::string_view bytes) {
  std::vector<Frame> out;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  while (bytes.size() >= 9) {
    const std::size_t size =
        static_cast<std::size_t>(byte(0)) << 16 | static_cast<std::size_t>(byte(1)) << 8 | byte(2);
    Frame one;
    one.type = byte(3);
    one.flags = byte(4);
    for (std::size_t i = 5; i < 9; ++i) one.stream = one.stream << 8 | byte(i);
    one.payload = bytes.substr(9, size);
    bytes.remove_prefix(std::min(bytes.size(), 9 + size));
    out.push_back(std::move(one));
  }
  return out;
}
std::size_t count(const std::vector<Frame>& all, int type) {
  return static_cast<std::size_t>(std::ranges::count(all, type, &Frame::type));
}

struct Http2Server : ::testing::Test {
  io::SimLoop loop;
  FunctionHandler echo = testing::make_echo();
};

TEST_F(Http2Server, is_recognised_by_its_preface_however_it_is_cut) {
  const std::string text = std::string(preface) + settings_frame + get_frame(1);
  for (const std::size_t cut :
       {std::size_t{1}, std::size_t{3}, std::size_t{16}, std::size_t{23}, text.size()}) {
    RawConnection peer(loop, echo);
    peer.send(text.substr(0, cut));
    peer.send(text.substr(cut));
    const auto answer = frames(peer.receive());
    EXPECT_EQ(count(answer, 1), 1u) << cut;
    EXPECT_EQ(count(answer, 0), 1u) << cut;
  }
}

TEST_F(Http2Server, a_false_preface_is_a_bad_request) {
  RawConnection peer(loop, echo);
  EXPECT_TRUE(peer.talk("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n").starts_with("HTTP/1.1 505"));
}

TEST_F(Http2Server, a_peer_that_opens_streams_only_to_reset_them_is_sent_away) {
  int running = 0;
  FunctionHandler waits([this, &running](Request&, Responder&) -> io::Task<> {
    struct Running {
      int& count;
      explicit Running(int& c) : count(c) { ++count; }
      ~Running() { --count; }
    };
    const Running guard(running);
    co_await loop.sleep(1h);
  });
  RawConnection peer(loop, waits);
  peer.send(std::string(preface) + settings_frame);
  std::uint32_t stream = 1;
  bool sent_away = false;
  for (int i = 0; i < 1500 && !sent_away; ++i, stream += 2) {
    peer.send(get_frame(stream));
    peer.send(reset_frame(stream));
    sent_away = peer.closed();
  }
  EXPECT_TRUE(sent_away);
  EXPECT_EQ(running, 0);
  const auto answer = frames(peer.receive());
  ASSERT_EQ(count(answer, 7), 1u);
}

TEST_F(Http2Server, an_answer_before_the_end_of_a_small_body_is_not_cut_off) {
  FunctionHandler hasty([](Request&, Responder& responder) -> io::Task<> {
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(404), std::string("no"));
  });
  RawConnection peer(loop, hasty);
  peer.send(std::string(preface) + settings_frame + frame(1, 0x4, 1, get_fields));
  peer.send(frame(0, 0, 1, "begin"));
  peer.send(frame(0, 1, 1, "end"));
  const auto answer = frames(peer.receive());
  EXPECT_EQ(count(answer, 0), 1u);
  EXPECT_EQ(count(answer, 3), 0u);
  peer.send(frame(1, 0x4, 3, get_fields));
  for (int i = 0; i < 32; ++i) peer.send(frame(0, 0, 3, std::string(16'384, 'x')));
  const auto stopped = frames(peer.receive());
  ASSERT_EQ(count(stopped, 3), 1u);
  EXPECT_EQ(std::ranges::find(stopped, 3, &Frame::type)->payload, number(0)) << "no error";
}

TEST_F(Http2Server, a_reset_drops_the_handler_and_leaves_other_streams_alone) {
  int dropped = 0;
  FunctionHandler waits([this, &dropped](Request&, Responder& responder) -> io::Task<> {
    struct Guard {
      int& count;
      ~Guard() { ++count; }
    };
    const Guard guard{dropped};
    co_await loop.sleep(10s);
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(200), std::string("ok"));
  });
  RawConnection peer(loop, waits);
  peer.send(std::string(preface) + settings_frame + get_frame(1) + get_frame(3));
  EXPECT_EQ(dropped, 0);
  peer.send(reset_frame(1));
  EXPECT_EQ(dropped, 1);
  loop.run_for(11s);
  const auto answer = frames(peer.receive());
  ASSERT_EQ(count(answer, 0), 1u);
  EXPECT_EQ(std::ranges::find(answer, 0, &Frame::type)->stream, 3u);
}

TEST_F(Http2Server, streams_beyond_the_limit_are_refused) {
  FunctionHandler waits([this](Request&, Responder&) -> io::Task<> { co_await loop.sleep(1h); });
  ServerSettings settings;
  settings.streams_per_connection = 2;
  const std::string three = get_frame(1) + get_frame(3) + get_frame(5);
  RawConnection early(loop, waits, settings);
  const auto answer = frames(early.talk(std::string(preface) + settings_frame + three));
  ASSERT_EQ(count(answer, 3), 1u);
  EXPECT_EQ(std::ranges::find(answer, 3, &Frame::type)->stream, 5u);
  EXPECT_EQ(std::ranges::find(answer, 3, &Frame::type)->payload, number(7)) << "refused";
  // A peer that has acknowledged the limit and goes beyond it breaks the protocol.
  RawConnection knowing(loop, waits, settings);
  knowing.talk(std::string(preface) + settings_frame + frame(4, 1, 0));
  EXPECT_EQ(count(frames(knowing.talk(three)), 7), 1u);
}

TEST_F(Http2Server, a_peer_that_opens_no_window_holds_back_the_writer_and_is_given_up) {
  FunctionHandler large([](Request&, Responder& responder) -> io::Task<> {
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(200), std::string(1'000'000, 'x'));
  });
  RawConnection peer(loop, large);
  auto answer = frames(peer.talk(std::string(preface) + settings_frame + get_frame(1)));
  std::size_t sent = 0;
  for (const Frame& one : answer) sent += one.type == 0 ? one.payload.size() : 0;
  EXPECT_EQ(sent, 65'535u);
  loop.run_for(61s);
  answer = frames(peer.receive());
  EXPECT_EQ(count(answer, 3), 1u) << "the stalled stream is reset";
}

TEST_F(Http2Server, an_idle_connection_ends_at_its_time) {
  RawConnection peer(loop, echo);
  peer.talk(std::string(preface) + settings_frame + get_frame(1));
  loop.run_for(299s);
  EXPECT_FALSE(peer.closed());
  loop.run_for(2s);
  EXPECT_TRUE(peer.closed());
}

TEST_F(Http2Server, a_running_handler_keeps_its_connection) {
  FunctionHandler waits([this](Request&, Responder& responder) -> io::Task<> {
    co_await loop.sleep(1h);
    [[maybe_unused]] const auto sent =
        co_await responder.send(testing::head_with_status(200), std::string("late"));
  });
  RawConnection peer(loop, waits);
  peer.talk(std::string(preface) + settings_frame + get_frame(1));
  loop.run_for(1h);
  EXPECT_EQ(count(frames(peer.receive()), 0), 1u);
}

TEST_F(Http2Server, broken_frames_end_the_connection_with_a_reason) {
  for (const std::string& broken :
       {frame(4, 0, 0, "xxx"), frame(0, 0, 0, "data on no stream"), frame(1, 0x5, 2, get_fields),
        frame(8, 0, 0, number(0)), frame(1, 0x5, 1, "\xff\xff\xff\xff\xff\xff")}) {
    RawConnection peer(loop, echo);
    const auto answer = frames(peer.talk(std::string(preface) + settings_frame + broken));
    EXPECT_EQ(count(answer, 7), 1u) << hex_encode(broken);
    EXPECT_TRUE(peer.closed()) << hex_encode(broken);
  }
}

TEST_F(Http2Server, a_peer_that_hangs_up_drops_every_handler) {
  int running = 0;
  FunctionHandler waits([&running](Request&, Responder& responder) -> io::Task<> {
    ++running;
    co_await responder.gone();
    --running;
  });
  RawConnection peer(loop, waits);
  peer.send(std::string(preface) + settings_frame + get_frame(1) + get_frame(3));
  EXPECT_EQ(running, 2);
  peer.hang_up();
  loop.settle();
  EXPECT_EQ(running, 0);
  EXPECT_TRUE(peer.closed());
}

}  // namespace
}  // namespace aloft::http
