// The SPDY wire: recorded bytes of a real peer, what is refused, and that the cut of the bytes never matters.
#include "http/spdy_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <zlib.h>

#include "base/bytes.h"
#include "base/random.h"
#include "http/testing/recording.h"
#include "http/websocket_codec.h"

namespace aloft::http {
namespace {

std::string unhex(std::string_view text) {
  std::string bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1])));
  }
  return bytes;
}

// What comes for one stream without a pause is joined, so that the cut of the input does not show.
struct ParsedFrames {
  std::vector<SpdyFrame> frames;
  std::optional<Error> error;
};
ParsedFrames parse(std::string_view bytes, std::size_t piece) {
  SpdyParser parser;
  ParsedFrames outcome;
  while (!bytes.empty()) {
    parser.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto frame = parser.next();
      if (!frame) {
        outcome.error = frame.error();
        return outcome;
      }
      if (!frame->has_value()) break;
      auto* data = std::get_if<SpdyData>(&**frame);
      auto* last_frame = outcome.frames.empty() ? nullptr : std::get_if<SpdyData>(&outcome.frames.back());
      if (data != nullptr && last_frame != nullptr && !last_frame->fin &&
          last_frame->stream == data->stream) {
        auto& last = *last_frame;
        last.bytes += data->bytes;
        last.fin = data->fin;
      } else {
        outcome.frames.push_back(std::move(**frame));
      }
    }
  }
  return outcome;
}

TEST(SpdyCodec, the_dictionary_is_the_one_that_all_peers_have) {
  const std::string& dictionary = spdy_dictionary();
  EXPECT_EQ(dictionary.size(), 1423U);
  const auto* bytes = reinterpret_cast<const Bytef*>(dictionary.data());
  EXPECT_EQ(adler32(adler32(0, nullptr, 0), bytes, static_cast<uInt>(dictionary.size())), 0xe3c6a7c2U);
}

TEST(SpdyCodec, a_reply_of_the_go_implementation_reads) {
  const ParsedFrames outcome = parse(unhex("80030002000000140000000178f9e3c6a7c26260606000000000ffff"
                                           "800300020000000c00000003026100000000ffff"
                                           "0000000301000000"),
                                     5);
  ASSERT_FALSE(outcome.error) << outcome.error->to_string();
  ASSERT_EQ(outcome.frames.size(), 3U);
  EXPECT_EQ(std::get<SpdySynReply>(outcome.frames[0]).stream, 1U);
  EXPECT_EQ(std::get<SpdySynReply>(outcome.frames[0]).headers.size(), 0U);
  EXPECT_EQ(std::get<SpdySynReply>(outcome.frames[1]).stream, 3U);
  EXPECT_TRUE(std::get<SpdyData>(outcome.frames[2]).fin);
}

// The SPDY bytes that one side sent inside the recorded WebSocket frames.
std::string tunnelled(const std::vector<testing::RecordedFrame>& frames, bool from_client) {
  using Frames = WebSocketParser::Frames;
  WebSocketParser parser(from_client ? Frames::masked : Frames::bare, 1 << 20);
  std::string bytes;
  for (const auto& frame : frames) {
    if (frame.from_client != from_client) continue;
    parser.add(frame.bytes);
    for (;;) {
      auto event = parser.next();
      if (!event || !event->has_value()) break;
      if ((*event)->opcode == WebSocketOpcode::binary) bytes += (*event)->data;
    }
  }
  return bytes;
}

