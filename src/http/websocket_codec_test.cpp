// The WebSocket wire: what is refused with which code, and that the cut of the bytes never matters.
#include "http/websocket_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/bytes.h"
#include "base/random.h"

namespace aloft::http {
namespace {

using Frames = WebSocketParser::Frames;

std::string text(std::initializer_list<int> bytes) {
  std::string out;
  for (const int byte : bytes) out.push_back(static_cast<char>(byte));
  return out;
}

struct ParsedEvents {
  std::vector<WebSocketEvent> events;
  int violation = 0;
};

ParsedEvents parse(std::string_view bytes, Frames frames, std::size_t limit, std::size_t piece) {
  WebSocketParser parser(frames, limit);
  ParsedEvents outcome;
  while (!bytes.empty()) {
    parser.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto event = parser.next();
      if (!event) {
        outcome.violation = event.error().close_code;
        return outcome;
      }
      if (!event->has_value()) break;
      outcome.events.push_back(std::move(**event));
    }
  }
  return outcome;
}

TEST(WebSocketCodec, malformed_frames_are_refused_with_the_code_that_fits) {
  const struct {
    std::string what, bytes;
    Frames frames;
    int code;
  } cases[]{
      {"reserved bit 1", text({0xc2, 0}), Frames::bare, 1002},
      {"reserved bit 2", text({0xa2, 0}), Frames::bare, 1002},
      {"reserved bit 3", text({0x92, 0}), Frames::bare, 1002},
      {"reserved data opcode", text({0x83, 0}), Frames::bare, 1002},
      {"reserved control opcode", text({0x8b, 0}), Frames::bare, 1002},
      {"masked by a server", text({0x82, 0x80, 1, 2, 3, 4}), Frames::bare, 1002},
      {"not masked by a client", text({0x82, 0}), Frames::masked, 1002},
      {"length of two bytes where one does", text({0x82, 126, 0, 125}), Frames::bare, 1002},
      {"length of eight bytes where two do", text({0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff}), Frames::bare,
       1002},
      {"length beyond 63 bits", text({0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0}), Frames::bare, 1002},
      {"fragmented ping", text({0x09, 0}), Frames::bare, 1002},
      {"long ping", text({0x89, 126, 0, 126}), Frames::bare, 1002},
      {"continuation of nothing", text({0x80, 0}), Frames::bare, 1002},
      {"message inside a message", text({0x02, 1, 'a', 0x82, 1, 'b'}), Frames::bare, 1002},
      {"close with half a code", text({0x88, 1, 3}), Frames::bare, 1002},
      {"close with a code for nobody", text({0x88, 2, 0x03, 0xed}), Frames::bare, 1002},
      {"close with code 999", text({0x88, 2, 0x03, 0xe7}), Frames::bare, 1002},
      {"close reason not UTF-8", text({0x88, 3, 0x03, 0xe8, 0xff}), Frames::bare, 1007},
      {"text not UTF-8", text({0x81, 2, 0xc3, 0x28}), Frames::bare, 1007},
      {"text cut inside a character", text({0x81, 1, 0xc3}), Frames::bare, 1007},
      {"message over the limit", text({0x82, 101}), Frames::bare, 1009},
      {"fragments over the limit", text({0x02, 2, 'a', 'b', 0x80, 99}), Frames::bare, 1009},
      {"length near 2^63", text({0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), Frames::bare,
       1009},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(parse(c.bytes, c.frames, 100, c.bytes.size()).violation, c.code) << c.what;
    EXPECT_EQ(parse(c.bytes, c.frames, 100, 1).violation, c.code) << c.what << ", byte by byte";
  }
}

TEST(WebSocketCodec, the_examples_of_the_standard_read_as_it_says) {
  // RFC 6455 section 5.7.
  EXPECT_EQ(parse(text({0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f}), Frames::bare, 100, 3).events.at(0).data,
            "Hello");
  const std::string masked = text({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58});
  EXPECT_EQ(parse(masked, Frames::masked, 100, 2).events.at(0).data, "Hello");
  const std::string fragmented = text({0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f});
  EXPECT_EQ(parse(fragmented, Frames::bare, 100, 100).events.at(0).data, "Hello");
  EXPECT_EQ(websocket_frame(WebSocketOpcode::text, "Hello", true, WebSocketMask{0x37, '\xfa', 0x21, 0x3d}),
            masked);
}

TEST(WebSocketCodec, control_frames_arrive_between_the_fragments_of_a_message) {
  const std::string bytes = websocket_frame(WebSocketOpcode::binary, "one ", false, std::nullopt) +
                            websocket_frame(WebSocketOpcode::ping, "p", true, std::nullopt) +
                            websocket_frame(WebSocketOpcode::continuation, "two", true, std::nullopt) +
                            websocket_frame(WebSocketOpcode::close, "", true, std::nullopt);
  const std::vector<WebSocketEvent> expected{{WebSocketOpcode::ping, "p", 0},
                                             {WebSocketOpcode::binary, "one two", 0},
                                             {WebSocketOpcode::close, "", 1005}};
  EXPECT_EQ(parse(bytes, Frames::bare, 7, 1).events, expected);
}

TEST(WebSocketCodec, any_messages_arrive_the_same_however_they_are_fragmented_masked_and_cut) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& messages, std::uint64_t seed, bool client) {
    SeededRandom random(seed);
    std::string wire;
    for (const std::string& message : messages) {
      std::string_view left = message;
      auto opcode = WebSocketOpcode::binary;
      bool final = false;
      while (!final) {
        const std::string_view piece = left.substr(0, random.below(left.size() + 1));
        left.remove_prefix(piece.size());
        final = left.empty() || random.below(8) == 0;
        const std::string_view sent =
            final ? std::string_view(piece.data(), piece.size() + left.size()) : piece;
        std::optional<WebSocketMask> mask;
        if (client) random.fill(std::as_writable_bytes(std::span(mask.emplace())));
        wire += websocket_frame(opcode, sent, final, mask);
        opcode = WebSocketOpcode::continuation;
      }
    }
    const Frames frames = client ? Frames::masked : Frames::bare;
    const ParsedEvents outcome = parse(wire, frames, 1 << 20, 1 + random.below(20));
    RC_ASSERT(outcome.violation == 0);
    RC_ASSERT(outcome.events.size() == messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) RC_ASSERT(outcome.events[i].data == messages[i]);
  }));
}

