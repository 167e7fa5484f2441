// What counts as an HTTP/1.1 message and what does not.
#include "http/http1_parser.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace aloft::http {
namespace {

using StepKind = ChunkDecoder::Step::Kind;

TEST(RequestHeadParser, reads_an_ordinary_request) {
  const auto parsed = parse_request_head(
      "POST /api/v1/pods?dryRun=All HTTP/1.1\r\nHost: a.example:80\r\nContent-Length: 12\r\nX-Padded: \t v w "
      "\t\r\n\r\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->head.method, "POST");
  EXPECT_EQ(parsed->head.target, "/api/v1/pods?dryRun=All");
  EXPECT_EQ(parsed->head.headers.get("x-padded"), "v w");
  EXPECT_EQ(parsed->body.kind, BodyLength::Kind::length);
  EXPECT_EQ(parsed->body.length, 12u);
  EXPECT_TRUE(parsed->keep_alive);
}

TEST(RequestHeadParser, keeps_the_connection_as_version_and_fields_say) {
  struct Case {
    std::string_view line, fields;
    bool keep;
  };
  for (const Case& c : {Case{"HTTP/1.1", "", true}, Case{"HTTP/1.1", "Connection: close\r\n", false},
                        Case{"HTTP/1.0", "", false}, Case{"HTTP/1.0", "Connection: Keep-Alive\r\n", true}}) {
    const auto parsed = parse_request_head(fmt::format("GET / {}\r\nHost: a\r\n{}\r\n", c.line, c.fields));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->keep_alive, c.keep) << c.line << c.fields;
  }
}

TEST(RequestHeadParser, splits_a_target_in_absolute_form) {
  const auto parsed = parse_request_head("GET http://b.example:8080?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->head.target, "/?x=1");
  EXPECT_EQ(parsed->head.headers.all("host"), (std::vector<std::string_view>{"b.example:8080"}));
}

struct Malformed {
  std::string_view name;
  std::string_view head;
  int status = 400;
};

TEST(RequestHeadParser, refuses_what_two_parties_could_read_differently) {
  using namespace std::string_view_literals;
  const Malformed cases[] = {
      {"no version", "GET /\r\nHost: a\r\n\r\n"},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"trailing space", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
      {"tab as separator", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"control character in target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"byte above ASCII in target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"method with a colon", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"empty method", " / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n"},
      {"version with more digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
      {"another major version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"relative target", "GET pods HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"asterisk without OPTIONS", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n"},
      {"space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
      {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"},
      {"empty name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"},
      {"NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"sv},
      {"bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"},
      {"bare LF in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\nY: b\r\n\r\n"},
      {"both length and encoding",
       "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"},
      {"a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n"},
      {"signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n"},
      {"negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"},
      {"empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"},
      {"length beyond 64 bits", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"},
      {"encoding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"an unknown encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"chunked twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 501},
      {"an unknown expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: wonder\r\nContent-Length: 1\r\n\r\n",
       417},
  };
  for (const Malformed& c : cases) {
    const auto parsed = parse_request_head(c.head);
    ASSERT_FALSE(parsed) << c.name;
    EXPECT_EQ(parsed.error().status, c.status) << c.name << ": " << parsed.error().why;
    EXPECT_FALSE(parsed.error().why.empty()) << c.name;
  }
}

TEST(RequestHeadParser, refuses_more_fields_than_anybody_needs) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 300; ++i) head += "X: 1\r\n";
  const auto parsed = parse_request_head(head + "\r\n");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().status, 431);
}

TEST(HeadEnd, is_found_wherever_the_bytes_are_cut) {
  const std::string text = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nrest";
  const std::size_t whole = text.size() - 4;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::size_t first = find_head_end(text.substr(0, cut));
    EXPECT_EQ(first, cut >= whole ? whole : 0) << cut;
    if (first == 0) {
      EXPECT_EQ(find_head_end(text, cut), whole) << cut;
    }
  }
}

TEST(HeadStart, noise_is_told_before_a_whole_head_came) {
  EXPECT_TRUE(may_become_request("G"));
  EXPECT_TRUE(may_become_request("\r\nGET /"));
  EXPECT_FALSE(may_become_request("\x16\x03\x01\x02"));
  EXPECT_FALSE(may_become_request(std::string(100, 'A')));
  EXPECT_FALSE(may_become_request(" GET"));
}

TEST(ResponseHeadParser, knows_which_answers_have_a_body) {
  struct Case {
    std::string_view head, method;
    BodyLength::Kind kind;
  };
  for (const Case& c : {
           Case{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "GET", BodyLength::Kind::length},
           Case{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD", BodyLength::Kind::none},
           Case{"HTTP/1.1 204 No Content\r\n\r\n", "GET", BodyLength::Kind::none},
           Case{"HTTP/1.1 200\r\n\r\n", "GET", BodyLength::Kind::until_close},
           Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "GET", BodyLength::Kind::chunked},
       }) {
    const auto parsed = parse_response_head(c.head, c.method);
    ASSERT_TRUE(parsed) << c.head;
    EXPECT_EQ(parsed->body.kind, c.kind) << c.head;
  }
  EXPECT_FALSE(parse_response_head("HTTP/1.1 2000 OK\r\n\r\n", "GET"));
  EXPECT_FALSE(parse_response_head("ICY 200 OK\r\n\r\n", "GET"));
}

TEST(ResponseHeadParser, understands_lines_that_end_in_a_line_feed_alone) {
  for (const std::string_view head :
       {"HTTP/1.1 200 OK\nContent-Length: 3\n\n", "HTTP/1.0 200 OK\nContent-Length: 3\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"}) {
    const std::string text = std::string(head) + "abc";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      const std::size_t first = find_response_head_end(std::string_view(text).substr(0, cut));
      EXPECT_EQ(first, cut >= head.size() ? head.size() : 0) << cut;
      EXPECT_EQ(find_response_head_end(text, std::min(cut, head.size() - 1)), head.size()) << cut;
    }
    const auto parsed = parse_response_head(head, "GET");
    ASSERT_TRUE(parsed) << head;
    EXPECT_EQ(parsed->body.length, 3u);
  }
}

// All that a decoder gives for bytes that arrive in pieces of `step`.
struct Decoded {
  std::string data;
  StepKind last = StepKind::need_more;
  std::size_t rest = 0;
  Headers trailers;
};
Decoded decode(std::string_view bytes, std::size_t step) {
  ChunkDecoder decoder(1024);
  Buffer buffer;
  Decoded out;
  for (std::size_t at = 0; at < bytes.size() && out.last != StepKind::end && out.last != StepKind::malformed;
       at += step) {
    buffer.append(bytes.substr(at, step));
    for (;;) {
      const auto next = decoder.next(buffer);
      out.last = next.kind;
      if (next.kind == StepKind::data) out.data += next.data;
      if (next.kind != StepKind::data) break;
    }
  }
  out.rest = buffer.size();
  out.trailers = decoder.trailers();
  return out;
}

TEST(ChunkDecoder, joins_chunks_however_they_arrive) {
  const std::string body = "5\r\nhello\r\n1;ext=\"a b\"\r\n \r\nA\r\n0123456789\r\n0\r\nX-Sum: 9\r\n\r\n";
  for (std::size_t step = 1; step <= body.size(); ++step) {
    const Decoded out = decode(body, step);
    EXPECT_EQ(out.data, "hello 0123456789") << step;
    EXPECT_EQ(out.last, StepKind::end) << step;
    EXPECT_EQ(out.trailers.get("x-sum"), "9") << step;
  }
}

TEST(ChunkDecoder, leaves_what_follows_the_body) { EXPECT_EQ(decode("0\r\n\r\nGET /", 100).rest, 5u); }

TEST(ChunkDecoder, refuses_what_is_no_chunk) {
  for (const std::string_view body :
       {"x\r\n", "\r\n", "-1\r\n", "0x1\r\n", "5\r\nhelloX\r\n", "5\r\nhello\n", "1234567890abcdef0\r\n",
        "1;\x01\r\n", "1 x\r\n", "0\r\nbad field\r\n\r\n", "0\r\nA: 1\r\n folded\r\n\r\n"}) {
    EXPECT_EQ(decode(body, 100).last, StepKind::malformed) << body;
  }
  EXPECT_EQ(decode(std::string(2000, '1'), 2000).last, StepKind::malformed);
  EXPECT_EQ(decode("0\r\nA: " + std::string(5000, 'a'), 7000).last, StepKind::malformed);
}

TEST(ChunkDecoder, any_body_survives_any_cut) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& chunks) {
    std::string wire;
    std::string body;
    for (const std::string& chunk : chunks) {
      if (chunk.empty()) continue;
      wire += fmt::format("{:X}\r\n{}\r\n", chunk.size(), chunk);
      body += chunk;
    }
    wire += "0\r\n\r\n";
    const auto step = *rc::gen::inRange<std::size_t>(1, wire.size() + 1);
    const Decoded out = decode(wire, step);
    RC_ASSERT(out.data == body);
    RC_ASSERT(out.last == StepKind::end);
  }));
}

}  // namespace
}  // namespace aloft::http