TEST(SpdyCodec, the_recorded_port_forward_of_kubectl_reads_on_both_sides) {
  const std::string path = std::string(ALOFT_SHARED_DIR) + "/k8s/golden/kubectl-1.32-session.jsonl";
  const auto recorded = testing::recorded_frames(path, "port-forward");
  if (recorded.empty()) GTEST_SKIP() << "no recordings at " << path;

  const ParsedFrames client = parse(tunnelled(recorded, true), 7);
  ASSERT_FALSE(client.error) << client.error->to_string();
  std::vector<std::pair<std::uint32_t, std::string>> opened;
  std::string request;
  for (const SpdyFrame& frame : client.frames) {
    if (const auto* syn = std::get_if<SpdySynStream>(&frame)) {
      opened.emplace_back(syn->stream, std::string(syn->headers.get("streamtype")));
      EXPECT_FALSE(syn->headers.get("port").empty());
      EXPECT_EQ(syn->headers.get("requestid"), "0");
    }
    if (const auto* data = std::get_if<SpdyData>(&frame); data != nullptr && data->stream == 3)
      request += data->bytes;
  }
  const std::vector<std::pair<std::uint32_t, std::string>> expected{{1, "error"}, {3, "data"}};
  EXPECT_EQ(opened, expected);
  EXPECT_TRUE(request.starts_with("GET / HTTP/1.1\r\n")) << request;

  const ParsedFrames server = parse(tunnelled(recorded, false), 7);
  ASSERT_FALSE(server.error) << server.error->to_string();
  // Two replies, then the answer with its end, then the end of the error stream.
  ASSERT_EQ(server.frames.size(), 4U);
  const auto& answer = std::get<SpdyData>(server.frames[2]);
  EXPECT_TRUE(answer.bytes.ends_with("hello-web\n"));
  EXPECT_TRUE(answer.fin);
  EXPECT_EQ(std::get<SpdyData>(server.frames[3]).stream, 1U);
}