TEST(WebSocketCodec, long_messages_carry_their_length_in_every_form) {
  for (const std::size_t size : {0U, 125U, 126U, 65'535U, 65'536U, 200'000U}) {
    const std::string message(size, 'x');
    const auto wire = websocket_frame(WebSocketOpcode::binary, message, true, WebSocketMask{1, 2, 3, 4});
    const ParsedEvents outcome = parse(wire, Frames::masked, 200'000, 1000);
    ASSERT_EQ(outcome.events.size(), 1U) << size;
    EXPECT_EQ(outcome.events[0].data, message) << size;
  }
}

TEST(WebSocketCodec, masking_by_words_is_masking_by_bytes_at_every_offset) {
  EXPECT_TRUE(rc::check([](std::string data, std::uint32_t key, std::uint8_t offset) {
    WebSocketMask mask{};
    std::memcpy(mask.data(), &key, sizeof key);
    std::string slow = data;
    for (std::size_t i = 0; i < slow.size(); ++i)
      slow[i] = static_cast<char>(slow[i] ^ mask[(i + offset) % 4]);
    apply_websocket_mask(data, mask, offset);
    RC_ASSERT(data == slow);
  }));
}

TEST(WebSocketCodec, a_close_reason_is_cut_in_front_of_a_character_that_does_not_fit) {
  const std::string reason = std::string(122, 'a') + "\xc3\xa9 and more";
  const std::string payload = websocket_close_payload(1000, reason);
  EXPECT_EQ(payload, text({0x03, 0xe8}) + std::string(122, 'a'));
}

}  // namespace
}  // namespace aloft::http