// A header block that zlib compressed on its own, for frames that the serializer would not make.
std::string block_of(std::string_view plain) {
  z_stream stream{};
  deflateInit(&stream, 6);
  const std::string& dictionary = spdy_dictionary();
  const auto* words = reinterpret_cast<const Bytef*>(dictionary.data());
  deflateSetDictionary(&stream, words, static_cast<uInt>(dictionary.size()));
  std::string out(plain.size() + 1000, '\0');
  std::string in(plain);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::string word(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
  return out;
}

std::string control(int type, std::string_view payload) {
  return word(0x8003'0000U | static_cast<std::uint32_t>(type)) +
         word(static_cast<std::uint32_t>(payload.size())) + std::string(payload);
}

std::string field(std::string_view name, std::string_view value) {
  return word(static_cast<std::uint32_t>(name.size())) + std::string(name) +
         word(static_cast<std::uint32_t>(value.size())) + std::string(value);
}

TEST(SpdyCodec, malformed_frames_are_refused) {
  const auto reply = [](const std::string& block) { return control(2, word(1) + block_of(block)); };
  const struct {
    std::string what, bytes;
    Code code;
  } cases[]{
      {"another version", word(0x8002'0001) + word(0), Code::bad_request},
      {"data for stream 0", word(0) + word(0), Code::bad_request},
      {"control frame too long", word(0x8003'0001) + word(0x0001'0001), Code::too_large},
      {"short SYN_STREAM", control(1, "123456789"), Code::bad_request},
      {"SYN_STREAM for stream 0", control(1, word(0) + word(0) + "12" + block_of(word(0))),
       Code::bad_request},
      {"short SYN_REPLY", control(2, "123"), Code::bad_request},
      {"SYN_REPLY for stream 0", control(2, word(0) + block_of(word(0))), Code::bad_request},
      {"header block that is not zlib", control(2, word(1) + "not zlib at all"), Code::bad_request},
      {"header block without bytes", control(2, word(1)), Code::bad_request},
      {"header block without a count", reply("ab"), Code::bad_request},
      {"fewer fields than counted", reply(word(1)), Code::bad_request},
      {"more fields than counted", reply(word(0) + field("a", "b")), Code::bad_request},
      {"name longer than the block", reply(word(1) + word(0xffff'ffff) + "a"), Code::bad_request},
      {"empty name", reply(word(1) + field("", "b")), Code::bad_request},
      {"upper-case name", reply(word(1) + field("Host", "b")), Code::bad_request},
      {"name twice", reply(word(2) + field("a", "b") + field("a", "c")), Code::bad_request},
      {"too many fields", reply(word(257)), Code::too_large},
      {"too many values", reply(word(1) + field("a", std::string(256, '\0'))), Code::too_large},
      {"block inflates too far", reply(word(1) + field("a", std::string(70'000, 'x'))), Code::too_large},
      {"RST_STREAM of another size", control(3, word(1)), Code::bad_request},
      {"RST_STREAM for stream 0", control(3, word(0) + word(5)), Code::bad_request},
      {"RST_STREAM without status", control(3, word(1) + word(0)), Code::bad_request},
      {"SETTINGS that count wrongly", control(4, word(2) + word(7) + word(1)), Code::bad_request},
      {"SETTINGS that count too far", control(4, word(0xffff'ffff)), Code::bad_request},
      {"short PING", control(6, "12"), Code::bad_request},
      {"long GOAWAY", control(7, word(1) + word(0) + word(0)), Code::bad_request},
      {"WINDOW_UPDATE by nothing", control(9, word(1) + word(0)), Code::bad_request},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {c.bytes.size(), std::size_t{1}}) {
      const ParsedFrames outcome = parse(c.bytes, piece);
      ASSERT_TRUE(outcome.error) << c.what;
      EXPECT_EQ(outcome.error->code(), c.code) << c.what;
    }
  }
}

TEST(SpdyCodec, a_block_that_inflates_a_thousandfold_is_stopped_early) {
  const std::string block = block_of(word(1) + field("a", std::string(30'000'000, 'x')));
  ASSERT_LT(block.size(), SpdyParser::control_limit_bytes);
  EXPECT_EQ(parse(control(2, word(1) + block), 1 << 20).error->code(), Code::too_large);
}

TEST(SpdyCodec, control_frames_of_unknown_types_are_passed_over) {
  const ParsedFrames outcome = parse(control(77, "what is this") + control(6, word(9)), 3);
  ASSERT_FALSE(outcome.error);
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(std::get<SpdyPing>(outcome.frames[0]).id, 9U);
}

TEST(SpdyCodec, names_are_sent_in_lower_case_and_values_of_one_name_together) {
  SpdySerializer serializer;
  SpdySynStream syn;
  syn.stream = 5;
  syn.priority = 3;
  syn.unidirectional = true;
  syn.headers = {{"StreamType", "error"}, {"accept", "a"}, {"Accept", "b"}};
  const ParsedFrames outcome = parse(serializer.serialize(syn), 4);
  const auto& got = std::get<SpdySynStream>(outcome.frames.at(0));
  const Headers expected{{"streamtype", "error"}, {"accept", "a"}, {"accept", "b"}};
  EXPECT_EQ(got.headers, expected);
  EXPECT_EQ(got.stream, 5U);
  EXPECT_EQ(got.priority, 3);
  EXPECT_TRUE(got.unidirectional);
  EXPECT_FALSE(got.fin);
}

SpdyFrame random_frame(Random& random) {
  const auto id = static_cast<std::uint32_t>(1 + random.below(1000));
  Headers headers;
  for (std::uint64_t i = random.below(4); i > 0; --i) {
    headers.add("name" + std::to_string(i),
                std::string(random.below(50), static_cast<char>('a' + random.below(26))));
  }
  const bool fin = random.below(2) == 0;
  switch (random.below(9)) {
    case 0:
      return SpdySynStream{id, 0, 0, fin, false, headers};
    case 1:
      return SpdySynReply{id, fin, headers};
    case 2:
      return SpdyHeaders{id, fin, headers};
    case 3:
      return SpdyReset{id, 5};
    case 4:
      return SpdySettings{{{7, 100}, {4, id}}};
    case 5:
      return SpdyPing{id};
    case 6:
      return SpdyGoAway{id, 0};
    case 7:
      return SpdyWindowUpdate{id, 70'000};
    default:
      return SpdyData{id, true, std::string(random.below(300), 'd')};
  }
}

TEST(SpdyCodec, any_frames_arrive_the_same_however_the_bytes_are_cut) {
  EXPECT_TRUE(rc::check([](std::uint64_t seed) {
    SeededRandom random(seed);
    SpdySerializer serializer;
    std::string wire;
    std::vector<SpdyFrame> sent;
    for (int i = 0; i < 20; ++i) {
      sent.push_back(random_frame(random));
      wire += serializer.serialize(sent.back());
    }
    const ParsedFrames outcome = parse(wire, 1 + random.below(30));
    RC_ASSERT(!outcome.error);
    RC_ASSERT(outcome.frames.size() == sent.size());
    // Writing what was read gives the same bytes: nothing was lost on the way.
    SpdySerializer again;
    std::string echoed;
    for (const SpdyFrame& frame : outcome.frames) echoed += again.serialize(frame);
    RC_ASSERT(echoed == wire);
  }));
}

}  // namespace
}  // namespace aloft::http
